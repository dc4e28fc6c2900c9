#pragma once
#include "modules/projects/route.hpp"

namespace perennial::trash_bin {

/// /v1/trash-bin
projects::Routes routes();

}  // namespace perennial::trash_bin
