// Form bodies: the first line is the Content-Type, the rest the body. Whatever they are, they are refused or cut into
// parts that lie in the body, in its order.
#pragma once
#include <algorithm>
#include <string_view>

#include "base/error.hpp"
#include "platform/http/multipart.hpp"

namespace perennial::fuzz {

inline void run_multipart(std::string_view bytes) {
    const std::size_t line = std::min(bytes.find('\n'), bytes.size());
    const std::string_view type = bytes.substr(0, line);
    const std::string_view body = bytes.substr(std::min(line + 1, bytes.size()));
    const auto parts = http::parse_form(type, body);
    if (!parts) return;
    CHECK(parts->size() <= http::form_parts_max);
    const char* last = body.data();
    for (const http::FormPart& part : *parts) {
        CHECK(!part.name.empty());
        if (part.content.empty()) continue;
        CHECK(part.content.data() >= last && part.content.data() + part.content.size() < body.data() + body.size());
        last = part.content.data() + part.content.size();
    }
}

}  // namespace perennial::fuzz
