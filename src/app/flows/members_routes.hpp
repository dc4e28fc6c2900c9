#pragma once
#include "modules/projects/route.hpp"

namespace perennial::flows {

projects::Routes members_routes();

}  // namespace perennial::flows
