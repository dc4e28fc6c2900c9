#pragma once
#include "modules/projects/route.hpp"

namespace perennial::flows {

/// A card as the voucher it is; part of members_routes.
projects::Routes vouchers_routes();

}  // namespace perennial::flows
