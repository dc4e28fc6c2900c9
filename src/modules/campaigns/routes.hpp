#pragma once
#include <functional>
#include <string>

#include "modules/projects/route.hpp"

namespace perennial::campaigns {

/// What other modules give; each may be empty.
struct Hooks {
    /// Writes a finished async action of this type ("CAMPAIGN.DELETE") and answers its id.
    std::function<std::string(const projects::Context&, std::string_view type)> finished_action;
};

/// Loyalty programs, under /v1/loyalties and as campaigns under /v1/campaigns.
projects::Routes routes(Hooks hooks = {});

}  // namespace perennial::campaigns
