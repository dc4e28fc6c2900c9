// Why an event gave what it gave, and why an entry of a card was made: the parts of GET /v1/explain
// besides orders and redemptions.
#pragma once
#include "modules/projects/route.hpp"

namespace perennial::flows {

/// `evcus_…`: every rule that looked at the event, evaluated again with what was known then.
Result<http::Response> explain_event(const std::string& id, const projects::ReadContext&);

/// `vtx_…`: who or what made the entry; for points of a rule the rule, evaluated again; for a tier what
/// counted and what it asks for; for points that left the lots that they left.
Result<http::Response> explain_transaction(const std::string& id, const projects::ReadContext&);

}  // namespace perennial::flows
