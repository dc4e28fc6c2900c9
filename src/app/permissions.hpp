// Which role may call which route, and how pages of client-side keys are known.
#pragma once
#include <span>
#include <string>
#include <string_view>

#include "modules/projects/route.hpp"

namespace perennial::app {

/// By the route's permission; a MERCHANT also does what a till does.
bool may(projects::Role, const projects::Route&);

/// True when the `Origin` of a request is one of the trusted: "shop.example" is that host with any
/// scheme and port, "https://shop.example:8443" is exactly that, "*.shop.example" any host below it,
/// "*" all.
bool origin_is_trusted(std::string_view origin, std::span<const std::string> trusted);

}  // namespace perennial::app
