// The part of an earning rule that says how many points.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "modules/earning/compile.hpp"

namespace perennial::earning {

/// `loyalty` of a rule. Without a trigger (its event is wrong) expressions are not checked.
json::object read_loyalty(JsonReader& rule, std::optional<Trigger>);

/// A CEL text into doc[name]; adds an issue for each mistake.
void read_expression(JsonReader&, std::string_view name, std::optional<Trigger>, ExpressionRole,
                     json::object& doc);

/// One product, SKU or collection {object, id}.
json::object read_applicable(JsonReader);

struct Named {
    std::string pointer;
    std::string id;
};
/// The product collections that a stored rule names.
std::vector<Named> collections_of(const json::object& rule);

}  // namespace perennial::earning
