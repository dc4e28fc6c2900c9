#pragma once
#include <string_view>

#include "base/function_ref.hpp"

namespace perennial::jobs {

/// The job boundary for threads of modules: what `body` throws is logged and counted here. False when
/// it threw; then try again later.
bool attempt(std::string_view what, FunctionRef<void()> body);

}  // namespace perennial::jobs
