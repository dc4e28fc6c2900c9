#pragma once
#include "modules/projects/route.hpp"

namespace perennial::rewards {

/// Rewards, and their assignments to programs seen from either side.
projects::Routes routes();

}  // namespace perennial::rewards
