#pragma once
#include "base/error.hpp"

namespace perennial::members::error {
inline constexpr ErrorCode campaign_not_active{"campaign_not_active", ErrorKind::rejected,
                                               "Campaign is not active"};
inline constexpr ErrorCode voucher_disabled{"voucher_disabled", ErrorKind::rejected,
                                            "Voucher is disabled"};
inline constexpr ErrorCode voucher_already_published{
    "voucher_already_published", ErrorKind::rejected, "Voucher already published"};
inline constexpr ErrorCode invalid_expiration_date{
    "invalid_expiration_date", ErrorKind::rejected, "Invalid expiration date"};
inline constexpr ErrorCode duplicate_source_id{"duplicate_source_id", ErrorKind::rejected,
                                               "Duplicated source id"};
}  // namespace perennial::members::error
