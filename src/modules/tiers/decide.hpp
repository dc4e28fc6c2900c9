// Which tier a card has (api.md 10.5, decisions.md 15). Pure. What moves a tier: a posting or an order
// (`evaluate`), or time alone (`next_due`, `at_due`): its end, the end of a grace, the beginning of a
// period, a day that leaves a sliding window, a number of days as a member.
#pragma once
#include <optional>

#include "modules/tiers/model.hpp"

namespace perennial::tiers {

/// A local period of the project: [start, end). `forever` starts at 0 and has no end.
struct Period {
    Timestamp start;
    std::optional<Timestamp> end;
};
Period period_of(campaigns::TierPolicy::Period, Timestamp, const TimeZone&);

/// A change of the tier with all that is true of it afterwards.
struct Move {
    enum class Kind : std::uint8_t {
        joined,
        left,
        upgraded,
        downgraded,
        prolonged,
        grace,   ///< lost, and kept until `until`; no event of the API
        waiting  ///< `next` begins at `next_at` (nil: no more); no event of the API
    };
    Kind kind = Kind::joined;
    TierId from;
    TierId to;  ///< nil = no tier any more
    Timestamp since;
    std::optional<Timestamp> until;
    ledger::TierState::Hold hold = ledger::TierState::Hold::none;
    TierId below;
    std::optional<Timestamp> below_until;
    TierId kept;
    std::optional<Timestamp> kept_until;
    TierId next;
    std::optional<Timestamp> next_at;
    Timestamp at;  ///< when it happens
};
/// "customer.loyalty.tier.joined"; empty for what is no event.
std::string_view event_name(Move::Kind);
/// More is reached, from the next period on: what is held until then may be prolonged at the same moment.
inline bool begins_later(const Move& move) {
    return move.kind == Move::Kind::waiting && !move.next.is_nil();
}

/// What is true after the move; the posting itself is applied by the ledger.
void apply(const Move&, ledger::Card&);

/// What the card counts at that moment. Of a period or window that is over nothing counts.
Standing standing_at(const ledger::Card&, const campaigns::Program&, Timestamp, const TimeZone&);

/// After postings, once per order (decisions.md 15): up at once, or with the next period; down at once
/// only when the policy is `balance_drop`, after its grace, else at the end of the period; the same
/// tier is prolonged when its end moves. Nothing moves while a tier is given by hand, unless that one
/// gives way to a higher one.
std::optional<Move> evaluate(const ledger::Card&, const campaigns::Program&, const Tiers&,
                             Timestamp now, const TimeZone&);

/// When time alone moves the tier next; `at_due` says how. At one moment: what begins, then what ends,
/// then what is reached or lost.
std::optional<Timestamp> next_due(const ledger::Card&, const campaigns::Program&, const Tiers&,
                                  const TimeZone&);
Move at_due(const ledger::Card&, const campaigns::Program&, const Tiers&, Timestamp due,
            const TimeZone&);

/// At `card.tier_until`: with `end_of_period` all start anew at zero (balance and tenure stay); with
/// `end_of_next_period`, or when tiers begin with the next period, what was counted in the period
/// that ends decides; else what counts at that moment.
Move at_end(const ledger::Card&, const campaigns::Program&, const Tiers&, const TimeZone&);

/// A tier by hand until a moment (nothing: until it is cleared), and back to what is reached.
Move by_hand(const ledger::Card&, const campaigns::Program&, const Tiers&, const Tier& given,
             std::optional<Timestamp> until, bool at_least, Timestamp now, const TimeZone&);
Move back_from_hand(const ledger::Card&, const campaigns::Program&, const Tiers&, Timestamp at,
                    const TimeZone&);
/// Of two cards that become one: the other's higher tier stays for as long as it was held there. None where
/// what counts decides at any moment, or where this one was given by hand.
std::optional<Move> take_over(const ledger::Card&, const ledger::Card& other,
                              const campaigns::Program&, const Tiers&, Timestamp now);
bool is_by_hand(const ledger::Card&);

/// Adds to what counts at that moment: the running period, or its day of a window. Facts of an earlier
/// period count nowhere. What a return takes back is counted at the time of its order.
void count_points(ledger::Card&, const campaigns::Program&, Points, Timestamp at, const TimeZone&);
void count_spend(ledger::Card&, const campaigns::Program&, Money, Timestamp at, const TimeZone&);
void count_orders(ledger::Card&, const campaigns::Program&, std::int64_t, Timestamp at,
                  const TimeZone&);

/// Once all is decided for now: forgets days that have left the window, and notes when time alone
/// moves the tier next. True when the card's row has to be saved for it.
bool note(ledger::Card&, const campaigns::Program&, const Tiers&, Timestamp now, const TimeZone&);

}  // namespace perennial::tiers
