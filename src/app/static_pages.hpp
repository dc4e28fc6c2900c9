// The pages and files that the server carries inside itself.
#pragma once
#include <string_view>

#include "platform/http/response.hpp"

namespace perennial::app {

extern const std::string_view home_page;
extern const std::string_view docs_page;
extern const std::string_view setup_page_begin;
extern const std::string_view setup_page_used;
/// {} = application id, token, public address.
extern const std::string_view setup_page_keys;

http::Response static_asset(std::string_view path, std::string_view request_id);

}  // namespace perennial::app
