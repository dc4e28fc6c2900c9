#pragma once
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "platform/http/rate_limit.hpp"

namespace perennial::http {

struct Header {
    std::string name;
    std::string value;
};

/// The server adds Content-Length, Date, X-Request-Id and Connection.
struct Response {
    int status = 200;
    std::string content_type = {};  ///< empty = application/json; not sent without a body
    std::string body = {};
    std::vector<Header> headers = {};
    RateLimit rate_limit = {};
};

std::string_view reason_phrase(int status);

inline Response json_response(std::string body, int status = 200) {
    return {status, {}, std::move(body), {}, {}};
}
inline Response text_response(std::string body, int status = 200) {
    return {status, "text/plain; charset=utf-8", std::move(body), {}, {}};
}
inline Response no_content() {
    return {204, {}, {}, {}, {}};
}
Response redirect(std::string location, int status = 303);

}  // namespace perennial::http
