// What routes of all modules read of a request.
#pragma once
#include <string>

#include "base/id.hpp"
#include "base/json.hpp"
#include "platform/http/request.hpp"

namespace perennial::projects {

/// The body as JSON; an empty one is {}.
Result<json::value> read_body(const http::Request&);

/// Where what goes by this id, or else by this source id or code, has its place.
template <class IdType>
Place lane_of(const std::string& id_or_name) {
    const auto id = IdType::parse(id_or_name);
    return id ? id->place() : place_of(id_or_name);
}

}  // namespace perennial::projects
