#pragma once
#include "modules/projects/route.hpp"

namespace perennial::earning {

projects::Routes routes();

}  // namespace perennial::earning
