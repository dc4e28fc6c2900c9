// Pure rules of the ledger: card + wish -> posting, or a refusal. `now` is business time. None of these
// looks at what is already due: roll the card forward first (`due_posting` until it is empty).
#pragma once
#include "modules/ledger/errors.hpp"
#include "modules/ledger/model.hpp"

namespace perennial::ledger {

/// The next thing that fell due until `now`: activation of pending lots, else expiry of lots. In
/// order of due time; at the same moment activation comes first (api.md 10.4). Its effective time
/// is the due time. Nothing when the lots are up to date.
std::optional<Posting> due_posting(const Card&, Timestamp now);

/// Credits points as a new lot. A card in debt pays its debt from them first. `points` > 0.
/// Refuses: invalid_balance when the balance would leave +-(2^53 - 1).
Result<Posting> credit(const Card&, EntryKind, Points points, Timestamp now,
                       std::optional<Timestamp> expires_at,
                       std::optional<Timestamp> activates_at = std::nullopt);

/// Takes points from active lots, earliest end first (no end last), then oldest, then by number.
/// Example: lots #1 30 (ends March), #2 50 (no end), #3 20 (ends January); burning 45 takes 20 from
/// #3 and 25 from #1. Refuses: loyalty_card_points_exceeded when the balance is smaller.
Result<Posting> burn(const Card&, EntryKind, Points points, Timestamp now);

/// Moves the points of a lot that pends up or down; all of them = canceled. `points` not 0.
/// Refuses: invalid_balance (do not fit), loyalty_card_points_exceeded (fewer pend there).
Result<Posting> adjust_pending(const Card&, std::uint32_t number, Points points, Timestamp now);

struct TakenBack {
    std::optional<Posting> active;   ///< cancellation
    std::optional<Posting> pending;  ///< pending_cancellation, of the lot itself while it pends
    Points shortfall;                ///< what could not be taken (no debt allowed)
    Points already_expired;          ///< counts as taken back
};

/// Takes back earned points (decisions.md 16): from lot `number` while it is open; what expired of it
/// (`expired_of_lot`) counts as taken; then from other lots in burn order; the rest becomes debt if
/// `allow_debt`, else a shortfall. `points` > 0.
TakenBack take_back(const Card&, std::uint32_t number, Points points, Points expired_of_lot,
                    bool allow_debt, Timestamp now);

/// What `refund` needs to know, noted when the points are spent: the lots a posting took from, with
/// their times, as `put` steps.
std::vector<LotChange> refund_steps(const Card& before, const Posting& spent);

/// Gives spent points back into the lots they came from, which keep their end. What has ended meanwhile
/// ends now, with the next roll forward, never silently: so the balance as of no earlier moment falls.
/// A card in debt pays its debt from them first.
Posting refund(const Card&, std::vector<LotChange> steps, Timestamp now);

/// The next of the points of open redemptions that come back until `now`; null when there are none.
const HeldPoints* next_held(const Card&, Timestamp now);

/// A posting of no points that notes the new tier in the chain.
Posting tier_change(const TierId& tier, Timestamp at);

}  // namespace perennial::ledger
