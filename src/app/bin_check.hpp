// What goes into the trash bin, and what may not be named like something in it.
#pragma once
#include "modules/projects/route.hpp"

namespace perennial::app {

/// Deleting a campaign, product or SKU without `force=true` puts an entry into the bin, in the same
/// transaction; a campaign cannot be named like one in the bin (duplicate_found).
void keep_in_bin(const projects::Route&, const http::Request&, projects::Command&);

}  // namespace perennial::app
