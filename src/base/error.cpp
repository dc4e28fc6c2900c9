#include "base/error.hpp"

#include <fmt/format.h>

namespace perennial {

void invariant_broken(const char* expression, const char* file, int line) {
    throw InvariantBroken(fmt::format("{}:{}: {}", file, line, expression));
}

}  // namespace perennial
