// Whether a member may have a reward, at which price, and what is missing. Pure.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "modules/earning/facts.hpp"
#include "modules/ledger/decide.hpp"
#include "modules/rewards/errors.hpp"
#include "modules/rewards/model.hpp"
#include "modules/tiers/model.hpp"

namespace perennial::rewards {

/// What conditions see.
struct MemberFacts {
    const earning::CustomerFacts& customer;
    const earning::ContextFacts& context;
};
/// False also where the expression fails on these facts.
bool holds(const Condition&, const MemberFacts&);

/// The price for a member of the tier: that of the first condition that holds, else the assignment's
/// own; then the tier's mapping. `tier` and `member` may be null: no mapping, no conditions.
Points price_of(const Assignment&, const tiers::Tier* tier, const MemberFacts* member = nullptr);

/// Minor units in a currency unit: amounts of the API are amount * 100.
inline constexpr std::int64_t minor_units = 100;

struct RedemptionFacts {
    const campaigns::Program& program;
    const ledger::Card& card;  ///< rolled to now
    const Reward& reward;
    const Assignment* assignment = nullptr;  ///< null = not assigned to the program
    const tiers::Tier* tier = nullptr;
    const MemberFacts* member = nullptr;  ///< needed when the assignment has conditions
    std::int64_t used = 0;  ///< pieces of the reward handed out or held so far, in all programs
    /// COIN: what is left to pay of the order; nothing = no order was named.
    std::optional<Money> order_total;
    Money order_amount;      ///< COIN: before discounts, what points paid included
    bool order_open = true;  ///< CREATED, and of the card's holder or nobody
    /// The least order amount of which points may pay a part (AS-12); zero = any.
    Money minimum_order;
    /// CAMPAIGN: the program whose card is topped up; null = it is gone.
    const campaigns::Program* tops_up = nullptr;
};

/// One thing that keeps a member from a reward, and how much of it.
struct Missing {
    enum class What : std::uint8_t {
        program,       ///< is off, not begun or over
        card,          ///< is disabled
        date_from,     ///< available from `at`
        date_until,    ///< was available until `at`
        tier,          ///< one of `tiers`
        condition,     ///< is not met
        stock,         ///< all gone
        order_amount,  ///< `amount` minor units to the least order
        points,        ///< `amount` points
    };
    What what = What::points;
    std::string message = {};
    std::int64_t amount = 0;
    std::optional<Timestamp> at = {};
    std::vector<ledger::TierId> tiers = {};
};
std::string_view missing_key(Missing::What);  ///< "points_missing" …

/// Everything that is missing, in the order of refusal; empty = the member can have it. For a COIN
/// reward without an order: as far as that can be said.
std::vector<Missing> what_is_missing(const RedemptionFacts&, Timestamp now);
/// Of its tiers, and its condition holds.
bool is_for(const RedemptionFacts&);

/// A refusal with all that is missing.
struct Refusal {
    Error error;
    std::vector<Missing> missing = {};

    Refusal(Error why) : error(std::move(why)) {}
    Refusal(Error why, std::vector<Missing> all) : error(std::move(why)), missing(std::move(all)) {}
};
template <class T>
using Decided = std::expected<T, Refusal>;

struct RedemptionPlan {
    Points points;
    Money discount;  ///< COIN: off the order
    Money donation;  ///< DONATION: owed to its recipient
    ledger::Posting posting;
};

/// COIN: `wished` points pay wished / points_ratio * exchange_ratio currency units, rounded down to
/// whole minor units; when that is more than the order's total, only as many points as pay it are
/// taken, rounded up. Example: ratio 10 points = 1 unit, 1234 points pay 123.40; of an order of
/// 100.00 they pay all, and 1000 points are taken. A COIN donation gives the same amount, uncapped.
///
/// Refuses in this order: campaign_not_active, voucher_disabled, not_found (not assigned),
/// redemption_rules_violated (its dates), customer_rules_violated (tier, then condition),
/// reward_out_of_stock; CAMPAIGN: campaign_not_active (the program to top up), missing_customer; COIN:
/// missing_order, missing_parameters (no points wished), invalid_order (paid, canceled or somebody
/// else's; nothing left to pay; the points pay less than one minor unit), order_rules_violated (less
/// than the least order); invalid_amount (more than fits); loyalty_card_points_exceeded.
Decided<RedemptionPlan> decide_redemption(const RedemptionFacts&, std::optional<Points> wished,
                                          Timestamp now);

}  // namespace perennial::rewards
