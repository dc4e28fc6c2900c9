#include "modules/campaigns/document.hpp"
#include "modules/rewards/model.hpp"

namespace perennial::rewards {
namespace {

using campaigns::integer_of;
using campaigns::object_of;
using campaigns::text_of;

Type compile_type(std::string_view word) {
    if (word == "COIN") return Type::coin;
    return word == "CAMPAIGN" ? Type::campaign : Type::material;
}

Reward compile_reward(const projects::Definition& definition) {
    const json::object& coin = object_of(object_of(definition.doc, "parameters"), "coin");
    Reward reward;
    reward.id = RewardId(definition.id);
    reward.name = definition.name;
    reward.type = compile_type(text_of(definition.doc, "type"));
    reward.stock = integer_of(definition.doc, "stock");
    reward.exchange_ratio = integer_of(coin, "exchange_ratio", 1);
    reward.points_ratio = integer_of(coin, "points_ratio", 1);
    return reward;
}

Assignment compile_assignment(const projects::Definition& definition) {
    const json::object& loyalty = object_of(object_of(definition.doc, "parameters"), "loyalty");
    Assignment assignment;
    assignment.id = AssignmentId(definition.id);
    assignment.program = campaigns::ProgramId(definition.parent);
    if (const auto reward = RewardId::parse(text_of(definition.doc, "reward_id")))
        assignment.reward = *reward;
    assignment.points = Points(integer_of(loyalty, "points", 0));
    return assignment;
}

}  // namespace

std::unique_ptr<Rewards> Rewards::compile(const projects::Snapshot& snapshot) {
    auto rewards = std::make_unique<Rewards>();
    for (const projects::Definition* definition : snapshot.all(projects::definition_kind::reward))
        rewards->all.push_back(compile_reward(*definition));
    for (const projects::Definition* definition :
         snapshot.all(projects::definition_kind::reward_assignment))
        rewards->assignments.push_back(compile_assignment(*definition));
    return rewards;
}

}  // namespace perennial::rewards
