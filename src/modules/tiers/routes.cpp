#include "modules/tiers/routes.hpp"

#include <algorithm>

#include "modules/campaigns/definitions.hpp"
#include "modules/tiers/codec.hpp"
#include "modules/tiers/model.hpp"

namespace perennial::tiers {
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

constexpr std::size_t tiers_max = 100;

constexpr const char* body_example =
    R"([{"name":"Silver","points":{"from":0,"to":1000}},{"name":"Gold","points":{"from":1000},)"
    R"("earning_rules":{"ern_019a7f3e20004f1b8d5c3b2a19080706":{"type":"MULTIPLY",)"
    R"("multiplier":1.5}}}])";
constexpr const char* answer_example =
    R"({"id":"ltr_019a7f3e20004f1b8d5c3b2a19080706","name":"Silver","points":{"from":0,"to":1000},)"
    R"("config":{"points":{"from":0,"to":1000}},"object":"loyalty_tier"})";

std::vector<const Definition*> lowest_first(std::vector<const Definition*> tiers) {
    std::ranges::stable_sort(tiers, {}, [](const Definition* tier) {
        return integer_of(object_of(tier->doc, "points"), "from", 0);
    });
    return tiers;
}

// Lowest first, unless the request asks for an order of its own.
Result<http::Response> list_tiers(const http::Request& request, const ReadContext& context) {
    TRY(program, need_program(*context.snapshot, request.path_params.at(0)));
    TRY(page, page_of(request,
                      lowest_first(context.snapshot->children(kind::loyalty_tier, program->id)),
                      Unasked::as_given));
    json::array items;
    for (const Definition* tier : page.items) items.push_back(to_json(*tier));
    return answer_list("data", std::move(items), page.total);
}

Result<const Definition*> need_tier(const projects::Snapshot& snapshot, const std::string& id,
                                    const RawId& program) {
    return need(snapshot, kind::loyalty_tier, ledger::TierTag::prefix, id, program);
}

Result<http::Response> get_tier(const http::Request& request, const ReadContext& context) {
    TRY(program, need_program(*context.snapshot, request.path_params.at(0)));
    TRY(tier, need_tier(*context.snapshot, request.path_params.at(1), program->id));
    return answer(*tier, to_json(*tier));
}

/// A tier of the ladder that is to be: a new one, or another version of `old`.
struct Step {
    const Definition* old = nullptr;
    json::object doc;
};

Result<void> check_steps(const std::vector<Step>& steps, const Context& context,
                         const RawId& program) {
    Issues issues;
    std::vector<json::object> docs;
    for (const Step& step : steps) {
        Issues own;
        check_references(step.doc, *context.snapshot, program, own);
        append_issues(issues, docs.size(), own.all());
        docs.push_back(step.doc);
    }
    if (!issues.empty()) return refuse_all(issues);
    return check_ladder(docs);
}

Definition save(const Context& context, const Definition& program, const Step& step) {
    std::string name(text_of(step.doc, "name"));
    if (step.old == nullptr)
        return create(context, kind::loyalty_tier, program.id.place(), program.id, std::move(name),
                      step.doc);
    if (step.old->doc == step.doc) return *step.old;
    return change(context, *step.old, std::move(name), step.doc);
}

// Refuses: invalid_payload (all mistakes of all tiers); then not_found, invalid_payload (unknown
// ids; then names, overlaps and gaps among these and the tiers that are there).
Result<Command> add_tiers(const http::Request& request, ProjectNumber, const Actor&) {
    TRY(body, read_body(request));
    TRY(docs, read_array(body, tiers_max,
                         [](const json::value& item) { return read_tier(item); }));
    return alone([id = request.path_params.at(0),
                  docs](const Context& context) -> Result<http::Response> {
        TRY(program, need_program(*context.snapshot, id));
        std::vector<Step> steps;
        for (const json::object& doc : docs) steps.push_back({nullptr, doc});
        const std::size_t added = steps.size();
        for (const Definition* tier : context.snapshot->children(kind::loyalty_tier, program->id))
            steps.push_back({tier, tier->doc});
        TRY_VOID(check_steps(steps, context, program->id));
        json::array out;
        for (std::size_t i = 0; i < added; ++i)
            out.push_back(to_json(save(context, *program, steps[i])));
        return http::json_response(to_text(out));
    });
}

// One step of a whole ladder: with the id of a tier of the program, what is sent of it.
Result<Step> read_step(const json::value& item, const projects::Snapshot& snapshot,
                       const RawId& program) {
    if (!item.is_object() || !item.get_object().contains("id")) {
        TRY(doc, read_tier(item));
        return Step{nullptr, std::move(doc)};
    }
    Issues issues;
    JsonReader reader(item, issues);
    const auto id = parse_id(reader.text("id").value_or(""), ledger::TierTag::prefix);
    const Definition* old = id ? snapshot.find(kind::loyalty_tier, *id) : nullptr;
    if (old == nullptr || old->parent != program) {
        reader.wrong("id", "unknown", "is not known in this program");
        return issues.refuse();
    }
    TRY(doc, read_tier(merge(old->doc, item.get_object())));
    return Step{old, std::move(doc)};
}

// The whole ladder at once, so that ranges may move together. Tiers that are not named are deleted.
Result<Command> replace_ladder(const http::Request& request, ProjectNumber, const Actor&) {
    TRY(body, read_body(request));
    return alone([id = request.path_params.at(0),
                  body](const Context& context) -> Result<http::Response> {
        TRY(program, need_program(*context.snapshot, id));
        std::vector<Step> steps;
        TRY(docs, read_array(body, tiers_max, [&](const json::value& item) -> Result<json::object> {
                TRY(step, read_step(item, *context.snapshot, program->id));
                const bool twice = step.old != nullptr && std::ranges::find(steps, step.old,
                                                                            &Step::old) !=
                                                              steps.end();
                if (twice) {
                    Issues issues;
                    issues.add("/id", "duplicate", "is named twice");
                    return issues.refuse();
                }
                steps.push_back(step);
                return step.doc;
            }));
        TRY_VOID(check_steps(steps, context, program->id));
        for (const Definition* tier : context.snapshot->children(kind::loyalty_tier, program->id))
            if (std::ranges::find(steps, tier, &Step::old) == steps.end()) remove(context, *tier);
        json::array out;
        for (const Step& step : steps) out.push_back(to_json(save(context, *program, step)));
        return http::json_response(to_text(out));
    });
}

// Refuses: not_found, version_conflict, invalid_payload as for new tiers.
Result<Command> change_tier(const http::Request& request, ProjectNumber, const Actor&) {
    TRY(sent, read_object(request));
    return alone([params = request.path_params, match = if_match(request),
                  sent](const Context& context) -> Result<http::Response> {
        TRY(program, need_program(*context.snapshot, params.at(0)));
        TRY(tier, need_tier(*context.snapshot, params.at(1), program->id));
        TRY_VOID(check_version(match, *tier));
        TRY(doc, read_tier(merge(tier->doc, sent)));
        Issues issues;
        check_references(doc, *context.snapshot, program->id, issues);
        if (!issues.empty()) return refuse_all(issues);
        std::vector<json::object> docs{doc};
        for (const Definition* other : context.snapshot->children(kind::loyalty_tier, program->id))
            if (other != tier) docs.push_back(other->doc);
        TRY_VOID(check_ladder(docs));
        const Definition saved = save(context, *program, {tier, doc});
        return answer(saved, to_json(saved));
    });
}

}  // namespace

projects::Routes routes() {
    using enum http::Method;
    const std::string all = "/v1/loyalties/{campaignId}/tiers";
    const std::string one = all + "/{loyaltyTierId}";
    const std::string list_example = std::string("[") + answer_example + "]";
    projects::Routes routes;
    routes.push_back({get, all, Permission::read,
                      {"Loyalties", "List the tiers of a program, lowest first", {},
                       projects::example_list(answer_example),
                       {"limit", "page", "order"}},
                      list_tiers});
    routes.push_back({post, all, Permission::write,
                      {"Loyalties", "Add tiers to a program", body_example, list_example},
                      nullptr, add_tiers});
    routes.push_back({put, all, Permission::write,
                      {"Loyalties", "Replace all tiers of a program; those with an id are changed",
                       body_example, list_example},
                      nullptr, replace_ladder});
    routes.push_back({get, one, Permission::read,
                      {"Loyalties", "Get a tier", {}, answer_example}, get_tier});
    routes.push_back({put, one, Permission::write,
                      {"Loyalties", "Change what is sent of a tier", R"({"name":"Gold"})",
                       answer_example},
                      nullptr, change_tier});
    return routes;
}

}  // namespace perennial::tiers
