#pragma once
#include "base/error.hpp"

namespace perennial::earning::error {

inline constexpr ErrorCode rules_limit_reached{"earning_rules_limit_reached", ErrorKind::rejected,
                                               "A project has at most 100 earning rules"};

}  // namespace perennial::earning::error
