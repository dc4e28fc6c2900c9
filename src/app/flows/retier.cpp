#include "app/flows/retier.hpp"

#include "modules/async_actions/async_actions.hpp"
#include "modules/campaigns/definitions.hpp"
#include "modules/members/commands.hpp"
#include "modules/orders/store.hpp"
#include "modules/tiers/replay.hpp"

namespace perennial::flows {
namespace {

using projects::Permission;

std::vector<tiers::Fact> facts_of(db::Tx& tx, const ledger::Card& card,
                                  const customers::Customer& holder) {
    std::vector<tiers::Fact> facts;
    std::map<RawId, Timestamp> decided;
    orders::walk_orders(tx, card.project, orders::OrderId(holder.last_order),
                        [&](orders::Order& order) {
                            if (!order.decision || order.decision->at < card.created_at) return true;
                            const Timestamp at = order.decision->at;
                            decided[order.id] = at;
                            if (orders::counts(order.status) && order.kept_amount().value > 0)
                                facts.push_back({at, at, {}, {}, order.kept_amount(), 1});
                            return true;
                        });
    std::vector<ledger::Entry> entries;
    if (!card.head.is_nil())
        ledger::walk_entries(tx, card, card.head, [&](const ledger::Entry& entry) {
            if (entry.kind != ledger::EntryKind::tier_change) entries.push_back(entry);
            return true;
        });
    std::ranges::reverse(entries);
    Timestamp last = card.created_at;
    for (const ledger::Entry& entry : entries) {
        tiers::Fact fact{std::max(last, entry.effective_at), entry.effective_at, entry.balance, {},
                         {}, 0};
        last = fact.at;
        if (entry.kind == ledger::EntryKind::accrual) fact.points = entry.points;
        if (entry.kind == ledger::EntryKind::activation) fact.points = -entry.pending;
        if (entry.kind == ledger::EntryKind::cancellation) {
            fact.points = entry.points;
            if (const auto order = decided.find(entry.cause); order != decided.end())
                fact.counts_at = order->second;
        }
        facts.push_back(fact);
    }
    std::ranges::stable_sort(facts, {}, &tiers::Fact::at);
    return facts;
}

Result<projects::Command> enqueue(const http::Request& request, bool preview) {
    bool rescore = false;
    if (!request.body.empty()) {
        TRY(body, parse_json(request.body));
        Issues issues;
        JsonReader reader(body, issues);
        rescore = reader.boolean("rescore").value_or(false);
        if (!issues.empty()) return issues.refuse();
    }
    if (rescore)
        return refuse(error::not_implemented,
                      "rescore: orders are not decided anew; without it tiers are");
    return campaigns::alone([id = request.path_params.at(0),
                             preview](const projects::Context& context) -> Result<http::Response> {
        TRY(program, campaigns::need_program(*context.snapshot, id));
        const std::string payload = to_text(json::object{
            {"program", ledger::ProgramId(program->id).text()}, {"preview", preview}});
        return async_actions::accepted(
            async_actions::enqueue(context, "CAMPAIGN.VOUCHERS_UPDATE", "retier", payload));
    });
}

}  // namespace

std::optional<Retiered> look_at_tier(db::Tx& tx, const projects::Snapshot& snapshot,
                                     projects::ProjectNumber project, const ledger::CardId& id,
                                     Timestamp now) {
    auto stored = ledger::load_card(tx, project, id);
    if (!stored || !stored->active || stored->customer.is_nil()) return std::nullopt;
    const auto holder =
        customers::load_customer(tx, project, customers::CustomerId(stored->customer));
    if (!holder) return std::nullopt;
    const members::Rulebook book = members::rulebook(snapshot, stored->program);
    Retiered out;
    out.under = tiers::replay(*stored, facts_of(tx, *stored, *holder), book.program, book.tiers,
                              now, book.zone);
    out.card = members::rolled(*std::move(stored), book, now);
    tiers::note(out.card, book.program, book.tiers, now, book.zone);
    out.by_hand = tiers::is_by_hand(out.card);
    return out;
}

bool retier(const projects::Context& context, ledger::Card& card, const Retiered& seen) {
    const members::Rulebook book = members::rulebook(*context.snapshot, card.program);
    members::roll(context, card);
    const bool moved_on = members::rolled(card, book, context.now).tier != seen.card.tier ||
                          card.credited != seen.card.credited || card.balance != seen.card.balance ||
                          card.period_spend != seen.card.period_spend ||
                          card.tier_state.days != seen.card.tier_state.days;
    if (moved_on) return false;
    if (tiers::is_by_hand(card)) return true;
    const ledger::Card& under = seen.under;
    if (card.tier != under.tier) {
        const tiers::Tier* before = card.tier.is_nil() ? nullptr : book.tiers.find(card.tier);
        const tiers::Tier* after = under.tier.is_nil() ? nullptr : book.tiers.find(under.tier);
        tiers::Move move;
        move.kind = after == nullptr              ? tiers::Move::Kind::left
                    : before == nullptr           ? tiers::Move::Kind::joined
                    : after->from > before->from  ? tiers::Move::Kind::upgraded
                                                  : tiers::Move::Kind::downgraded;
        move.from = card.tier;
        move.to = under.tier;
        move.until = under.tier_until;
        json::object more = members::detail_of(move);
        more["retier"] = true;
        more["v"] = context.snapshot->version();
        members::post(context, card, ledger::tier_change(under.tier, context.now),
                      {"tier", card.program, std::move(more)});
        card.tier_since = under.tier.is_nil() ? std::nullopt : std::optional(context.now);
    }
    const bool same = card.tier_until == under.tier_until &&
                      card.period_start == under.period_start &&
                      card.period_points == under.period_points &&
                      card.period_spend == under.period_spend && card.tier_state == under.tier_state;
    if (same) return true;
    card.tier_until = under.tier_until;
    card.period_start = under.period_start;
    card.period_points = under.period_points;
    card.period_spend = under.period_spend;
    card.tier_state = under.tier_state;
    context.batch.get<ledger::Set>().touch(card);
    return true;
}

projects::Routes retier_routes() {
    using http::Method;
    const std::string path = "/v1/loyalties/{campaignId}/retier";
    constexpr const char* answer = R"({"async_action_id":"aa_019a7f3e20004f1b8d5c3b2a19080706"})";
    return {{Method::post, path + "/preview", Permission::write,
             {"Loyalties",
              "Look at every member's tier under the program of today (ours): who would gain and "
              "lose is in the async action's result",
              "{}", answer},
             nullptr,
             [](const http::Request& request, projects::ProjectNumber, const projects::Actor&) {
                 return enqueue(request, true);
             }},
            {Method::post, path, Permission::write,
             {"Loyalties", "Move every member to the tier of the program of today (ours)", "{}",
              answer},
             nullptr,
             [](const http::Request& request, projects::ProjectNumber, const projects::Actor&) {
                 return enqueue(request, false);
             }}};
}

}  // namespace perennial::flows
