#pragma once
#include "modules/projects/route.hpp"

namespace perennial::flows {

projects::Routes orders_routes();

}  // namespace perennial::flows
