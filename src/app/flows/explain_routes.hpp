#pragma once
#include "modules/projects/route.hpp"

namespace perennial::flows {

/// GET /v1/explain?order=…, event=…, member=…, redemption=… and transaction=…: why something was decided
/// as it was, with what was known then.
projects::Routes explain_routes();

}  // namespace perennial::flows
