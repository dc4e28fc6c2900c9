#include "modules/earning/multiplier_routes.hpp"

#include "modules/campaigns/definitions.hpp"
#include "modules/earning/errors.hpp"
#include "modules/earning/model.hpp"
#include "modules/earning/multiplier_codec.hpp"

namespace perennial::earning {
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

constexpr std::size_t multipliers_max = 100;  // of a project

constexpr const char* body_example =
    R"({"name":"Double Tuesday","multiplier":1.5,"validity_day_of_week":[2],)"
    R"("condition":"order.amount >= 2000","start_date":"2026-05-01","expiration_date":"2026-07-01"})";
constexpr const char* answer_example =
    R"({"id":"mult_019a7f3e20004f1b8d5c3b2a19080706","campaign_id":)"
    R"("camp_019a7f3e20004f1b8d5c3b2a19080706","name":"Double Tuesday","event":"order.paid",)"
    R"("multiplier":1.5,"validity_day_of_week":[2],"active":true,"metadata":{},)"
    R"("object":"earning_multiplier"})";

struct Found {
    const Definition* program;
    const Definition* multiplier;
};

Result<Found> find(const projects::Snapshot& snapshot, const std::vector<std::string>& params) {
    TRY(program, need_program(snapshot, params.at(0)));
    TRY(multiplier, need(snapshot, kind::earning_multiplier, MultiplierTag::prefix, params.at(1),
                         program->id));
    return Found{program, multiplier};
}

Result<http::Response> list_all(const http::Request& request, const ReadContext& context) {
    TRY(program, need_program(*context.snapshot, request.path_params.at(0)));
    TRY(page, page_of(request, context.snapshot->children(kind::earning_multiplier, program->id)));
    json::array items;
    for (const Definition* one : page.items) items.push_back(multiplier_json(*one));
    return answer_list("data", std::move(items), page.total);
}

Result<http::Response> get_one(const http::Request& request, const ReadContext& context) {
    TRY(found, find(*context.snapshot, request.path_params));
    return answer(*found.multiplier, multiplier_json(*found.multiplier));
}

// Refuses: invalid_payload (all mistakes); then not_found, earning_rules_limit_reached,
// invalid_payload (unknown rules).
Result<Command> create_one(const http::Request& request, ProjectNumber, const Actor&) {
    TRY(body, read_body(request));
    TRY(doc, read_multiplier(body));
    return alone([id = request.path_params.at(0),
                  doc](const Context& context) -> Result<http::Response> {
        TRY(program, need_program(*context.snapshot, id));
        if (context.snapshot->all(kind::earning_multiplier).size() >= multipliers_max)
            return refuse(error::rules_limit_reached, "A project has at most 100 multipliers");
        Issues issues;
        check_multiplier_references(doc, *context.snapshot, program->id, issues);
        if (!issues.empty()) return refuse_all(issues);
        const Definition made =
            create(context, kind::earning_multiplier, program->id.place(), program->id,
                   std::string(text_of(doc, "name")), doc);
        return answer(made, multiplier_json(made));
    });
}

// Refuses: not_found, version_conflict, invalid_payload.
Result<Command> change_one(const http::Request& request, ProjectNumber, const Actor&) {
    TRY(sent, read_object(request));
    return alone([params = request.path_params, match = if_match(request),
                  sent](const Context& context) -> Result<http::Response> {
        TRY(found, find(*context.snapshot, params));
        TRY_VOID(check_version(match, *found.multiplier));
        TRY(doc, read_multiplier(merge(found.multiplier->doc, sent)));
        Issues issues;
        check_multiplier_references(doc, *context.snapshot, found.program->id, issues);
        if (!issues.empty()) return refuse_all(issues);
        const Definition saved =
            change(context, *found.multiplier, std::string(text_of(doc, "name")), doc);
        return answer(saved, multiplier_json(saved));
    });
}

Result<Command> delete_one(const http::Request& request, ProjectNumber, const Actor&) {
    return alone([params = request.path_params,
                  match = if_match(request)](const Context& context) -> Result<http::Response> {
        TRY(found, find(*context.snapshot, params));
        TRY_VOID(check_version(match, *found.multiplier));
        remove(context, *found.multiplier);
        return http::no_content();
    });
}

}  // namespace

projects::Routes multiplier_routes() {
    using enum http::Method;
    const std::string all = "/v1/loyalties/{campaignId}/multipliers";
    const std::string one = all + "/{multiplierId}";
    const std::string tag = "Loyalties";
    projects::Routes routes;
    routes.push_back({get, all, Permission::read,
                      {tag, "List the promotions that multiply a program's points", {},
                       projects::example_list(answer_example),
                       {"limit", "page", "order"}},
                      list_all});
    routes.push_back({post, all, Permission::write,
                      {tag, "Create a promotion that multiplies points", body_example,
                       answer_example},
                      nullptr, create_one});
    routes.push_back({get, one, Permission::read,
                      {tag, "Get a multiplier", {}, answer_example}, get_one});
    routes.push_back({put, one, Permission::write,
                      {tag, "Change what is sent of a multiplier; null clears",
                       R"({"multiplier":3})", answer_example},
                      nullptr, change_one});
    routes.push_back({delete_, one, Permission::write, {tag, "Delete a multiplier"}, nullptr,
                      delete_one});
    return routes;
}

}  // namespace perennial::earning
