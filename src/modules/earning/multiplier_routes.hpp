#pragma once
#include "modules/projects/route.hpp"

namespace perennial::earning {

projects::Routes multiplier_routes();

}  // namespace perennial::earning
