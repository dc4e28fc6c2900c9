#pragma once
#include "modules/projects/route.hpp"

namespace perennial::flows {

/// Points moved by hand; part of members_routes.
projects::Routes balance_routes();

}  // namespace perennial::flows
