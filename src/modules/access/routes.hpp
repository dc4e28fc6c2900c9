#pragma once
#include "modules/projects/route.hpp"

namespace perennial::access {

/// /v1/oauth/…, /v1/keys, /v1/project and the management API's projects.
projects::Routes routes();

}  // namespace perennial::access
