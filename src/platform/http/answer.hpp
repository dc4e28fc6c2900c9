#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "platform/http/response.hpp"

namespace perennial::http {

struct AnswerFrame {
    std::string_view request_id;
    std::string_view date;  ///< "Tue, 23 Jul 2024 19:38:38 GMT"
    bool is_head = false;
    bool keep_alive = true;
    bool is_http_1_0 = false;
};

/// Appends the answer as it goes over the wire. Line ends inside header texts are left out.
void append_answer(std::string& out, const Response&, const AnswerFrame&);

/// The value of a Date header.
std::string http_date(std::int64_t unix_seconds);

}  // namespace perennial::http
