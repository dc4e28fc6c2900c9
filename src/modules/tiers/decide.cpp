#include "modules/tiers/decide.hpp"

namespace perennial::tiers {
namespace {

using campaigns::TierPolicy;

std::optional<Timestamp> until_from(const TierPolicy& policy, Timestamp at, const TimeZone& zone) {
    if (policy.period == TierPolicy::Period::forever || policy.end == TierPolicy::End::balance_drop)
        return std::nullopt;
    const Period running = period_of(policy.period, at, zone);
    if (policy.end == TierPolicy::End::end_of_period) return running.end;
    return period_of(policy.period, *running.end, zone).end;
}

void enter_period(ledger::Card& card, Timestamp start) {
    card.period_start = start;
    card.period_points = Points();
    card.period_spend = Money();
}

}  // namespace

Period period_of(TierPolicy::Period period, Timestamp at, const TimeZone& zone) {
    int months = 0;
    switch (period) {
        case TierPolicy::Period::forever: return {};
        case TierPolicy::Period::month: months = 1; break;
        case TierPolicy::Period::quarter: months = 3; break;
        case TierPolicy::Period::half_year: months = 6; break;
        case TierPolicy::Period::year: months = 12; break;
    }
    const Date day = zone.local_date(at);
    const Date first{day.year, (day.month - 1) / months * months + 1, 1};
    return {zone.start_of(first), zone.start_of(first.plus_months(months))};
}

std::string_view event_name(Move::Kind kind) {
    switch (kind) {
        case Move::Kind::joined: return "customer.loyalty.tier.joined";
        case Move::Kind::left: return "customer.loyalty.tier.left";
        case Move::Kind::upgraded: return "customer.loyalty.tier.upgraded";
        case Move::Kind::downgraded: return "customer.loyalty.tier.downgraded";
        case Move::Kind::prolonged: return "customer.loyalty.tier.prolonged";
    }
    return "";
}

std::int64_t qualifying_value(const ledger::Card& card, const campaigns::Program& program) {
    switch (program.tier_policy.qualification) {
        case TierPolicy::Qualification::balance: return card.balance.value;
        case TierPolicy::Qualification::points_in_period: return card.period_points.value;
        case TierPolicy::Qualification::spend_in_period: return card.period_spend.value;
    }
    return 0;
}

std::optional<Move> evaluate(const ledger::Card& card, const campaigns::Program& program,
                             const Tiers& tiers, Timestamp now, const TimeZone& zone) {
    if (tiers.of(program.id).empty()) return std::nullopt;
    const TierPolicy& policy = program.tier_policy;
    const Tier* reached = tiers.at(program.id, qualifying_value(card, program));
    const Tier* held = card.tier.is_nil() ? nullptr : tiers.find(card.tier);
    Move move{Move::Kind::joined, card.tier, reached ? reached->id : TierId(), now,
              until_from(policy, now, zone)};
    if (held == nullptr) {
        if (reached == nullptr) return std::nullopt;
        return move;
    }
    if (reached != nullptr && reached->from > held->from) {
        move.kind = Move::Kind::upgraded;
        return move;
    }
    if (reached == held) {
        if (!move.until || !card.tier_until || *move.until <= *card.tier_until) return std::nullopt;
        move.kind = Move::Kind::prolonged;
        move.since = card.tier_since.value_or(now);
        return move;
    }
    if (policy.end != TierPolicy::End::balance_drop) return std::nullopt;
    move.kind = reached == nullptr ? Move::Kind::left : Move::Kind::downgraded;
    return move;
}

Move at_end(const ledger::Card& card, const campaigns::Program& program, const Tiers& tiers,
            const TimeZone& zone) {
    CHECK(card.tier_until.has_value());
    const TierPolicy& policy = program.tier_policy;
    const Timestamp end = *card.tier_until;
    std::int64_t value = 0;
    if (policy.qualification == TierPolicy::Qualification::balance) {
        value = card.balance.value;
    } else if (policy.end == TierPolicy::End::end_of_next_period) {
        // What counts is the period that ends now; counters of an older one are over.
        const Period ending = period_of(policy.period, {end.ms - 1}, zone);
        if (card.period_start == ending.start) value = qualifying_value(card, program);
    }
    const Tier* reached = tiers.at(program.id, value);
    const Tier* held = card.tier.is_nil() ? nullptr : tiers.find(card.tier);
    Move move{Move::Kind::left, card.tier, reached ? reached->id : TierId(), end,
              until_from(policy, end, zone)};
    if (policy.end == TierPolicy::End::end_of_next_period)
        move.until = period_of(policy.period, end, zone).end;
    if (reached == nullptr)
        move.until.reset();
    else if (held == nullptr)
        move.kind = Move::Kind::joined;
    else if (reached == held) {
        move.kind = Move::Kind::prolonged;
        move.since = card.tier_since.value_or(end);
    } else {
        move.kind = reached->from > held->from ? Move::Kind::upgraded : Move::Kind::downgraded;
    }
    return move;
}

void count_points(ledger::Card& card, const campaigns::Program& program, Points points,
                  Timestamp at, const TimeZone& zone) {
    const Period period = period_of(program.tier_policy.period, at, zone);
    if (period.start < card.period_start) return;
    if (period.start > card.period_start) enter_period(card, period.start);
    card.period_points += points;
}

void count_spend(ledger::Card& card, const campaigns::Program& program, Money spend, Timestamp at,
                 const TimeZone& zone) {
    const Period period = period_of(program.tier_policy.period, at, zone);
    if (period.start < card.period_start) return;
    if (period.start > card.period_start) enter_period(card, period.start);
    card.period_spend += spend;
}

}  // namespace perennial::tiers
