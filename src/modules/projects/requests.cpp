#include "modules/projects/requests.hpp"

#include <boost/json.hpp>

namespace perennial::projects {

Result<json::value> read_body(const http::Request& request) {
    if (request.body.find_first_not_of(" \t\r\n") == std::string::npos) return json::object();
    return parse_json(request.body);
}

}  // namespace perennial::projects
