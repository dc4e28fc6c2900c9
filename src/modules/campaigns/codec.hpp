#pragma once
#include <cstdint>
#include <optional>

#include "base/json.hpp"
#include "modules/projects/model.hpp"

namespace perennial::campaigns {

/// The body of a loyalty program, whole: the normalised document, or all its mistakes. A missing
/// `campaign_type` is LOYALTY_PROGRAM; other types are not_implemented.
Result<json::object> read_program(const json::value& body);

/// `expiration_rules` of a program's card or of an earning rule; nothing when absent or wrong.
/// `inactivity` is a program's.
enum class RulesOf : std::uint8_t { program, earning_rule };
std::optional<json::object> read_expiration_rules(JsonReader& holder,
                                                  RulesOf = RulesOf::earning_rule);

/// The answer; `members` is its vouchers_count.
json::object to_json(const projects::Definition&, std::int64_t members);

}  // namespace perennial::campaigns
