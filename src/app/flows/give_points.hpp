// What orders and custom events alike do with a rule's outcome.
#pragma once
#include <optional>
#include <vector>

#include "app/flows/earning_limits.hpp"
#include "modules/members/commands.hpp"
#include "modules/members/kept_facts.hpp"
#include "modules/orders/model.hpp"

namespace perennial::flows {

/// Gives what the rule's outcome comes to under the limits, which cut it; nothing when that is nothing.
/// Notes in `cuts` what they did not let through. Throws LateRefusal (points_out_of_range).
std::optional<members::Credited> give(const projects::Context&, ledger::Card&, const earning::Rule&,
                                      earning::Outcome&, Allowance&, members::Why,
                                      std::vector<orders::Cut>& cuts);

}  // namespace perennial::flows
