#pragma once
#include "modules/projects/route.hpp"

namespace perennial::async_actions {

projects::Routes routes();

}  // namespace perennial::async_actions
