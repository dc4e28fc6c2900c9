// Which tier a card has (api.md 10.5, decisions.md 15). Pure.
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

struct Move {
    enum class Kind : std::uint8_t { joined, left, upgraded, downgraded, prolonged };
    Kind kind = Kind::joined;
    TierId from;
    TierId to;  ///< nil = no tier any more
    Timestamp since;
    std::optional<Timestamp> until;
};
std::string_view event_name(Move::Kind);  ///< "customer.loyalty.tier.joined"

/// What the card counts for tiers: balance, or points or spend of the running period.
std::int64_t qualifying_value(const ledger::Card&, const campaigns::Program&);

/// After postings, once per order (decisions.md 15): up at once; down at once only when the policy is
/// `balance_drop`, else at the end of the period; the same tier is prolonged when its end moves.
std::optional<Move> evaluate(const ledger::Card&, const campaigns::Program&, const Tiers&,
                             Timestamp now, const TimeZone&);

/// At `card.tier_until`: with `end_of_period` all start anew at zero (by balance: at the balance); with
/// `end_of_next_period` what was counted in the period that ends decides for the next one.
Move at_end(const ledger::Card&, const campaigns::Program&, const Tiers&, const TimeZone&);

/// Adds to what counts in the running period; facts of an earlier period count nowhere.
void count_points(ledger::Card&, const campaigns::Program&, Points, Timestamp at, const TimeZone&);
void count_spend(ledger::Card&, const campaigns::Program&, Money, Timestamp at, const TimeZone&);

}  // namespace perennial::tiers
