// Whether a member may have a reward, and at which price. Pure.
#pragma once
#include <optional>

#include "modules/ledger/decide.hpp"
#include "modules/rewards/errors.hpp"
#include "modules/rewards/model.hpp"
#include "modules/tiers/model.hpp"

namespace perennial::rewards {

/// The price for a member of the tier: the tier's mapping, else the assignment's own. `tier` may be
/// null.
Points price_of(const Assignment&, const tiers::Tier* tier);

/// Minor units in a currency unit: amounts of the API are amount * 100.
inline constexpr std::int64_t minor_units = 100;

struct RedemptionFacts {
    const campaigns::Program& program;
    const ledger::Card& card;  ///< rolled to now
    const Reward& reward;
    const Assignment* assignment = nullptr;  ///< null = not assigned to the program
    const tiers::Tier* tier = nullptr;
    std::int64_t used = 0;  ///< pieces of the reward handed out so far, in all programs
    /// COIN: what is left to pay of the order; nothing = no order was named.
    std::optional<Money> order_total;
    bool order_open = true;  ///< CREATED, and of the card's holder or nobody
};

struct RedemptionPlan {
    Points points;
    Money discount;  ///< COIN: off the order
    ledger::Posting posting;
};

/// COIN: `wished` points pay wished / points_ratio * exchange_ratio currency units, rounded down to
/// whole minor units; when that is more than the order's total, only as many points as pay it are
/// taken, rounded up. Example: ratio 10 points = 1 unit, 1234 points pay 123.40; of an order of
/// 100.00 they pay all, and 1000 points are taken.
///
/// Refuses in this order: campaign_not_active, voucher_disabled, not_found (not assigned),
/// not_implemented (CAMPAIGN), reward_out_of_stock, for COIN missing_order, missing_parameters (no
/// points wished) and invalid_order (paid, canceled or somebody else's; nothing left to pay; the
/// points pay less than one minor unit), and loyalty_card_points_exceeded, which says how many are
/// missing.
Result<RedemptionPlan> decide_redemption(const RedemptionFacts&, std::optional<Points> wished,
                                         Timestamp now);

}  // namespace perennial::rewards
