// When a rule runs besides its dates: validity_timeframe, validity_day_of_week, validity_hours. They
// become part of the rule's condition, so that explanations show them like anything else.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "base/json.hpp"

namespace perennial::earning {

void read_validity(JsonReader&, json::object& doc);

/// The rule's condition together with its times, in CEL; empty = none. `zone` is the project's.
std::string full_condition(const json::object& doc, const std::string& zone);

/// "P7D", "P1W", "P1DT12H", "PT90M" in seconds; nothing for months and years, whose length varies.
std::optional<std::int64_t> duration_seconds(std::string_view iso);

}  // namespace perennial::earning
