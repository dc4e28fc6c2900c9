// What happens to a redemption later: it is completed, or rolled back.
#pragma once
#include "app/flows/redemption_parts.hpp"

namespace perennial::flows {

struct RollBackRedemption {
    /// By hand; of an open one; or because nobody completed it in time.
    enum class By : std::uint8_t { rollback, cancelation, expiry };
    std::string redemption;  ///< "r_…"
    std::string reason;
    By by = By::rollback;
};

void want(const RollBackRedemption&, work::Batch&, projects::ProjectNumber);
void want_more(const RollBackRedemption&, work::Batch&, projects::ProjectNumber);

/// The redemption is open: the card knows that its points come back, and when.
void hold(const projects::Context&, ledger::Card&, const rewards::Redemption&);

/// Points return into the lots they came from; of a lot that has ended meanwhile they expire at
/// once, and the ledger shows both. The piece goes back to stock, a COIN discount off an order that
/// is still CREATED, a donation off what its recipient is owed; points that a CAMPAIGN reward gave are
/// taken back as those of a return. Refuses in this order: not_found, invalid_redemption (a rollback
/// itself, a refused attempt; cancelation of one that is not open), already_rolled_back, invalid_order
/// (COIN: the order is paid; cancel it first).
Result<Redeemed> roll_back_redemption(const RollBackRedemption&, const projects::Context&);

struct CompleteRedemption {
    std::string redemption;
};

void want(const CompleteRedemption&, work::Batch&, projects::ProjectNumber);
void want_more(const CompleteRedemption&, work::Batch&, projects::ProjectNumber);

/// An open redemption is fulfilled: what it took is spent. Once more changes nothing. Refuses: not_found,
/// already_rolled_back, invalid_redemption (was never open; was held until now or before).
Result<Redeemed> complete_redemption(const CompleteRedemption&, const projects::Context&);

/// What the timer of an open redemption runs, at its time.
projects::Command expire_reservation(projects::ProjectNumber, Timestamp due_at,
                                     const rewards::RedemptionId&);

}  // namespace perennial::flows
