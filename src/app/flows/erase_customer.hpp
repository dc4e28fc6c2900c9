// POST /v1/customers/{id}/permanent-deletion: a person is forgotten, and the ledger goes on to hold.
#pragma once
#include "modules/projects/route.hpp"

namespace perennial::flows {

projects::Routes erase_routes();

}  // namespace perennial::flows
