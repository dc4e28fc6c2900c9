#include "modules/rewards/routes.hpp"

#include <fmt/format.h>

#include "modules/campaigns/definitions.hpp"
#include "modules/rewards/assignment_routes.hpp"
#include "modules/rewards/codec.hpp"
#include "modules/rewards/donation_routes.hpp"
#include "modules/rewards/store.hpp"
#include "platform/http/error_response.hpp"

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

constexpr const char* body_example =
    R"({"name":"Tote bag","type":"MATERIAL","stock":200,"attributes":{"image_url":)"
    R"("https://shop.example/tote.jpg","description":"Cotton, black"},"parameters":{"product":)"
    R"({"id":"tote-1"}}})";
constexpr const char* answer_example =
    R"({"id":"rew_019a7f3e20004f1b8d5c3b2a19080706","name":"Tote bag","type":"MATERIAL",)"
    R"("stock":200,"redeemed":12,"attributes":{},"parameters":{"product":{"id":"tote-1","sku_id":null}},)"
    R"("object":"reward"})";

std::int64_t redeemed_of(db::Tx& tx, ProjectNumber project, const RawId& reward) {
    const auto redeemed = load_redeemed(tx, project, {&reward, 1});
    const auto found = redeemed.find(reward);
    return found == redeemed.end() ? 0 : found->second;
}

http::Response answer_reward(const Context& context, const Definition& reward) {
    return answer(reward,
                  to_json(reward, redeemed_of(context.batch.tx, context.project, reward.id)));
}

Result<const Definition*> need_reward(const projects::Snapshot& snapshot, const std::string& id) {
    return need(snapshot, kind::reward, RewardTag::prefix, id);
}

// ?assignment_id= leaves the one reward that is assigned so.
Result<http::Response> list_rewards(const http::Request& request, const ReadContext& context) {
    const projects::Snapshot& snapshot = *context.snapshot;
    auto rewards = snapshot.all(kind::reward);
    if (const auto assignment = request.query.text("assignment_id")) {
        const auto id = AssignmentId::parse(*assignment);
        const Definition* found = id ? snapshot.find(kind::reward_assignment, *id) : nullptr;
        std::erase_if(rewards, [&](const Definition* reward) {
            return found == nullptr ||
                   text_of(found->doc, "reward_id") != RewardId(reward->id).text();
        });
    }
    TRY(page, page_of(request, std::move(rewards)));
    std::vector<RawId> ids;
    for (const Definition* reward : page.items) ids.push_back(reward->id);
    const auto redeemed = load_redeemed(context.tx, context.project, ids);
    json::array items;
    for (const Definition* reward : page.items) {
        const auto used = redeemed.find(reward->id);
        items.push_back(to_json(*reward, used == redeemed.end() ? 0 : used->second));
    }
    return answer_list("data", std::move(items), page.total);
}

Result<http::Response> get_reward(const http::Request& request, const ReadContext& context) {
    TRY(reward, need_reward(*context.snapshot, request.path_params.at(0)));
    return answer(*reward,
                  to_json(*reward, redeemed_of(context.tx, context.project, reward->id)));
}

// Refuses: invalid_payload (all mistakes), not_implemented.
Result<Command> create_reward(const http::Request& request, ProjectNumber, const Actor&) {
    TRY(body, read_body(request));
    TRY(doc, read_reward(body));
    return alone([doc](const Context& context) mutable -> Result<http::Response> {
        TRY_VOID(check_campaign(doc, *context.snapshot));
        // Of its own place: nobody owns a reward, and its counter lies in the same bucket.
        const auto place = static_cast<Place>(context.batch.ids.random());
        return answer_reward(context, create(context, kind::reward, place, {},
                                             std::string(text_of(doc, "name")), doc));
    });
}

