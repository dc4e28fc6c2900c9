#include "modules/earning/routes.hpp"

#include "modules/campaigns/definitions.hpp"
#include "modules/earning/codec.hpp"
#include "modules/earning/errors.hpp"
#include "modules/earning/model.hpp"
#include "modules/earning/multiplier_routes.hpp"
#include "modules/earning/words.hpp"
#include "modules/tiers/mappings.hpp"
#include "modules/tiers/model.hpp"
#include "platform/jobs/timers.hpp"

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

constexpr std::size_t rules_max = 100;  // of a project

constexpr const char* body_example =
    R"j([{"name":"Points for shopping","event":"order.paid","loyalty":{"type":"PROPORTIONAL",)j"
    R"j("calculation_type":"ORDER_AMOUNT","order":{"amount":{"every":100,"points":1}}},)j"
    R"j("source":{"banner":"1 point for each euro"}},{"event":"order.paid","condition":)j"
    R"j("order.items.exists(i, i.category == 'perfume')","loyalty":{"type":"FIXED",)j"
    R"j("formula":"floor(decimal('0.02') * order.amount)"},"source":{"banner":"Perfume"}}])j";
constexpr const char* answer_example =
    R"({"id":"ern_019a7f3e20004f1b8d5c3b2a19080706","event":"order.paid","loyalty":)"
    R"({"type":"PROPORTIONAL","calculation_type":"ORDER_AMOUNT","order":{"amount":{"every":100,)"
    R"("points":1}}},"source":{"banner":"1 point for each euro","object_id":)"
    R"("camp_019a7f3e20004f1b8d5c3b2a19080706","object_type":"campaign"},"active":true,)"
    R"("object":"earning_rule"})";

struct Found {
    const Definition* program;
    const Definition* rule;
};

Result<Found> find_rule(const projects::Snapshot& snapshot,
                        const std::vector<std::string>& params) {
    TRY(program, need_program(snapshot, params.at(0)));
    TRY(rule, need(snapshot, kind::earning_rule, RuleTag::prefix, params.at(1), program->id));
    return Found{program, rule};
}

Result<http::Response> list_rules(const http::Request& request, const ReadContext& context) {
    TRY(program, need_program(*context.snapshot, request.path_params.at(0)));
    TRY(page, page_of(request, context.snapshot->children(kind::earning_rule, program->id)));
    json::array items;
    for (const Definition* rule : page.items) items.push_back(to_json(*rule));
    return answer_list("data", std::move(items), page.total);
}

Result<http::Response> get_rule(const http::Request& request, const ReadContext& context) {
    TRY(found, find_rule(*context.snapshot, request.path_params));
    return answer(*found.rule, to_json(*found.rule));
}

// FIXED points as the tier's members get them; what a mapping does to other rules depends on the
// fact, so it stands beside them as `tier_mapping` (ours).
json::object mapped_json(const Definition& rule, const Definition& tier,
                         const tiers::Mapping* mapping) {
    json::object out = to_json(rule);
    if (mapping == nullptr) return out;
    json::object& loyalty = out["loyalty"].as_object();
    if (text_of(loyalty, "type") == "FIXED" && !loyalty.contains("formula"))
        loyalty["points"] = mapping->apply(Points(integer_of(loyalty, "points", 0))).value;
    out["tier_mapping"] =
        object_of(object_of(tier.doc, "earning_rules"), text_of(out, "id"));
    return out;
}

Result<http::Response> list_rules_of_tier(const http::Request& request,
                                          const ReadContext& context) {
    const projects::Snapshot& snapshot = *context.snapshot;
    TRY(program, need_program(snapshot, request.path_params.at(0)));
    TRY(definition, need(snapshot, kind::loyalty_tier, ledger::TierTag::prefix,
                         request.path_params.at(1), program->id));
    const tiers::Tier* tier = snapshot.get<tiers::Tiers>().find(ledger::TierId(definition->id));
    TRY(page, page_of(request, snapshot.children(kind::earning_rule, program->id)));
    json::array items;
    for (const Definition* rule : page.items) {
        const auto mapping = tier->earning_rules.find(rule->id);
        items.push_back(mapped_json(
            *rule, *definition,
            mapping == tier->earning_rules.end() ? nullptr : &mapping->second));
    }
    return answer_list("data", std::move(items), page.total);
}

// A rule of a day of the year: cards that nobody has touched since learn of it.
void wake_cards(const Context& context, const Definition& rule) {
    if (of_days(words::trigger_of(text_of(rule.doc, "event"))))
        context.batch.get<jobs::TimerSet>().add(context.project, context.now,
                                                jobs::TimerKind::program, rule.parent);
}

