#pragma once
#include "modules/projects/route.hpp"

namespace perennial::flows {

/// What a program's points cost, by tier and earning rule.
projects::Routes economics_routes();

}  // namespace perennial::flows
