#pragma once
#include "base/error.hpp"

namespace perennial::access::error {

using namespace perennial::error;

inline constexpr ErrorCode invalid_grant_type{"invalid_grant_type", ErrorKind::invalid,
                                              "Invalid grant type"};
inline constexpr ErrorCode invalid_scope{"invalid_scope", ErrorKind::invalid, "Invalid scope"};

}  // namespace perennial::access::error
