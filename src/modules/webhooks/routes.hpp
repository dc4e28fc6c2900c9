#pragma once
#include "modules/projects/route.hpp"

namespace perennial::webhooks {

projects::Routes routes();

}  // namespace perennial::webhooks
