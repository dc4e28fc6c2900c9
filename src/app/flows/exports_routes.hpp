// Exports over the API: asked for, told of, fetched by their address.
#pragma once
#include "app/app.hpp"

namespace perennial::flows {

projects::Routes exports_routes(app::Engine&);

}  // namespace perennial::flows
