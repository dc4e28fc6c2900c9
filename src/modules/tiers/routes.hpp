#pragma once
#include "modules/projects/route.hpp"

namespace perennial::tiers {

projects::Routes routes();

}  // namespace perennial::tiers
