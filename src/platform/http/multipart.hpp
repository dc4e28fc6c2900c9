// multipart/form-data (RFC 7578) over a body that lies in memory: nothing is copied.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace perennial::http {

struct FormPart {
    std::string name;
    std::string filename;  ///< as sent; never a path to open
    std::string_view content;
};

inline constexpr std::size_t form_parts_max = 32;
inline constexpr std::size_t form_headers_bytes_max = 8 * 1024;

/// The views point into `body`. A Content-Type without a boundary is served, as real clients send
/// it: then the body's first line names it. Refuses (invalid_payload): no multipart, no end, headers
/// that cannot be read, more parts than the limit.
Result<std::vector<FormPart>> parse_form(std::string_view content_type, std::string_view body);

}  // namespace perennial::http
