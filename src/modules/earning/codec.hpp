#pragma once
#include <string>

#include "base/json.hpp"
#include "modules/projects/snapshot.hpp"

namespace perennial::earning {

/// The body of an earning rule, whole: the normalised document, or all its mistakes, those of its
/// expressions with line and column.
Result<json::object> read_rule(const json::value& body);

/// The tier belongs to the program; collections of products are known.
void check_references(const json::object& doc, const projects::Snapshot&, const RawId& program,
                      Issues&);

/// The definition's name: the field `name`, else the banner, else the event.
std::string name_of(const json::object& doc);

json::object to_json(const projects::Definition&);

}  // namespace perennial::earning
