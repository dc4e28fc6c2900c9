#pragma once
#include <string>
#include <string_view>

namespace perennial::log {

/// Appends `text` as a JSON string with its quotes. Control characters, DEL, U+2028/9 are escaped;
/// each byte that is not UTF-8 becomes U+FFFD.
void append_json_string(std::string& out, std::string_view text);

}  // namespace perennial::log
