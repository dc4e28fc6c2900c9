#pragma once
#include <string>

#include "modules/projects/route.hpp"
#include "platform/http/router.hpp"

namespace perennial::app {

/// The OpenAPI 3.1 description of every route, made from the routes' own docs.
std::string openapi(const http::Router<projects::Route>&, const std::string& server_url);

}  // namespace perennial::app
