#pragma once
#include "modules/projects/route.hpp"

namespace perennial::metadata_schemas {

/// Reading below /v1; all operations of metadata schemas and custom event schemas in the management
/// API.
projects::Routes routes();

}  // namespace perennial::metadata_schemas
