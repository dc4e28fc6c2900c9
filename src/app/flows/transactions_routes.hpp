#pragma once
#include "modules/projects/route.hpp"

namespace perennial::flows {

/// Why a balance is what it is: transactions, pending points, statement; part of members_routes.
projects::Routes transactions_routes();

}  // namespace perennial::flows
