#pragma once
#include "modules/projects/route.hpp"

namespace perennial::flows {

/// What a member's tier is, asks for and gives; tiers by hand; members stuck below a level.
projects::Routes tier_routes();

}  // namespace perennial::flows
