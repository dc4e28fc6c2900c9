#pragma once
#include "base/error.hpp"

namespace perennial::ledger::error {
inline constexpr ErrorCode loyalty_card_points_exceeded{
    "loyalty_card_points_exceeded", ErrorKind::rejected, "Loyalty card points exceeded"};
inline constexpr ErrorCode invalid_balance{"invalid_balance", ErrorKind::rejected,
                                           "Invalid balance"};
inline constexpr ErrorCode invalid_pending_points_state{
    "invalid_pending_points_state", ErrorKind::rejected, "Invalid pending points state"};
}  // namespace perennial::ledger::error
