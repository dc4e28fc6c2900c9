#pragma once
#include "base/error.hpp"

namespace perennial::exports::error {
inline constexpr ErrorCode invalid_params{"invalid_export_params", ErrorKind::invalid,
                                          "Invalid export params"};
inline constexpr ErrorCode invalid_fields{"invalid_export_fields", ErrorKind::invalid,
                                          "Invalid export fields"};
}  // namespace perennial::exports::error
