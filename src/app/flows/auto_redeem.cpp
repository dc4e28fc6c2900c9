#include "app/flows/auto_redeem.hpp"

#include <algorithm>

#include "app/flows/redeem_reward.hpp"
#include "modules/counters/store.hpp"
#include "modules/members/auto_redeem.hpp"
#include "modules/members/lookup.hpp"
#include "platform/jobs/timers.hpp"

namespace perennial::flows {
namespace {

constexpr int redeemed_max = 25;  // a card and night, api.md 10.4

const rewards::Assignment* automatic_of(const projects::Snapshot& snapshot,
                                        const ledger::Card* card) {
    return card == nullptr ? nullptr : snapshot.get<rewards::Rewards>().automatic(card->program);
}

RedeemReward wish_of(const ledger::CardId& card, const rewards::Assignment* assignment) {
    RedeemReward wish;
    wish.member = card.text();
    if (assignment != nullptr) wish.reward = assignment->reward.text();
    return wish;
}

// Whether the points pay for it. What is missing besides is a piece at the most, which is worth a note.
bool is_due(const projects::Context& context, const ledger::Card& card,
            const members::Rulebook& book, const rewards::Reward& reward,
            const rewards::Assignment& assignment) {
    const projects::Snapshot& snapshot = *context.snapshot;
    const ledger::Card now = members::rolled(card, book, context.now);
    const RewardMember member(snapshot, holder_of(context, card.customer), now, context.now,
                              context.actor.channel);
    const rewards::RedemptionFacts facts =
        facts_of(snapshot, book, now, reward, &assignment,
                 context.batch.get<counters::Set>().used(context.project, reward.id), &member);
    if (rewards::price_of(assignment, facts.tier, facts.member).is_zero()) return false;
    return std::ranges::all_of(rewards::what_is_missing(facts, context.now),
                               [](const rewards::Missing& one) {
                                   return one.what == rewards::Missing::What::stock;
                               });
}

void redeem_all(const projects::Context& context, const ledger::Card& card,
                const rewards::Assignment& assignment) {
    const rewards::Reward* reward =
        context.snapshot->get<rewards::Rewards>().find(assignment.reward);
    CHECK(reward != nullptr);  // it is not deleted while it is assigned
    const members::Rulebook book = members::rulebook(*context.snapshot, card.program);
    for (int done = 0; done < redeemed_max; ++done) {
        if (!is_due(context, card, book, *reward, assignment)) return;
        if (!redeem_reward(wish_of(card.id, &assignment), context)) return;
    }
}

}  // namespace

projects::Command auto_redeem(projects::ProjectNumber project, Timestamp due_at,
                              const ledger::CardId& id) {
    projects::Command command;
    command.lane = id.place();
    command.want = [project, id](work::Batch& batch) {
        want(wish_of(id, nullptr), batch, project);
    };
    command.want_more = [project, id](work::Batch& batch) {
        const ledger::Card* card = batch.get<members::Lookup>().find(batch, project, id.text());
        const auto* assignment =
            automatic_of(*batch.get<projects::Set>().snapshot(project), card);
        if (assignment != nullptr) want_more(wish_of(id, assignment), batch, project);
    };
    command.run = [due_at, id](const projects::Context& context) -> Result<http::Response> {
        auto& timers = context.batch.get<jobs::TimerSet>();
        // Another server may have been faster.
        if (!timers.is_set(context.batch, {context.project, due_at, jobs::TimerKind::auto_redeem, id}))
            return http::no_content();
        const ledger::Card* card =
            context.batch.get<members::Lookup>().find(context.batch, context.project, id.text());
        if (const auto* assignment = automatic_of(*context.snapshot, card)) {
            const projects::Actor actor{"", context.actor.role,
                                         std::string(members::auto_redeem_channel)};
            const bool untouched = card->updated_at.value_or(card->created_at) <= due_at;
            const projects::Context night{context.batch, context.snapshot, context.project, actor,
                                          untouched ? due_at : context.now, context.recorded_at,
                                          context.cache, context.request_id};
            redeem_all(night, *card, *assignment);
        }
        timers.remove(context.project, due_at, jobs::TimerKind::auto_redeem, id);
        return http::no_content();
    };
    return command;
}

}  // namespace perennial::flows
