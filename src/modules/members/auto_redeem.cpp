#include "modules/members/auto_redeem.hpp"

#include "modules/rewards/decide.hpp"
#include "platform/jobs/timers.hpp"

namespace perennial::members {
namespace {

// The least that the member may pay: whose conditions hold is seen when the time has come.
Points least_price(const rewards::Assignment& assignment, const tiers::Tier* tier) {
    rewards::Assignment plain = assignment;
    plain.prices.clear();
    Points least = rewards::price_of(plain, tier, nullptr);
    for (const rewards::Assignment::Price& price : assignment.prices) {
        plain.points = price.points;
        least = std::min(least, rewards::price_of(plain, tier, nullptr));
    }
    return least;
}

}  // namespace

void await_auto_redeem(const projects::Context& context, const ledger::Card& card,
                       Timestamp since) {
    const projects::Snapshot& snapshot = *context.snapshot;
    const rewards::Assignment* assignment =
        snapshot.get<rewards::Rewards>().automatic(card.program);
    if (assignment == nullptr || !card.active) return;
    const tiers::Tier* tier =
        card.tier.is_nil() ? nullptr : snapshot.get<tiers::Tiers>().find(card.tier);
    if (card.balance < least_price(*assignment, tier)) return;
    // What its own redemptions leave waits for the next night.
    if (context.actor.channel == auto_redeem_channel) since.ms += 1;
    const TimeZone& zone = snapshot.zone();
    const Date day = zone.local_date(since);
    const Timestamp begin = zone.start_of(day);
    context.batch.get<jobs::TimerSet>().add(context.project,
                                            begin == since ? begin : zone.start_of(day.plus_days(1)),
                                            jobs::TimerKind::auto_redeem, card.id);
}

}  // namespace perennial::members
