#pragma once
#include "app/app.hpp"

namespace perennial::flows {

/// The test clock of sandbox projects (decisions.md 20).
projects::Routes clock_routes(app::Engine&);

}  // namespace perennial::flows
