#pragma once
#include <string_view>

#include "modules/projects/route.hpp"

namespace perennial::tiers {

/// Takes what is deleted ("ern_…" or "rewa_…") out of the mappings of the program's tiers.
void forget(const projects::Context&, const RawId& program, std::string_view id);

}  // namespace perennial::tiers
