#include "modules/rewards/assignment_routes.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "modules/campaigns/definitions.hpp"
#include "modules/rewards/codec.hpp"
#include "modules/rewards/store.hpp"
#include "modules/tiers/mappings.hpp"
#include "modules/tiers/model.hpp"
#include "platform/jobs/timers.hpp"

namespace perennial::rewards {
namespace {

namespace kind = projects::definition_kind;
using namespace campaigns;  // what all definitions' routes share
using projects::Actor;
using projects::Command;
using projects::Context;
using projects::Definition;
using projects::Permission;
using projects::ProjectNumber;
using projects::ReadContext;

constexpr std::size_t assignments_max = 100;  // of one request

constexpr const char* answer_example =
    R"({"id":"rewa_019a7f3e20004f1b8d5c3b2a19080706","reward_id":)"
    R"("rew_019a7f3e20004f1b8d5c3b2a19080706","related_object_id":)"
    R"("camp_019a7f3e20004f1b8d5c3b2a19080706","related_object_type":"campaign","parameters":)"
    R"({"loyalty":{"points":500,"auto_redeem":false}},"object":"reward_assignment"})";
constexpr const char* reward_example =
    R"({"id":"rew_019a7f3e20004f1b8d5c3b2a19080706","name":"Tote bag","type":"MATERIAL",)"
    R"("stock":200,"redeemed":12,"attributes":{},"parameters":{"product":{"id":"tote-1","sku_id":null}},)"
    R"("object":"reward"})";

/// Where an assignment is looked for: under its reward or under its program.
enum class Side : std::uint8_t { reward, program };

std::vector<const Definition*> listed(const projects::Snapshot& snapshot, Side side,
                                      const RawId& owner) {
    return side == Side::reward ? assignments_of(snapshot, owner)
                                : snapshot.children(kind::reward_assignment, owner);
}

Result<const Definition*> need_reward(const projects::Snapshot& snapshot, std::string_view id) {
    return need(snapshot, kind::reward, RewardTag::prefix, id);
}

Result<const Definition*> need_owner(const projects::Snapshot& snapshot, Side side,
                                     const std::string& id) {
    return side == Side::reward ? need_reward(snapshot, id) : need_program(snapshot, id);
}

Result<const Definition*> need_assignment(const projects::Snapshot& snapshot, Side side,
                                          const std::vector<std::string>& params) {
    TRY(owner, need_owner(snapshot, side, params.at(0)));
    const auto raw = parse_id(params.at(1), AssignmentTag::prefix);
    for (const Definition* assignment : listed(snapshot, side, owner->id))
        if (raw && assignment->id == *raw) return assignment;
    return refuse_unknown(kind::reward_assignment, params.at(1));
}

const Definition& reward_of(const projects::Snapshot& snapshot, const Definition& assignment) {
    const auto id = RewardId::parse(text_of(assignment.doc, "reward_id"));
    const Definition* reward = id ? snapshot.find(kind::reward, *id) : nullptr;
    CHECK(reward != nullptr);  // a reward is not deleted while it is assigned
    return *reward;
}

Result<http::Response> list_assignments(Side side, const http::Request& request,
                                        const ReadContext& context) {
    TRY(owner, need_owner(*context.snapshot, side, request.path_params.at(0)));
    TRY(page, page_of(request, listed(*context.snapshot, side, owner->id)));
    json::array items;
    for (const Definition* assignment : page.items) items.push_back(assignment_json(*assignment));
    return answer_list("data", std::move(items), page.total);
}

Result<http::Response> get_assignment(Side side, const http::Request& request,
                                      const ReadContext& context) {
    TRY(assignment, need_assignment(*context.snapshot, side, request.path_params));
    return answer(*assignment, assignment_json(*assignment));
}

std::int64_t redeemed_of(const ReadContext& context, const RawId& reward) {
    const auto redeemed = load_redeemed(context.tx, context.project, {&reward, 1});
    return redeemed.empty() ? 0 : redeemed.begin()->second;
}

Result<http::Response> get_reward_of_assignment(const http::Request& request,
                                                const ReadContext& context) {
    TRY(assignment, need_assignment(*context.snapshot, Side::program, request.path_params));
    const Definition& reward = reward_of(*context.snapshot, *assignment);
    return answer(reward, to_json(reward, redeemed_of(context, reward.id)));
}

// The price as members of the tier pay it.
Result<http::Response> list_rewards_of_tier(const http::Request& request,
                                            const ReadContext& context) {
    const projects::Snapshot& snapshot = *context.snapshot;
    TRY(program, need_program(snapshot, request.path_params.at(0)));
    TRY(definition, need(snapshot, kind::loyalty_tier, ledger::TierTag::prefix,
                         request.path_params.at(1), program->id));
    const tiers::Tier* tier = snapshot.get<tiers::Tiers>().find(ledger::TierId(definition->id));
    TRY(page, page_of(request, snapshot.children(kind::reward_assignment, program->id)));
    json::array items;
    for (const Definition* assignment : page.items) {
        json::object shown = assignment_json(*assignment);
        const auto mapping = tier->rewards.find(assignment->id);
        if (mapping != tier->rewards.end() && shown.contains("parameters")) {
            json::object& loyalty = shown["parameters"].at("loyalty").as_object();
            loyalty["points"] =
                mapping->second.apply(Points(integer_of(loyalty, "points", 0))).value;
        }
        const Definition& reward = reward_of(snapshot, *assignment);
        items.push_back(json::object{{"reward", to_json(reward, redeemed_of(context, reward.id))},
                                     {"assignment", std::move(shown)},
                                     {"object", "loyalty_tier_reward"}});
    }
    return answer_list("data", std::move(items), page.total);
}

/// One assignment that is to be made.
struct New {
    const Definition* reward;
    const Definition* program;
    json::object doc;
};

Result<New> read_new(const json::value& body, const projects::Snapshot& snapshot,
                     const Definition& reward, const Definition& program) {
    TRY(doc, read_assignment(body, RewardId(reward.id), type_of(reward.doc)));
    TRY_VOID(check_assignment(doc, reward.doc, snapshot, program.id));
    return New{&reward, &program, std::move(doc)};
}

Result<void> check_is_new(const projects::Snapshot& snapshot, const New& made) {
    for (const Definition* other : snapshot.children(kind::reward_assignment, made.program->id))
        if (text_of(other->doc, "reward_id") == text_of(made.doc, "reward_id"))
            return refuse(error::duplicate_found,
                          fmt::format("The reward {} is assigned to this program already: {}",
                                      made.reward->name, AssignmentId(other->id).text()));
    return {};
}

// Members who have the points already are not forgotten.
void wake_cards(const Context& context, const Definition& assignment) {
    if (is_automatic(assignment.doc))
        context.batch.get<jobs::TimerSet>().add(context.project, context.now,
                                                jobs::TimerKind::program, assignment.parent);
}

Definition save(const Context& context, const New& made) {
    Definition saved =
        create(context, kind::reward_assignment, made.program->id.place(), made.program->id,
               made.reward->name, made.doc);
    wake_cards(context, saved);
    return saved;
}

// Refuses: invalid_payload (no campaign); then not_found (reward), invalid_payload (campaign unknown,
// price), not_implemented, duplicate_found.
Result<Command> assign_reward(const http::Request& request, ProjectNumber, const Actor&) {
    TRY(sent, read_object(request));
    return alone([id = request.path_params.at(0),
                  sent](const Context& context) -> Result<http::Response> {
        const projects::Snapshot& snapshot = *context.snapshot;
        TRY(reward, need_reward(snapshot, id));
        Issues issues;
        const json::value body(sent);
        JsonReader reader(body, issues);
        const std::string written = read_name(reader, "campaign");
        const Definition* program = find_program(snapshot, written);
        if (program == nullptr && issues.empty())
            reader.wrong("campaign", "unknown", "is no loyalty program");
        if (program == nullptr) return issues.refuse();
        TRY(made, read_new(body, snapshot, *reward, *program));
        TRY_VOID(check_is_new(snapshot, made));
        const Definition saved = save(context, made);
        return answer(saved, assignment_json(saved));
    });
}

// One item of a program's array: {"reward": "rew_…", "parameters": …}.
Result<New> read_item(const json::value& item, const projects::Snapshot& snapshot,
                      const Definition& program, const std::vector<New>& before) {
    Issues issues;
    JsonReader reader(item, issues);
    const std::string written = read_name(reader, "reward");
    const auto reward = need_reward(snapshot, written);
    if (!reward && issues.empty()) reader.wrong("reward", "unknown", "is no reward");
    if (reward && std::ranges::find(before, *reward, &New::reward) != before.end())
        reader.wrong("reward", "duplicate", "is named twice");
    if (!issues.empty()) return issues.refuse();
    return read_new(item, snapshot, **reward, program);
}

// Refuses: not_found (program), invalid_payload (all mistakes of all items), not_implemented,
// duplicate_found. All are made or none.
Result<Command> assign_to_program(const http::Request& request, ProjectNumber, const Actor&) {
    TRY(body, read_body(request));
    return alone([id = request.path_params.at(0),
                  body](const Context& context) -> Result<http::Response> {
        const projects::Snapshot& snapshot = *context.snapshot;
        TRY(program, need_program(snapshot, id));
        std::vector<New> made;
        const auto read = read_array(body, assignments_max,
                                     [&](const json::value& item) -> Result<json::object> {
                                         TRY(one, read_item(item, snapshot, *program, made));
                                         made.push_back(one);
                                         return one.doc;
                                     });
        if (!read) return std::unexpected(missing_price(read.error()));
        if (std::ranges::count_if(made, [](const New& one) { return is_automatic(one.doc); }) > 1)
            return refuse(error::invalid_payload,
                          "A program redeems one reward by itself: say auto_redeem for one only");
        for (const New& one : made) TRY_VOID(check_is_new(snapshot, one));
        json::array out;
        for (const New& one : made) out.push_back(assignment_json(save(context, one)));
        return http::json_response(to_text(out));
    });
}

// Refuses: not_found, version_conflict, invalid_payload, not_implemented. Neither the reward nor the
// program of an assignment changes.
Result<Command> change_assignment(Side side, const http::Request& request) {
    TRY(sent, read_object(request));
    return alone([side, params = request.path_params, match = if_match(request),
                  sent](const Context& context) -> Result<http::Response> {
        TRY(assignment, need_assignment(*context.snapshot, side, params));
        TRY_VOID(check_version(match, *assignment));
        const Definition& reward = reward_of(*context.snapshot, *assignment);
        TRY(doc, read_assignment(merge(assignment->doc, sent), RewardId(reward.id),
                                 type_of(reward.doc)));
        TRY_VOID(check_assignment(doc, reward.doc, *context.snapshot, assignment->parent));
        const Definition saved = change(context, *assignment, assignment->name, doc);
        wake_cards(context, saved);
        return answer(saved, assignment_json(saved));
    });
}

Result<Command> delete_assignment(Side side, const http::Request& request) {
    return alone([side, params = request.path_params, match = if_match(request)](
                     const Context& context) -> Result<http::Response> {
        TRY(assignment, need_assignment(*context.snapshot, side, params));
        TRY_VOID(check_version(match, *assignment));
        tiers::forget(context, assignment->parent, AssignmentId(assignment->id).text());
        remove(context, *assignment);
        return http::no_content();
    });
}

void add_reads(projects::Routes& routes, Side side, const std::string& tag,
               const std::string& path) {
    using enum http::Method;
    routes.push_back({get, path, Permission::read,
                      {tag, "List reward assignments", {}, projects::example_list(answer_example),
                       {"limit", "page", "order"}},
                      [side](const http::Request& request, const ReadContext& context) {
                          return list_assignments(side, request, context);
                      }});
    routes.push_back({get, path + "/{assignmentId}", Permission::read,
                      {tag, "Get a reward assignment", {}, answer_example},
                      [side](const http::Request& request, const ReadContext& context) {
                          return get_assignment(side, request, context);
                      }});
}

void add_writes(projects::Routes& routes, Side side, const std::string& tag,
                const std::string& path) {
    using enum http::Method;
    routes.push_back({put, path + "/{assignmentId}", Permission::write,
                      {tag, "Change the price of a reward in a program",
                       R"({"parameters":{"loyalty":{"points":450}}})", answer_example},
                      nullptr, [side](const http::Request& request, ProjectNumber, const Actor&) {
                          return change_assignment(side, request);
                      }});
    routes.push_back({delete_, path + "/{assignmentId}", Permission::write,
                      {tag, "Take a reward out of a program"}, nullptr,
                      [side](const http::Request& request, ProjectNumber, const Actor&) {
                          return delete_assignment(side, request);
                      }});
}

}  // namespace

std::vector<const Definition*> assignments_of(const projects::Snapshot& snapshot,
                                              const RawId& reward) {
    const std::string id = RewardId(reward).text();
    std::vector<const Definition*> out;
    for (const Definition* assignment : snapshot.all(kind::reward_assignment))
        if (text_of(assignment->doc, "reward_id") == id) out.push_back(assignment);
    return out;
}

projects::Routes assignment_routes() {
    using enum http::Method;
    const std::string of_reward = "/v1/rewards/{rewardId}/assignments";
    const std::string of_program = "/v1/loyalties/{campaignId}/rewards";
    const std::string read_only = "/v1/loyalties/{campaignId}/reward-assignments";
    projects::Routes routes;
    add_reads(routes, Side::reward, "Rewards", of_reward);
    add_writes(routes, Side::reward, "Rewards", of_reward);
    routes.push_back({post, of_reward, Permission::write,
                      {"Rewards", "Offer a reward in a program",
                       R"({"campaign":"Club","parameters":{"loyalty":{"points":500}}})",
                       answer_example},
                      nullptr, assign_reward});
    add_reads(routes, Side::program, "Loyalties", of_program);
    add_writes(routes, Side::program, "Loyalties", of_program);
    routes.push_back({post, of_program, Permission::write,
                      {"Loyalties", "Offer rewards in a program, all or none",
                       R"([{"reward":"rew_019a7f3e20004f1b8d5c3b2a19080706","parameters":)"
                       R"({"loyalty":{"points":500}}}])",
                       std::string("[") + answer_example + "]"},
                      nullptr, assign_to_program});
    add_reads(routes, Side::program, "Loyalties", read_only);
    routes.push_back({get, read_only + "/{assignmentId}/reward", Permission::read,
                      {"Loyalties", "Get the reward behind an assignment", {}, reward_example},
                      get_reward_of_assignment});
    routes.push_back({get, "/v1/loyalties/{campaignId}/tiers/{loyaltyTierId}/rewards",
                      Permission::read,
                      {"Loyalties", "List the rewards of a program at a tier's prices", {},
                       projects::example_list(
                           std::string(R"({"reward":)") + reward_example + R"(,"assignment":)" +
                           answer_example + R"(,"object":"loyalty_tier_reward"})"),
                       {"limit", "page", "order"}},
                      list_rewards_of_tier});
    return routes;
}

}  // namespace perennial::rewards
