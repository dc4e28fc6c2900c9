#pragma once
#include <string>

#include "modules/projects/route.hpp"
#include "platform/http/router.hpp"

namespace perennial::app {

/// A text with its ETag.
struct Description {
    std::string text;
    std::string etag;
};
Description make_description(std::string text);

/// The OpenAPI 3.1 description of every route, made from the routes' own docs.
std::string openapi(const http::Router<projects::Route>&, const std::string& server_url);

}  // namespace perennial::app
