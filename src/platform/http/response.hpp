#pragma once
#include <cstdint>
#include <functional>
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
    /// The rest of a body too long to be held: piece 0, 1, … each made when the one before has been sent,
    /// not on an IO thread. `more_bytes` in all.
    std::function<std::string(std::int64_t piece)> more = nullptr;
    std::uint64_t more_bytes = 0;
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
