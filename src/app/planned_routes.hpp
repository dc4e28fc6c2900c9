// The operations of the compatible API that have no route yet.
#pragma once
#include "modules/projects/route.hpp"

namespace perennial::app {

/// Adds a route without a handler (501 not_implemented) for each operation of the compatible API that
/// is not among the routes.
void add_planned_routes(projects::Routes&);

inline bool is_planned(const projects::Route& route) { return !route.read && !route.write; }

}  // namespace perennial::app
