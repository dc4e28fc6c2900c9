#pragma once
#include <cstdint>

#include "base/json.hpp"
#include "modules/projects/snapshot.hpp"
#include "modules/rewards/model.hpp"

namespace perennial::rewards {

/// The body of a reward, whole: the normalised document, or all its mistakes. A missing type follows
/// from `parameters`.
Result<json::object> read_reward(const json::value& body);

/// A CAMPAIGN reward names a loyalty program of the project, whose type is noted. Refuses:
/// not_implemented for anything else, as codes are handed out by voucher campaigns.
Result<void> check_campaign(json::object& reward_doc, const projects::Snapshot&);

/// The body of an assignment of a reward of this type. What it names (the reward, the program) is the
/// route's. Refuses as missing_param when nothing is wrong but that the price is missing.
Result<json::object> read_assignment(const json::value& body, const RewardId&, Type);
/// missing_param in the place of invalid_payload when only prices are missing; also of a whole array.
Error missing_price(Error);

/// Its `auto_redeem`.
bool is_automatic(const json::object& assignment_doc);
/// The tiers that the assignment is for are of the program, a CAMPAIGN reward tops up another
/// program than the one that is paid with, and no other reward of the program is redeemed by itself.
Result<void> check_assignment(const json::object& assignment_doc, const json::object& reward_doc,
                              const projects::Snapshot&, const RawId& program);

Type type_of(const json::object& reward_doc);
Kind kind_of(const json::object& reward_doc);
std::string_view kind_name(Kind);

/// `redeemed`: pieces handed out so far, from the reward's counter.
json::object to_json(const projects::Definition& reward, std::int64_t redeemed);
json::object assignment_json(const projects::Definition&);

}  // namespace perennial::rewards
