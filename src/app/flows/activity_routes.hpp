#pragma once
#include "modules/projects/route.hpp"

namespace perennial::flows {

/// What happened to a card and to a customer, made from the chains of entries, orders and events; part
/// of members_routes.
projects::Routes activity_routes();

}  // namespace perennial::flows
