// `perennial apply program.json`: a whole loyalty program in one file, in the API's shapes, with names
// where the API has ids. Applied again, it changes what differs and makes what is missing.
#pragma once
#include "app/local_api.hpp"

namespace perennial::app {

struct AppliedProgram {
    std::string campaign_id;
    std::vector<std::string> done;  ///< one line each: "earning rule 'Leaf per euro': created"
};

/// Stops at the first refusal, which says the part and the API's own words. What was applied before
/// stays; applying again goes on from there. Order: campaign, collections, earning rules, rewards,
/// assignments, tiers.
Result<AppliedProgram> apply_program(LocalApi&, const json::value& program);

}  // namespace perennial::app
