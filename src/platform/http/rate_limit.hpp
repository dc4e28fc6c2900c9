#pragma once
#include <cstdint>
#include <string_view>

namespace perennial::http {

/// What the X-Rate-Limit-* headers of an answer say. No limit: nothing is said.
struct RateLimit {
    std::int64_t limit = 0;  ///< calls in the window; 0 = no limit
    std::int64_t remaining = 0;
    std::int64_t retry_at = 0;  ///< when the window ends, unix seconds
    std::string_view type = {};
};

}  // namespace perennial::http
