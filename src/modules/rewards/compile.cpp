#include "cel/program.hpp"
#include "modules/campaigns/document.hpp"
#include "modules/earning/facts.hpp"
#include "modules/rewards/codec.hpp"
#include "modules/rewards/model.hpp"

namespace perennial::rewards {
namespace {

using campaigns::array_of;
using campaigns::boolean_of;
using campaigns::integer_of;
using campaigns::object_of;
using campaigns::text_of;
using campaigns::time_of;

void sooner(std::optional<Timestamp>& until, const std::optional<Timestamp>& at) {
    if (at && (!until || *at < *until)) until = at;
}

Reward compile_reward(const projects::Definition& definition) {
    const json::object& doc = definition.doc;
    const json::object& parameters = object_of(doc, "parameters");
    const json::object& coin = object_of(parameters, "coin");
    const json::object& campaign = object_of(parameters, "campaign");
    const json::object& donation = object_of(doc, "donation");
    Reward reward;
    reward.id = RewardId(definition.id);
    reward.name = definition.name;
    reward.type = type_of(doc);
    reward.kind = kind_of(doc);
    reward.stock = integer_of(doc, "stock");
    reward.exchange_ratio = integer_of(coin, "exchange_ratio", 1);
    reward.points_ratio = integer_of(coin, "points_ratio", 1);
    if (const auto program = campaigns::ProgramId::parse(text_of(campaign, "id")))
        reward.tops_up = *program;
    reward.balance = Points(integer_of(campaign, "balance", 0));
    reward.recipient = text_of(donation, "recipient");
    reward.donation = Money(integer_of(donation, "amount", 0));
    reward.available_from = time_of(doc, "start_date");
    reward.available_until = time_of(doc, "expiration_date");
    sooner(reward.available_until, time_of(object_of(doc, "experience"), "starts_at"));
    sooner(reward.available_until, time_of(object_of(doc, "early_access"), "ends_at"));
    reward.manual = text_of(doc, "fulfilment") == "MANUAL";
    reward.hold_minutes = integer_of(doc, "hold_minutes", reward.hold_minutes);
    return reward;
}

Assignment compile_assignment(const projects::Definition& definition) {
    const json::object& doc = definition.doc;
    const json::object& loyalty = object_of(object_of(doc, "parameters"), "loyalty");
    Assignment assignment;
    assignment.id = AssignmentId(definition.id);
    assignment.program = campaigns::ProgramId(definition.parent);
    if (const auto reward = RewardId::parse(text_of(doc, "reward_id")))
        assignment.reward = *reward;
    assignment.points = Points(integer_of(loyalty, "points", 0));
    assignment.auto_redeem = boolean_of(loyalty, "auto_redeem", false);
    for (const json::value& price : array_of(doc, "prices"))
        assignment.prices.push_back({compile_condition(text_of(price.as_object(), "condition")),
                                     Points(integer_of(price.as_object(), "points", 0))});
    for (const json::value& tier : array_of(doc, "tiers"))
        if (const auto id = ledger::TierId::parse(tier.as_string()))
            assignment.tiers.push_back(*id);
    if (const auto source = text_of(doc, "condition"); !source.empty())
        assignment.condition = compile_condition(source);
    assignment.listed_for_all = text_of(doc, "visibility") != "ELIGIBLE";
    return assignment;
}

}  // namespace

Condition compile_condition(std::string_view source) {
    cel::CompileOptions options;
    options.result = cel::ResultType::boolean;
    Condition condition;
    condition.source = source;
    if (auto program = cel::compile(earning::tier_environment(), source, options))
        condition.program = *std::move(program);
    return condition;
}

std::unique_ptr<Rewards> Rewards::compile(const projects::Snapshot& snapshot) {
    auto rewards = std::make_unique<Rewards>();
    for (const projects::Definition* definition : snapshot.all(projects::definition_kind::reward))
        rewards->all.push_back(compile_reward(*definition));
    for (const projects::Definition* definition :
         snapshot.all(projects::definition_kind::reward_assignment))
        rewards->assignments.push_back(compile_assignment(*definition));
    for (std::size_t i = 0; i < rewards->assignments.size(); ++i)
        if (rewards->assignments[i].auto_redeem)
            rewards->automatics[rewards->assignments[i].program] = i;
    return rewards;
}

}  // namespace perennial::rewards
