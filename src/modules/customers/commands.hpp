// Changes of customers by the row: bulk changes and imports.
#pragma once
#include "modules/customers/model.hpp"
#include "modules/projects/route.hpp"

namespace perennial::customers {

/// As POST /v1/customers, without an answer's body. Refuses when it runs: not_found (an id that nobody
/// has).
projects::Command upsert(Change, projects::ProjectNumber);
/// The same for a body. Refuses: invalid_payload (all mistakes; neither id nor source_id).
Result<projects::Command> upsert_row(const json::object& body, projects::ProjectNumber);

}  // namespace perennial::customers
