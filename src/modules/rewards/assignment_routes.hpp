#pragma once
#include "modules/projects/route.hpp"

namespace perennial::rewards {

/// Under /v1/rewards/{rewardId}/assignments and /v1/loyalties/{campaignId}/rewards.
projects::Routes assignment_routes();

/// The assignments of a reward in all programs, oldest first.
std::vector<const projects::Definition*> assignments_of(const projects::Snapshot&,
                                                        const RawId& reward);

}  // namespace perennial::rewards
