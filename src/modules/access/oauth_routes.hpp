#pragma once
#include "modules/projects/route.hpp"

namespace perennial::access {

projects::Routes oauth_routes();
projects::Routes keys_routes();
projects::Routes project_routes();

}  // namespace perennial::access
