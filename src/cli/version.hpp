#pragma once

namespace perennial::cli {

inline constexpr const char* version = "0.1.0";

}  // namespace perennial::cli
