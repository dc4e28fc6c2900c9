#pragma once
#include "modules/projects/route.hpp"

namespace perennial::flows {

projects::Routes redemptions_routes();

}  // namespace perennial::flows
