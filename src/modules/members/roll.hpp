// What is true of a card at a moment: everything that fell due until then, in order (decisions.md 14).
// Reads roll a copy and throw it away; commands roll first and save; the timer job only saves.
#pragma once
#include "base/function_ref.hpp"
#include "modules/earning/model.hpp"
#include "modules/ledger/decide.hpp"
#include "modules/tiers/decide.hpp"

namespace perennial::members {

/// One step: a posting, and with it the tier when it changed.
struct Step {
    ledger::Posting posting;
    std::optional<tiers::Move> move;
    const earning::Rule* rule = nullptr;  ///< that gave points on a day of the year
    std::optional<ledger::HeldPoints> held;  ///< that come back
};

/// The compiled definitions a card lives under.
struct Rulebook {
    const campaigns::Program& program;
    const tiers::Tiers& tiers;
    const TimeZone& zone;
    const earning::Rules* rules = nullptr;
};

/// The tier's own fields; the posting itself is applied by the ledger.
void apply_move(const tiers::Move&, ledger::Card&);

/// Points that are earned, given, moved or spent keep the others alive: the posting says until when all
/// of them do not end by inactivity, counted from it, or from when the last that pends is spendable. What
/// was promised before is kept.
void keep_alive(const ledger::Card&, const Rulebook&, ledger::Posting&);

/// The tier after a posting, as after a command: what waits for the next period may also prolong what is
/// held.
void settle_tier(const ledger::Card&, const Rulebook&, Timestamp, FunctionRef<void(Step)> take);

/// Finds each step in order of due time (at the same moment: what is held
/// comes back, activation, end of a tier, expiry, then
/// the tier by the new balance; a tier of counted periods ends before the activation) and hands it to `take`, which must apply it to the card.
void roll_forward(ledger::Card&, const Rulebook&, Timestamp now, FunctionRef<void(Step)> take);

/// The card as of `now`, for reads.
ledger::Card rolled(ledger::Card, const Rulebook&, Timestamp now);

}  // namespace perennial::members
