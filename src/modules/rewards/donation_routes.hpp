#pragma once
#include "modules/projects/route.hpp"

namespace perennial::rewards {

/// What is owed to the recipients of donations, and paying it on.
projects::Routes donation_routes();

}  // namespace perennial::rewards
