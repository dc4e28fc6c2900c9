#pragma once
#include "modules/projects/route.hpp"

namespace perennial::flows {

projects::Routes events_routes();

}  // namespace perennial::flows