// Refuses: invalid_payload (all mistakes of all rules), not_implemented; then not_found,
// earning_rules_limit_reached, invalid_payload (unknown ids). All are made or none.
Result<Command> create_rules(const http::Request& request, ProjectNumber, const Actor&) {
    TRY(body, read_body(request));
    TRY(docs, read_array(body, rules_max, [](const json::value& item) { return read_rule(item); }));
    return alone([id = request.path_params.at(0),
                  docs](const Context& context) -> Result<http::Response> {
        const projects::Snapshot& snapshot = *context.snapshot;
        TRY(program, need_program(snapshot, id));
        if (snapshot.all(kind::earning_rule).size() + docs.size() > rules_max)
            return refuse(error::rules_limit_reached);
        Issues issues;
        for (std::size_t i = 0; i < docs.size(); ++i) {
            Issues own;
            check_references(docs[i], snapshot, program->id, own);
            append_issues(issues, i, own.all());
        }
        if (!issues.empty()) return refuse_all(issues);
        json::array out;
        for (const json::object& doc : docs) {
            const Definition made = create(context, kind::earning_rule, program->id.place(),
                                           program->id, name_of(doc), doc);
            wake_cards(context, made);
            out.push_back(to_json(made));
        }
        return http::json_response(to_text(out));
    });
}

// Refuses: not_found, version_conflict, invalid_payload (all mistakes of the merged document; then
// unknown ids), not_implemented.
Result<Command> change_rule(const http::Request& request, ProjectNumber, const Actor&) {
    TRY(sent, read_object(request));
    return alone([params = request.path_params, match = if_match(request),
                  sent](const Context& context) -> Result<http::Response> {
        TRY(found, find_rule(*context.snapshot, params));
        TRY_VOID(check_version(match, *found.rule));
        TRY(doc, read_rule(merge(found.rule->doc, sent)));
        Issues issues;
        check_references(doc, *context.snapshot, found.program->id, issues);
        if (!issues.empty()) return refuse_all(issues);
        const Definition saved = change(context, *found.rule, name_of(doc), doc);
        if (text_of(doc, "event") != text_of(found.rule->doc, "event")) wake_cards(context, saved);
        return answer(saved, to_json(saved));
    });
}

Result<Command> switch_rule(const http::Request& request, bool active) {
    return alone([params = request.path_params,
                  active](const Context& context) -> Result<http::Response> {
        TRY(found, find_rule(*context.snapshot, params));
        if (boolean_of(found.rule->doc, "active", true) == active)
            return answer(*found.rule, to_json(*found.rule));
        json::object doc = found.rule->doc;
        doc["active"] = active;
        const Definition saved = change(context, *found.rule, found.rule->name, std::move(doc));
        return answer(saved, to_json(saved));
    });
}

Result<Command> delete_rule(const http::Request& request, ProjectNumber, const Actor&) {
    return alone([params = request.path_params, match = if_match(request)](
                     const Context& context) -> Result<http::Response> {
        TRY(found, find_rule(*context.snapshot, params));
        TRY_VOID(check_version(match, *found.rule));
        tiers::forget(context, found.program->id, RuleId(found.rule->id).text());
        remove(context, *found.rule);
        return http::no_content();
    });
}

}  // namespace

projects::Routes routes() {
    using enum http::Method;
    const std::string all = "/v1/loyalties/{campaignId}/earning-rules";
    const std::string one = all + "/{earningRuleId}";
    const std::string tag = "Loyalties";
    const std::string list_example = projects::example_list(answer_example);
    const std::vector<std::string> list_query{"limit", "page", "order"};
    projects::Routes routes;
    routes.push_back({get, all, Permission::read,
                      {tag, "List the earning rules of a program", {}, list_example, list_query},
                      list_rules});
    routes.push_back({post, all, Permission::write,
                      {tag, "Create earning rules, all or none", body_example,
                       std::string("[") + answer_example + "]"},
                      nullptr, create_rules});
    routes.push_back({get, one, Permission::read,
                      {tag, "Get an earning rule", {}, answer_example}, get_rule});
    routes.push_back({put, one, Permission::write,
                      {tag, "Change what is sent of an earning rule; null clears",
                       R"({"loyalty":{"points":200},"condition":"order.amount >= 5000"})",
                       answer_example},
                      nullptr, change_rule});
    routes.push_back({delete_, one, Permission::write, {tag, "Delete an earning rule"}, nullptr,
                      delete_rule});
    for (const bool active : {true, false})
        routes.push_back({post, one + (active ? "/enable" : "/disable"), Permission::write,
                          {tag, active ? "Switch an earning rule on" : "Switch an earning rule off",
                           {}, answer_example},
                          nullptr,
                          [active](const http::Request& request, ProjectNumber, const Actor&) {
                              return switch_rule(request, active);
                          }});
    routes.push_back({get, "/v1/loyalties/{campaignId}/tiers/{loyaltyTierId}/earning-rules",
                      Permission::read,
                      {tag, "List the earning rules as a tier's members have them", {},
                       list_example, list_query},
                      list_rules_of_tier});
    std::ranges::move(multiplier_routes(), std::back_inserter(routes));
    return routes;
}

}  // namespace perennial::earning
