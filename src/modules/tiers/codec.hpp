#pragma once
#include <array>
#include <span>
#include <string_view>

#include "base/json.hpp"
#include "modules/projects/snapshot.hpp"
#include "modules/tiers/model.hpp"

namespace perennial::tiers {

/// Ids of modules above this one, as they are written in a tier's mappings.
inline constexpr std::string_view earning_rule_prefix = "ern_";
inline constexpr std::string_view assignment_prefix = "rewa_";

/// Of a tier's `requirements`, in the order of TierPolicy::Metric.
inline constexpr std::array<std::string_view, 5> requirement_names{"balance", "points", "spend",
                                                                   "orders", "tenure_days"};

/// 1.25 -> 1'250'000; nothing for what is no number from 0 to 1000 with at most six digits after the
/// point.
std::optional<std::int64_t> multiplier_millionths(const json::value&);

/// One tier's body, whole: the normalised document, or all its mistakes.
Result<json::object> read_tier(const json::value& body);

/// The mappings name earning rules and reward assignments of the program.
void check_references(const json::object& doc, const projects::Snapshot&, const RawId& program,
                      Issues&);

/// All tiers of one program, any order: distinct names, and ranges without overlap or gap. A missing
/// `to` reaches to the next tier; a `to` may be written excluded (1000, next from 1000) or included
/// (999, next from 1000). The first mistake names both tiers.
Result<void> check_ladder(std::span<const json::object> docs);

json::object to_json(const projects::Definition&);
/// {"id", "name"}; both null for no tier.
json::object link_json(const Tier*);
/// Each with what counts, what is needed and what is missing.
json::array needs_json(const std::vector<Need>&);

}  // namespace perennial::tiers
