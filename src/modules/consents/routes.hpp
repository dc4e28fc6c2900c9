#pragma once
#include "modules/projects/route.hpp"

namespace perennial::consents {

/// /v1/consents, and those of a customer.
projects::Routes routes();

}  // namespace perennial::consents
