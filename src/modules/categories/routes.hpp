#pragma once
#include "modules/projects/route.hpp"

namespace perennial::categories {

/// /v1/categories (api.md 13.4).
projects::Routes routes();

}  // namespace perennial::categories