// A SKU belongs to its product: another product is not merged into the stored one.
json::object merge_reward(json::object stored, const json::object& sent) {
    const auto product_of = [](const json::object& doc) -> const json::object& {
        const json::value* parameters = doc.if_contains("parameters");
        static const json::object none;
        if (parameters == nullptr || !parameters->is_object()) return none;
        const json::value* product = parameters->get_object().if_contains("product");
        return product != nullptr && product->is_object() ? product->get_object() : none;
    };
    const json::value* id = product_of(sent).if_contains("id");
    const json::value* old = product_of(stored).if_contains("id");
    if (id != nullptr && old != nullptr && *id != *old)
        stored["parameters"].as_object().erase("product");
    return merge(stored, sent);
}

// The stock that is sent is the total, not what is left: pieces handed out meanwhile stay counted.
// Refuses: not_found, version_conflict, invalid_payload (all mistakes; then another type),
// not_implemented.
Result<Command> change_reward(const http::Request& request, ProjectNumber, const Actor&) {
    TRY(sent, read_object(request));
    return alone([id = request.path_params.at(0), match = if_match(request),
                  sent](const Context& context) -> Result<http::Response> {
        TRY(reward, need_reward(*context.snapshot, id));
        TRY_VOID(check_version(match, *reward));
        TRY(doc, read_reward(merge_reward(reward->doc, sent)));
        TRY_VOID(check_campaign(doc, *context.snapshot));
        if (type_of(doc) != type_of(reward->doc)) {
            Issues issues;
            issues.add("/type", "immutable", "cannot be changed");
            return issues.refuse();
        }
        return answer_reward(context,
                             change(context, *reward, std::string(text_of(doc, "name")), doc));
    });
}

// With what uses it, as api.md 5 has it.
http::Response refuse_in_use(const Context& context, const std::string& id,
                             const std::vector<const Definition*>& used) {
    Error error{&perennial::error::resource_in_use,
                fmt::format("The reward is assigned to {} program(s); delete the assignment {} "
                            "first",
                            used.size(), AssignmentId(used.front()->id).text())};
    error.resource_id = id;
    error.resource_type = kind::reward;
    json::array ids;
    for (const Definition* assignment : used) ids.push_back(json::value(AssignmentId(assignment->id).text()));
    std::string body = http::error_body(error, context.request_id);
    body.pop_back();
    body += fmt::format(R"(,"related_object_ids":{},"related_object_type":"reward_assignment",)"
                        R"("related_object_total":{}}})",
                        json::serialize(ids), used.size());
    return http::json_response(std::move(body), http::http_status(error.code->kind));
}

// Refuses: not_found, version_conflict, resource_in_use (still assigned to a program).
Result<Command> delete_reward(const http::Request& request, ProjectNumber, const Actor&) {
    return alone([id = request.path_params.at(0), match = if_match(request)](
                     const Context& context) -> Result<http::Response> {
        TRY(reward, need_reward(*context.snapshot, id));
        TRY_VOID(check_version(match, *reward));
        const auto used = assignments_of(*context.snapshot, reward->id);
        if (!used.empty()) return refuse_in_use(context, id, used);
        remove(context, *reward);
        return http::no_content();
    });
}

}  // namespace

projects::Routes routes() {
    using enum http::Method;
    const std::string all = "/v1/rewards";
    const std::string one = all + "/{rewardId}";
    const std::string tag = "Rewards";
    projects::Routes routes;
    routes.push_back({get, all, Permission::read,
                      {tag, "List rewards", {},
                       projects::example_list(answer_example),
                       {"limit", "page", "order", "assignment_id"}},
                      list_rewards});
    routes.push_back({post, all, Permission::write,
                      {tag, "Create a reward", body_example, answer_example}, nullptr,
                      create_reward});
    routes.push_back(
        {get, one, Permission::read, {tag, "Get a reward", {}, answer_example}, get_reward});
    routes.push_back({put, one, Permission::write,
                      {tag, "Change what is sent of a reward; stock is the total",
                       R"({"stock":250})", answer_example},
                      nullptr, change_reward});
    routes.push_back({delete_, one, Permission::write,
                      {tag, "Delete a reward that is assigned nowhere"}, nullptr,
                      delete_reward});
    std::ranges::move(assignment_routes(), std::back_inserter(routes));
    std::ranges::move(donation_routes(), std::back_inserter(routes));
    return routes;
}

}  // namespace perennial::rewards
