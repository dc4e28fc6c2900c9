#pragma once
#include "modules/projects/route.hpp"

namespace perennial::flows {

/// GET /v1/explain?order=… and ?member=…: why an order gave what it gave; what a balance is made of.
projects::Routes explain_routes();

}  // namespace perennial::flows
