#pragma once
#include "base/error.hpp"

namespace perennial::rewards::error {
inline constexpr ErrorCode campaign_not_active{"campaign_not_active", ErrorKind::rejected,
                                               "Campaign is not active"};
inline constexpr ErrorCode voucher_disabled{"voucher_disabled", ErrorKind::rejected,
                                            "Voucher is disabled"};
inline constexpr ErrorCode reward_out_of_stock{"reward_out_of_stock", ErrorKind::rejected,
                                               "Reward out of stock"};
inline constexpr ErrorCode missing_order{"missing_order", ErrorKind::rejected, "Missing order"};
inline constexpr ErrorCode missing_parameters{"missing_parameters", ErrorKind::rejected,
                                              "Missing parameters"};
inline constexpr ErrorCode invalid_order{"invalid_order", ErrorKind::rejected, "Invalid order"};
inline constexpr ErrorCode already_rolled_back{"already_rolled_back", ErrorKind::rejected,
                                               "Redemption already rolled back"};
inline constexpr ErrorCode invalid_redemption{"invalid_redemption", ErrorKind::rejected,
                                              "Invalid redemption"};
}  // namespace perennial::rewards::error
