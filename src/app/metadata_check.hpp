// Metadata against the project's schemas, for every write of the API in one place: what a route takes
// and what it answers say where metadata of which object lies.
#pragma once
#include <memory>

#include "modules/projects/route.hpp"

namespace perennial::app {

/// Adds the check to the command of a route that takes metadata. Refuses before the command runs what
/// was sent and does not fit (metadata_validation_failed, all of it), an event without a schema where
/// the project is strict (invalid_payload); after it, what must be there and is missing.
void check_metadata(const projects::Route&, std::shared_ptr<const http::Request>,
                    projects::Command&);

}  // namespace perennial::app
