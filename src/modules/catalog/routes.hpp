#pragma once
#include "modules/projects/route.hpp"

namespace perennial::catalog {

projects::Routes routes();

projects::Routes product_routes();
projects::Routes sku_routes();
projects::Routes collection_routes();

}  // namespace perennial::catalog
