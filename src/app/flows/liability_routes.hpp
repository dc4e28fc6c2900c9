#pragma once
#include "modules/projects/route.hpp"

namespace perennial::flows {

/// What a program owes its members; part of members_routes.
projects::Routes liability_routes();

}  // namespace perennial::flows
