#pragma once
#include "modules/projects/route.hpp"

namespace perennial::campaigns {

/// Loyalty programs, under /v1/loyalties and as campaigns under /v1/campaigns.
projects::Routes routes();

}  // namespace perennial::campaigns
