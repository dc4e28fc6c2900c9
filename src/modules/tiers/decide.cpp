#include "modules/tiers/decide.hpp"

#include <algorithm>

namespace perennial::tiers {
namespace {

using campaigns::Program;
using campaigns::TierPolicy;
using ledger::Card;
using ledger::TierState;
using Hold = TierState::Hold;

bool follows(const TierPolicy& policy) { return policy.end == TierPolicy::End::balance_drop; }

Period counting_period(const TierPolicy& policy, Timestamp at, const TimeZone& zone) {
    return policy.counting == TierPolicy::Counting::period ? period_of(policy.period, at, zone)
                                                           : Period();
}

// The first day whose window has this one no more.
Date leaves_on(const TierPolicy& policy, std::int32_t day) {
    return policy.window.after(Date::from_days(day));
}

std::int64_t rank_of(const Tier* tier) { return tier == nullptr ? -1 : tier->from; }

const Tier* held_by(const Card& card, const Tiers& tiers) {
    return card.tier.is_nil() ? nullptr : tiers.find(card.tier);
}

const Tier* find(const Tiers& tiers, const TierId& id) {
    return id.is_nil() ? nullptr : tiers.find(id);
}

// Until when a tier holds that is reached at this moment.
std::optional<Timestamp> until_from(const TierPolicy& policy, Timestamp at, const TimeZone& zone) {
    switch (policy.end) {
        case TierPolicy::End::balance_drop: return std::nullopt;
        case TierPolicy::End::custom:
            return zone.end_of(last_day_of_tier(policy, zone.local_date(at)));
        case TierPolicy::End::end_of_period:
        case TierPolicy::End::end_of_next_period: break;
    }
    if (policy.period == TierPolicy::Period::forever) return std::nullopt;
    Period running = period_of(policy.period, at, zone);
    if (policy.end == TierPolicy::End::end_of_next_period)
        running = period_of(policy.period, *running.end, zone);
    return running.end;
}

// The same for what is reached by an order or a posting, and may begin with the next period only.
std::optional<Timestamp> until_when_reached(const TierPolicy& policy, Timestamp now,
                                            const TimeZone& zone) {
    if (!policy.starts_next_period) return until_from(policy, now, zone);
    return until_from(policy, *period_of(policy.period, now, zone).end, zone);
}

// The last day is kept whole.
Timestamp grace_from(const TierPolicy& policy, Timestamp lost, const TimeZone& zone) {
    return zone.end_of(policy.grace.after(zone.local_date(lost + -1)));
}

Move as_it_is(const Card& card, Timestamp now) {
    const TierState& state = card.tier_state;
    return {Move::Kind::prolonged, card.tier,   card.tier,   card.tier_since.value_or(now),
            card.tier_until,       state.hold,  state.below, state.below_until,
            state.kept,            state.kept_until, state.next, state.next_at, now};
}

// To this tier from now on; `next` stays if it is higher still.
Move move_to(const Card& card, const Tiers& tiers, const Tier* to, Timestamp at,
             std::optional<Timestamp> until) {
    const Tier* held = held_by(card, tiers);
    Move move = as_it_is(card, at);
    move.hold = Hold::none;
    move.below = TierId();
    move.below_until.reset();
    move.kept = TierId();
    move.kept_until.reset();
    if (rank_of(find(tiers, move.next)) <= rank_of(to)) {
        move.next = TierId();
        move.next_at.reset();
    }
    move.to = to == nullptr ? TierId() : to->id;
    move.until = to == nullptr ? std::nullopt : until;
    if (to == nullptr)
        move.kind = Move::Kind::left;
    else if (held == nullptr)
        move.kind = Move::Kind::joined;
    else if (to == held)
        move.kind = Move::Kind::prolonged;
    else
        move.kind = to->from > held->from ? Move::Kind::upgraded : Move::Kind::downgraded;
    if (move.kind != Move::Kind::prolonged) move.since = at;
    return move;
}

// Where a member goes whose tier is no longer reached.
const Tier* lower(const Program& program, const Tiers& tiers, const Tier* held,
                  const Tier* reached) {
    switch (program.tier_policy.downgrade) {
        case TierPolicy::Downgrade::to_reached: return reached;
        case TierPolicy::Downgrade::by_one: return tiers.below(program, held);
        case TierPolicy::Downgrade::never: return held;
    }
    return reached;
}

Move grace_move(const Card& card, const Program& program, const Tier* then, Timestamp lost,
                const TimeZone& zone) {
    Move move = as_it_is(card, lost);
    move.kind = Move::Kind::grace;
    move.hold = Hold::grace;
    move.until = grace_from(program.tier_policy, lost, zone);
    move.below = then == nullptr ? TierId() : then->id;
    return move;
}

// Until when the tier holds that follows a grace.
std::optional<Timestamp> until_after_grace(const TierPolicy& policy, Timestamp end,
                                           const TimeZone& zone) {
    if (follows(policy) || policy.end == TierPolicy::End::custom)
        return until_from(policy, end, zone);
    return period_of(policy.period, end, zone).end;
}

// The tier was lost, and its grace is over: down, unless it was reached again.
Move after_grace(const Card& card, const Program& program, const Tiers& tiers,
                 const TimeZone& zone) {
    const TierPolicy& policy = program.tier_policy;
    const Timestamp end = *card.tier_until;
    const Tier* held = held_by(card, tiers);
    const Tier* reached = tiers.reached(program, standing_at(card, program, end + -1, zone));
    if (rank_of(reached) >= rank_of(held))
        return move_to(card, tiers, reached, end, until_from(policy, end, zone));
    if (follows(policy)) {
        const Tier* to = lower(program, tiers, held, reached);
        Move move = move_to(card, tiers, to, end, std::nullopt);
        if (rank_of(to) > rank_of(reached) && policy.downgrade == TierPolicy::Downgrade::by_one) {
            // One level for each grace.
            move.hold = Hold::grace;
            move.until = grace_from(policy, end, zone);
            const Tier* then = tiers.below(program, to);
            move.below = then == nullptr ? TierId() : then->id;
        }
        return move;
    }
    const Tier* below = find(tiers, card.tier_state.below);
    if (rank_of(reached) > rank_of(below))
        return move_to(card, tiers, reached, end, until_from(policy, end, zone));
    // What the period that had ended left: for the one that runs.
    return move_to(card, tiers, below, end, until_after_grace(policy, end, zone));
}

Standing without_counts(Standing standing) {
    return {standing.balance, 0, 0, 0, standing.tenure};
}

TierState::Day& day_of(Card& card, std::int32_t day) {
    auto& days = card.tier_state.days;
    auto place = std::ranges::lower_bound(days, day, {}, &TierState::Day::day);
    if (place == days.end() || place->day != day) place = days.insert(place, {.day = day});
    return *place;
}

// The running period's counters are made for facts of this moment; false = it is of an older period.
bool enter_period(Card& card, const Program& program, Timestamp at, const TimeZone& zone) {
    const Period period = counting_period(program.tier_policy, at, zone);
    if (period.start < card.period_start) return false;
    if (period.start == card.period_start) return true;
    card.period_start = period.start;
    card.period_points = Points();
    card.period_spend = Money();
    card.tier_state.period_orders = 0;
    return true;
}

struct Counted {
    Points points;
    Money spend;
    std::int64_t orders = 0;
};

void count(Card& card, const Program& program, const Counted& counted, Timestamp at,
           const TimeZone& zone) {
    if ((counted.points.value > 0 || counted.spend.value > 0) &&
        (!card.tier_state.counted_at || *card.tier_state.counted_at < at))
        card.tier_state.counted_at = at;
    if (program.tier_policy.counting == TierPolicy::Counting::window) {
        TierState::Day& day =
            day_of(card, static_cast<std::int32_t>(zone.local_date(at).days_since_epoch()));
        day.points += counted.points;
        day.spend += counted.spend;
        day.orders += counted.orders;
        return;
    }
    if (!enter_period(card, program, at, zone)) return;
    card.period_points += counted.points;
    card.period_spend += counted.spend;
    card.tier_state.period_orders += counted.orders;
}

std::int64_t tenure_on(const Card& card, Date today, const TimeZone& zone) {
    const std::int64_t days =
        today.days_since_epoch() - zone.local_date(card.created_at).days_since_epoch();
    return std::max<std::int64_t>(0, days);
}

// Days on which time alone may change what is reached, ascending: one leaves the window, or the
// member is one for so many days. Only those after the last decision.
std::vector<Date> turning_days(const Card& card, const Program& program, const Tiers& tiers,
                               const TimeZone& zone) {
    constexpr std::int64_t tenure_max = 366'000;
    std::vector<Date> out;
    if (program.tier_policy.counting == TierPolicy::Counting::window)
        for (const TierState::Day& day : card.tier_state.days)
            out.push_back(leaves_on(program.tier_policy, day.day));
    const Date joined = zone.local_date(card.created_at);
    for (const Tier* tier : tiers.of(program.id))
        for (const Need& need : needs_of(*tier, program, {}))
            if (need.metric == TierPolicy::Metric::tenure && need.needed > 0 &&
                need.needed <= tenure_max)
                out.push_back(joined.plus_days(need.needed));
    if (card.tier_state.decided_at) {
        const Date decided = zone.local_date(*card.tier_state.decided_at);
        std::erase_if(out, [&](Date day) { return day <= decided; });
    }
    std::ranges::sort(out);
    out.erase(std::unique(out.begin(), out.end()), out.end());
    return out;
}

// The first of those days on which the tier does change.
std::optional<Timestamp> next_look(const Card& card, const Program& program, const Tiers& tiers,
                                   const TimeZone& zone) {
    const TierPolicy& policy = program.tier_policy;
    if (tiers.of(program.id).empty() || card.tier_state.hold == Hold::by_hand) return std::nullopt;
    const bool slides = policy.counting == TierPolicy::Counting::window;
    const bool in_grace = card.tier_state.hold == Hold::grace;
    const bool falls =
        follows(policy) && !in_grace && policy.downgrade != TierPolicy::Downgrade::never;
    const std::int64_t held = rank_of(held_by(card, tiers));
    const auto& days = card.tier_state.days;
    // All days of the window; those that have left it by then are taken off in turn.
    Standing standing;
    standing.balance = card.balance.value;
    if (slides)
        for (const TierState::Day& day : days) {
            standing.points += day.points.value;
            standing.spend += day.spend.value;
            standing.orders += day.orders;
        }
    auto leaving = days.begin();
    for (const Date day : turning_days(card, program, tiers, zone)) {
        if (slides) {
            for (; leaving != days.end() && leaves_on(policy, leaving->day) <= day; ++leaving) {
                standing.points -= leaving->points.value;
                standing.spend -= leaving->spend.value;
                standing.orders -= leaving->orders;
            }
            standing.tenure = tenure_on(card, day, zone);
            const std::int64_t reached = rank_of(tiers.reached(program, standing));
            if (reached == held ? !in_grace : reached < held && !falls) continue;
        }
        const Timestamp at = zone.start_of(day);
        if (evaluate(card, program, tiers, at, zone)) return at;
    }
    return std::nullopt;
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
        case Move::Kind::grace:
        case Move::Kind::waiting: return "";
    }
    return "";
}

void apply(const Move& move, Card& card) {
    card.tier_since = move.to.is_nil() ? std::nullopt : std::optional(move.since);
    card.tier_until = move.until;
    TierState& state = card.tier_state;
    state.hold = move.hold;
    state.below = move.below;
    state.below_until = move.below_until;
    state.kept = move.kept;
    state.kept_until = move.kept_until;
    state.next = move.next;
    state.next_at = move.next_at;
    // What time alone did until here is done.
    if (!state.decided_at || *state.decided_at < move.at) state.decided_at = move.at;
}

Standing standing_at(const Card& card, const Program& program, Timestamp at,
                     const TimeZone& zone) {
    const TierPolicy& policy = program.tier_policy;
    const Date today = zone.local_date(at);
    Standing out;
    out.balance = card.balance.value;
    out.tenure = tenure_on(card, today, zone);
    if (policy.counting == TierPolicy::Counting::window) {
        for (const TierState::Day& day : card.tier_state.days) {
            if (day.day > today.days_since_epoch() || leaves_on(policy, day.day) <= today) continue;
            out.points += day.points.value;
            out.spend += day.spend.value;
            out.orders += day.orders;
        }
    } else if (card.period_start == counting_period(policy, at, zone).start) {
        out.points = card.period_points.value;
        out.spend = card.period_spend.value;
        out.orders = card.tier_state.period_orders;
    }
    return out;
}

// In this order: a tier given by hand; one that begins with the next period; up; the same; down.
std::optional<Move> evaluate(const Card& card, const Program& program, const Tiers& tiers,
                             Timestamp now, const TimeZone& zone) {
    if (tiers.of(program.id).empty()) return std::nullopt;
    const TierPolicy& policy = program.tier_policy;
    const Tier* reached = tiers.reached(program, standing_at(card, program, now, zone));
    const Tier* held = held_by(card, tiers);
    const auto until = until_when_reached(policy, now, zone);
    if (is_by_hand(card)) {
        if (card.tier_state.hold != Hold::by_hand_at_least || rank_of(reached) <= rank_of(held))
            return std::nullopt;
        return move_to(card, tiers, reached, now, until);
    }
    if (policy.starts_next_period) {
        // A first tier that asks for nothing begins at once.
        if (held == nullptr)
            if (const Tier* first = tiers.reached(program, {}))
                return move_to(card, tiers, first, now, until_from(policy, now, zone));
        const Tier* next = rank_of(reached) > rank_of(held) ? reached : nullptr;
        if ((next == nullptr ? TierId() : next->id) != card.tier_state.next) {
            Move move = as_it_is(card, now);
            move.kind = Move::Kind::waiting;
            move.next = next == nullptr ? TierId() : next->id;
            move.next_at.reset();
            if (next != nullptr) move.next_at = period_of(policy.period, now, zone).end;
            return move;
        }
        if (next != nullptr) reached = held;
    }
    if (held == nullptr && reached == nullptr) return std::nullopt;
    if (rank_of(reached) > rank_of(held)) return move_to(card, tiers, reached, now, until);
    const bool in_grace = card.tier_state.hold == Hold::grace;
    if (reached == held) {
        const bool longer = policy.end != TierPolicy::End::custom && until && card.tier_until &&
                            *until > *card.tier_until;
        if (!in_grace && !longer) return std::nullopt;
        return move_to(card, tiers, held, now, until);
    }
    if (!follows(policy) || in_grace || policy.downgrade == TierPolicy::Downgrade::never)
        return std::nullopt;
    const Tier* to = lower(program, tiers, held, reached);
    if (!policy.grace.is_zero()) return grace_move(card, program, to, now, zone);
    return move_to(card, tiers, to, now, std::nullopt);
}

std::optional<Timestamp> next_due(const Card& card, const Program& program, const Tiers& tiers,
                                  const TimeZone& zone) {
    std::optional<Timestamp> due = card.tier_until;
    for (const auto& at : {card.tier_state.next_at, next_look(card, program, tiers, zone)})
        if (at && (!due || *at < *due)) due = at;
    return due;
}

Move at_due(const Card& card, const Program& program, const Tiers& tiers, Timestamp due,
            const TimeZone& zone) {
    const TierState& state = card.tier_state;
    if (state.next_at == due) {
        const Tier* next = find(tiers, state.next);
        if (rank_of(next) > rank_of(held_by(card, tiers)) && !is_by_hand(card))
            return move_to(card, tiers, next, due,
                           until_from(program.tier_policy, due, zone));
        Move move = as_it_is(card, due);
        move.kind = Move::Kind::waiting;
        move.next = TierId();
        move.next_at.reset();
        return move;
    }
    if (card.tier_until == due) {
        if (is_by_hand(card)) return back_from_hand(card, program, tiers, due, zone);
        if (state.hold == Hold::grace) return after_grace(card, program, tiers, zone);
        return at_end(card, program, tiers, zone);
    }
    auto move = evaluate(card, program, tiers, due, zone);
    CHECK(move.has_value());
    return *std::move(move);
}

Move at_end(const Card& card, const Program& program, const Tiers& tiers, const TimeZone& zone) {
    CHECK(card.tier_until.has_value());
    const TierPolicy& policy = program.tier_policy;
    const Timestamp end = *card.tier_until;
    Standing standing = standing_at(card, program, end + -1, zone);
    if (policy.counting == TierPolicy::Counting::period && !policy.starts_next_period &&
        policy.end == TierPolicy::End::end_of_period)
        standing = without_counts(standing);
    const Tier* reached = tiers.reached(program, standing);
    const Tier* held = held_by(card, tiers);
    const Tier* to = reached;
    if (rank_of(reached) < rank_of(held)) {
        to = lower(program, tiers, held, reached);
        if (!policy.grace.is_zero() && to != held) return grace_move(card, program, to, end, zone);
    }
    // What the period that ends has earned is for the one that begins.
    return move_to(card, tiers, to, end,
                   policy.end == TierPolicy::End::custom ? until_from(policy, end, zone)
                   : follows(policy)                     ? std::nullopt
                                     : period_of(policy.period, end, zone).end);
}

Move by_hand(const Card& card, const Program& program, const Tiers& tiers, const Tier& given,
             std::optional<Timestamp> until, bool at_least, Timestamp now, const TimeZone& zone) {
    CHECK(given.program == program.id);
    Move move = move_to(card, tiers, &given, now, until);
    const TierState& state = card.tier_state;
    const bool again = is_by_hand(card);
    move.hold = at_least ? Hold::by_hand_at_least : Hold::by_hand;
    if (again) {
        move.below = state.below;
        move.below_until = state.below_until;
        move.kept = state.kept;
        move.kept_until = state.kept_until;
    } else if (state.hold == Hold::grace) {
        move.kept = card.tier;
        move.kept_until = card.tier_until;
        move.below = state.below;
        move.below_until = until_after_grace(program.tier_policy, *card.tier_until, zone);
    } else {
        move.below = card.tier;
        move.below_until = card.tier_until;
    }
    move.next = TierId();
    move.next_at.reset();
    return move;
}

Move back_from_hand(const Card& card, const Program& program, const Tiers& tiers, Timestamp at,
                    const TimeZone& zone) {
    const TierPolicy& policy = program.tier_policy;
    const TierState& state = card.tier_state;
    const Tier* reached = tiers.reached(program, standing_at(card, program, at + -1, zone));
    // What was held before may still run, or be in its grace.
    if (const Tier* kept = find(tiers, state.kept);
        kept != nullptr && state.kept_until && at < *state.kept_until &&
        rank_of(kept) > rank_of(reached)) {
        Move move = move_to(card, tiers, kept, at, state.kept_until);
        move.hold = Hold::grace;
        move.below = state.below;
        return move;
    }
    const Tier* before = find(tiers, state.below);
    if (follows(policy) || (state.below_until && *state.below_until <= at)) before = nullptr;
    if (rank_of(before) >= rank_of(reached) && before != nullptr)
        return move_to(card, tiers, before, at, state.below_until);
    return move_to(card, tiers, reached, at, until_from(policy, at, zone));
}

std::optional<Move> take_over(const Card& card, const Card& other, const Program& program,
                              const Tiers& tiers, Timestamp now) {
    const TierState& theirs = other.tier_state;
    const Tier* tier = held_by(other, tiers);
    if (rank_of(tier) <= rank_of(held_by(card, tiers)) || card.tier_state.hold == Hold::by_hand ||
        (follows(program.tier_policy) && theirs.hold == Hold::none))
        return std::nullopt;
    Move move = move_to(card, tiers, tier, now, other.tier_until);
    move.hold = theirs.hold;
    move.below = theirs.below;
    move.below_until = theirs.below_until;
    move.kept = theirs.kept;
    move.kept_until = theirs.kept_until;
    return move;
}

bool is_by_hand(const Card& card) {
    return card.tier_state.hold == Hold::by_hand || card.tier_state.hold == Hold::by_hand_at_least;
}

void count_points(Card& card, const Program& program, Points points, Timestamp at,
                  const TimeZone& zone) {
    count(card, program, {.points = points}, at, zone);
}

void count_spend(Card& card, const Program& program, Money spend, Timestamp at,
                 const TimeZone& zone) {
    count(card, program, {.spend = spend}, at, zone);
}

void count_orders(Card& card, const Program& program, std::int64_t orders, Timestamp at,
                  const TimeZone& zone) {
    count(card, program, {.orders = orders}, at, zone);
}

bool note(Card& card, const Program& program, const Tiers& tiers, Timestamp now,
          const TimeZone& zone) {
    TierState& state = card.tier_state;
    const TierPolicy& policy = program.tier_policy;
    const auto look_before = state.look_at;
    const auto days_before = state.days.size();
    const auto below_before = state.below;
    if (tiers.of(program.id).empty()) {
        state.look_at.reset();
        return state.look_at != look_before;
    }
    if (policy.counting == TierPolicy::Counting::window) {
        const Date today = zone.local_date(now);
        std::erase_if(state.days, [&](const TierState::Day& day) {
            return leaves_on(policy, day.day) <= today ||
                   (day.points.is_zero() && day.spend.is_zero() && day.orders == 0);
        });
    } else {
        state.days.clear();
    }
    if (is_by_hand(card)) {
        const Tier* reached = tiers.reached(program, standing_at(card, program, now, zone));
        if (rank_of(reached) > rank_of(find(tiers, state.below))) {
            state.below = reached->id;
            state.below_until = until_when_reached(policy, now, zone);
        }
    }
    if (!state.decided_at || *state.decided_at < now) state.decided_at = now;
    state.look_at = next_look(card, program, tiers, zone);
    return state.look_at != look_before || state.days.size() != days_before ||
           state.below != below_before;
}

}  // namespace perennial::tiers
