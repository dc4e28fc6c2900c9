#include "modules/campaigns/routes.hpp"

#include <fmt/format.h>

#include "modules/async_actions/async_actions.hpp"
#include "modules/campaigns/codec.hpp"
#include "modules/campaigns/definitions.hpp"
#include "modules/ledger/model.hpp"
#include "modules/sums/store.hpp"

namespace perennial::campaigns {
namespace {

namespace kind = projects::definition_kind;
using projects::Actor;
using projects::Command;
using projects::Context;
using projects::Definition;
using projects::Permission;
using projects::ProjectNumber;
using projects::ReadContext;
using projects::Route;
using projects::RouteDoc;

/// /v1/loyalties and /v1/campaigns serve the same objects; the words and one status differ.
struct Family {
    std::string path;
    std::string tag;
    std::string noun;
    int deleted_status;
};

constexpr const char* body_example =
    R"({"name":"Club","auto_join":true,"voucher":{"type":"LOYALTY_CARD","loyalty_card":)"
    R"({"points":0,"expiration_rules":{"period_type":"MONTH","period_value":12,)"
    R"("rounding_type":"END_OF_MONTH"}},"code_config":{"pattern":"CLUB-####-####"}},)"
    R"("loyalty_tiers_expiration":{"qualification_type":"POINTS_IN_PERIOD",)"
    R"("qualification_metric":"SPEND","qualification_period":"YEAR",)"
    R"("expiration_date":{"type":"END_OF_NEXT_PERIOD"}},"negative_balance":"REFUSE"})";
constexpr const char* answer_example =
    R"({"id":"camp_019a7f3e20004f1b8d5c3b2a19080706","name":"Club","campaign_type":)"
    R"("LOYALTY_PROGRAM","type":"STATIC","auto_join":true,"active":true,"vouchers_count":0,"object":"campaign"})";

json::object view(db::Tx& tx, ProjectNumber project, const Definition& definition) {
    return to_json(definition, sums::total(tx, project, "members", definition.id));
}

http::Response answer_program(const Context& context, const Definition& definition) {
    return answer(definition, view(context.batch.tx, context.project, definition));
}

std::string name_of(const json::object& doc) { return std::string(text_of(doc, "name")); }

Result<void> check_name_is_free(const projects::Snapshot& snapshot, std::string_view name,
                                const RawId& own) {
    const Definition* other = snapshot.find_by_name(kind::campaign, name);
    if (other == nullptr || other->id == own) return {};
    return refuse(error::duplicate_found,
                  fmt::format("A campaign with the name {} already exists", name));
}

Result<http::Response> list_programs(const Family& family, const http::Request& request,
                                     const ReadContext& context) {
    auto programs = context.snapshot->all(kind::campaign);
    // All campaigns are loyalty programs so far.
    const auto type = request.query.text("campaign_type");
    if (family.path == "/v1/campaigns" && type && *type != "LOYALTY_PROGRAM") programs.clear();
    TRY(page, page_of(request, std::move(programs)));
    json::array items;
    for (const Definition* definition : page.items)
        items.push_back(view(context.tx, context.project, *definition));
    return answer_list("campaigns", std::move(items), page.total);
}

Result<http::Response> get_program(const http::Request& request, const ReadContext& context) {
    TRY(program, need_program(*context.snapshot, request.path_params.at(0)));
    return answer(*program, view(context.tx, context.project, *program));
}

// Refuses: invalid_payload (all mistakes), not_implemented; then duplicate_found.
Result<Command> create_program(const Family& family, const http::Request& request) {
    TRY(body, read_body(request));
    if (family.path == "/v1/campaigns" && body.is_object() &&
        !body.get_object().contains("campaign_type")) {
        Issues issues;
        JsonReader(body, issues).require("campaign_type");
        return issues.refuse();
    }
    TRY(doc, read_program(body));
    return alone([doc](const Context& context) -> Result<http::Response> {
        const std::string name = name_of(doc);
        TRY_VOID(check_name_is_free(*context.snapshot, name, {}));
        return answer_program(context,
                              create(context, kind::campaign, place_of(name), {}, name, doc));
    });
}

// Refuses: invalid_payload (no object); then not_found, version_conflict, invalid_payload (all
// mistakes of the merged document), not_implemented, duplicate_found.
Result<Command> change_program(const http::Request& request, ProjectNumber, const Actor&) {
    TRY(sent, read_object(request));
    return alone([id = request.path_params.at(0), match = if_match(request),
                  sent](const Context& context) -> Result<http::Response> {
        TRY(program, need_program(*context.snapshot, id));
        TRY_VOID(check_version(match, *program));
        TRY(doc, read_program(merge(program->doc, sent)));
        const std::string name = name_of(doc);
        TRY_VOID(check_name_is_free(*context.snapshot, name, program->id));
        return answer_program(context, change(context, *program, name, doc));
    });
}

Result<Command> switch_program(const http::Request& request, bool active) {
    return alone([id = request.path_params.at(0),
                  active](const Context& context) -> Result<http::Response> {
        TRY(program, need_program(*context.snapshot, id));
        if (boolean_of(program->doc, "active", true) == active)
            return answer_program(context, *program);
        json::object doc = program->doc;
        doc["active"] = active;
        return answer_program(context, change(context, *program, program->name, doc));
    });
}

// The program's rules, tiers and assignments go with it. Cards and their ledger stay, so that it can
// be verified, and every version of the definitions stays for explanations. `force` has nothing more
// to remove: the name is free at once.
Result<Command> delete_program(const Family& family, const http::Request& request) {
    http::QueryReader query(request.query);
    query.boolean("force");
    if (!query.ok()) return query.refuse();
    return alone([id = request.path_params.at(0), match = if_match(request),
                  status = family.deleted_status](
                     const Context& context) -> Result<http::Response> {
        TRY(program, need_program(*context.snapshot, id));
        TRY_VOID(check_version(match, *program));
        for (const std::string_view of_kind :
             {kind::earning_rule, kind::loyalty_tier, kind::reward_assignment})
            for (const Definition* child : context.snapshot->children(of_kind, program->id))
                remove(context, *child);
        remove(context, *program);
        const auto action = async_actions::record(context, "CAMPAIGN.VOUCHERS_DELETE",
                                                  {"The campaign is deleted", 1, {}});
        http::Response response = async_actions::accepted(action);
        response.status = status;
        return response;
    });
}

void add_family(projects::Routes& routes, const Family& family) {
    const std::string one = family.path + "/{campaignId}";
    const auto doc = [&](std::string summary, std::string body = {},
                         std::string answer = answer_example,
                         std::vector<std::string> query = {}) {
        return RouteDoc{family.tag, std::move(summary), std::move(body), std::move(answer),
                        std::move(query)};
    };
    using enum http::Method;
    std::vector<std::string> list_query{"limit", "page", "order"};
    if (family.path == "/v1/campaigns") list_query.push_back("campaign_type");
    routes.push_back(
        {get, family.path, Permission::read,
         doc(fmt::format("List {}s", family.noun), {},
             R"({"object":"list","data_ref":"campaigns","campaigns":[],"total":0})", list_query),
         [family](const http::Request& request, const ReadContext& context) {
             return list_programs(family, request, context);
         }});
    routes.push_back({post, family.path, Permission::write,
                      doc(fmt::format("Create a {}", family.noun),
                          family.path == "/v1/campaigns"
                              ? fmt::format(R"({{"campaign_type":"LOYALTY_PROGRAM",{})",
                                            body_example + 1)
                              : body_example),
                      nullptr,
                      [family](const http::Request& request, ProjectNumber, const Actor&) {
                          return create_program(family, request);
                      }});
    routes.push_back({get, one, Permission::read,
                      doc(fmt::format("Get a {} by id or name", family.noun)), get_program});
    routes.push_back({put, one, Permission::write,
                      doc(fmt::format("Change what is sent of a {}; null clears", family.noun),
                          R"({"description":"For friends of the shop","auto_join":false})"),
                      nullptr, change_program});
    routes.push_back(
        {delete_, one, Permission::write,
         doc(fmt::format("Delete a {} with its rules, tiers and assignments", family.noun), {},
             R"({"async_action_id":"aa_019a7f3e20004f1b8d5c3b2a19080706"})", {"force"}),
         nullptr, [family](const http::Request& request, ProjectNumber, const Actor&) {
             return delete_program(family, request);
         }});
    if (family.path != "/v1/campaigns") return;
    for (const bool active : {true, false})
        routes.push_back(
            {post, one + (active ? "/enable" : "/disable"), Permission::write,
             doc(active ? "Switch a campaign on" : "Switch a campaign off: nothing is earned"),
             nullptr, [active](const http::Request& request, ProjectNumber, const Actor&) {
                 return switch_program(request, active);
             }});
}

}  // namespace

projects::Routes routes() {
    projects::Routes routes;
    add_family(routes, {"/v1/loyalties", "Loyalties", "loyalty program", 200});
    add_family(routes, {"/v1/campaigns", "Campaigns", "campaign", 202});
    return routes;
}

}  // namespace perennial::campaigns
