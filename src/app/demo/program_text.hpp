#pragma once
#include <string_view>

namespace perennial::app::demo {

/// examples/demo/program.json, embedded at build time (program_text.S).
std::string_view program_text();

}  // namespace perennial::app::demo
