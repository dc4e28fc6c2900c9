#pragma once
#include <cstdint>

#include "base/json.hpp"
#include "modules/projects/model.hpp"
#include "modules/rewards/model.hpp"

namespace perennial::rewards {

/// The body of a reward, whole: the normalised document, or all its mistakes. A missing type follows
/// from `parameters`.
Result<json::object> read_reward(const json::value& body);

/// The body of an assignment of a reward of this type: {reward_id, parameters}. What it names (the
/// reward, the program) is the route's.
Result<json::object> read_assignment(const json::value& body, const RewardId&, Type);

Type type_of(const json::object& reward_doc);

/// `redeemed`: pieces handed out so far, from the reward's counter.
json::object to_json(const projects::Definition& reward, std::int64_t redeemed);
json::object assignment_json(const projects::Definition&);

}  // namespace perennial::rewards
