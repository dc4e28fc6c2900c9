// What an order or event would earn, without writing: load and decide, no save.
#pragma once
#include "modules/projects/route.hpp"

namespace perennial::flows {

projects::Routes simulate_routes();

}  // namespace perennial::flows
