#pragma once
#include "modules/projects/route.hpp"

namespace perennial::flows {

/// What a member may redeem and what keeps them from it, the experiences and accesses they have, and
/// a customer's wallet.
projects::Routes member_rewards_routes();

}  // namespace perennial::flows
