#pragma once
#include "base/error.hpp"

namespace perennial::rewards::error {
inline constexpr ErrorCode campaign_not_active{"campaign_not_active", ErrorKind::rejected,
                                               "Campaign is not active"};
inline constexpr ErrorCode voucher_disabled{"voucher_disabled", ErrorKind::rejected,
                                            "Voucher is disabled"};
inline constexpr ErrorCode reward_out_of_stock{"reward_out_of_stock", ErrorKind::rejected,
                                               "Reward out of stock"};
inline constexpr ErrorCode customer_rules_violated{"customer_rules_violated", ErrorKind::rejected,
                                                   "Customer does not match the rules"};
inline constexpr ErrorCode order_rules_violated{"order_rules_violated", ErrorKind::rejected,
                                                "Order does not match the rules"};
inline constexpr ErrorCode redemption_rules_violated{
    "redemption_rules_violated", ErrorKind::rejected, "Redemption does not match the rules"};
inline constexpr ErrorCode missing_customer{"missing_customer", ErrorKind::rejected,
                                            "Missing customer"};
inline constexpr ErrorCode missing_order{"missing_order", ErrorKind::rejected, "Missing order"};
inline constexpr ErrorCode missing_reward{"missing_reward", ErrorKind::rejected, "Missing reward"};
inline constexpr ErrorCode missing_parameters{"missing_parameters", ErrorKind::rejected,
                                              "Missing parameters"};
inline constexpr ErrorCode invalid_order{"invalid_order", ErrorKind::rejected, "Invalid order"};
inline constexpr ErrorCode invalid_amount{"invalid_amount", ErrorKind::rejected, "Invalid amount"};
inline constexpr ErrorCode already_rolled_back{"already_rolled_back", ErrorKind::rejected,
                                               "Redemption already rolled back"};
inline constexpr ErrorCode invalid_redemption{"invalid_redemption", ErrorKind::rejected,
                                              "Invalid redemption"};
}  // namespace perennial::rewards::error
