// What a page in a customer's browser may do with a client-side key (api.md 16). The keys are public:
// whoever calls may be anybody, so answers tell nothing that the caller did not know.
#pragma once
#include "modules/projects/route.hpp"

namespace perennial::app {

/// Made from the server's routes of the same things.
projects::Routes client_routes(const projects::Routes& server);

}  // namespace perennial::app
