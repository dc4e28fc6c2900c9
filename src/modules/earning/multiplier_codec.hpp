// Promotions that multiply a program's points, as JSON. The resource is ours: docs/GLOSSARY.md.
#pragma once
#include "base/json.hpp"
#include "modules/projects/snapshot.hpp"

namespace perennial::earning {

/// The body of a multiplier, whole: the normalised document, or all its mistakes.
Result<json::object> read_multiplier(const json::value& body);

/// Its earning rules belong to the program.
void check_multiplier_references(const json::object& doc, const projects::Snapshot&,
                                 const RawId& program, Issues&);

json::object multiplier_json(const projects::Definition&);

}  // namespace perennial::earning
