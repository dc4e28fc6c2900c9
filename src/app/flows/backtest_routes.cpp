#include "app/flows/backtest.hpp"
#include "modules/async_actions/async_actions.hpp"
#include "modules/campaigns/definitions.hpp"

namespace perennial::flows {
namespace {

using projects::Permission;
using projects::ReadContext;

constexpr std::int64_t listed_max = 100;

constexpr const char* body_example =
    R"j({"from":"2025-01-01","to":"2026-01-01","changes":{"earning_limits":{"per_month":5000},)j"
    R"j("earning_rules":[{"id":"ern_019a7f3e20004f1b8d5c3b2a19080706","loyalty":{"type":"FIXED",)j"
    R"j("points":20}},{"name":"Perfume","event":"order.paid","loyalty":{"type":"FIXED","points":50},)j"
    R"j("source":{"banner":"Perfume"},"condition":"order.items.exists(i, i.category == 'perfume')"}]},)j"
    R"j("groups":{"Oslo":"customer.city == 'Oslo'"}})j";
constexpr const char* accepted_example =
    R"({"async_action_id":"aa_019a7f3e20004f1b8d5c3b2a19080706","id":)"
    R"("aa_019a7f3e20004f1b8d5c3b2a19080706"})";

const std::string worlds_example =
    R"("as_they_were":{"points":1000,"taken_back":50,"kept":950,"cost":950},)"
    R"("of_the_time":{"points":1000,"taken_back":50,"kept":950,"cost":950},)"
    R"("changed":{"points":1300,"taken_back":60,"kept":1240,"cost":1240},)"
    R"("difference":{"points":300,"taken_back":10,"kept":290,"cost":290})";

std::string example(bool with_result) {
    std::string out =
        R"({"id":"aa_019a7f3e20004f1b8d5c3b2a19080706","object":"backtest","campaign_id":)"
        R"("camp_019a7f3e20004f1b8d5c3b2a19080706","status":"DONE","progress":100,)"
        R"("from":"2025-01-01T00:00:00.000Z","to":"2026-01-01T00:00:00.000Z","changes":{},)"
        R"("groups":{},"created_at":"2026-01-02T10:00:00.000Z")";
    if (!with_result) return out + "}";
    const std::string tally = worlds_example + R"(,"members":2,"gain":1,"lose":0)";
    return out + R"(,"result":{)" + worlds_example +
           R"(,"members":2,"orders":10,"events":1,"affected":{"gain":1,"lose":0,"unchanged":1,)"
           R"("biggest_gains":[{"id":"v_019a7f3e20004f1b8d5c3b2a19080706","code":"CLUB-1",)"
           R"("as_they_were":500,"changed":790,"difference":290}],"biggest_losses":[]},)"
           R"("tiers":{"moves_as_they_were":[],"moves_changed":[{"from":"Silver","to":"Gold",)"
           R"("moves":1}],"members_at_end":[{"tier":"Gold","as_they_were":0,"changed":1}],)"
           R"("differ_at_end":1},"by_tier":[{)" + tally + R"(,"tier":"Silver"}],"by_group":[{)" +
           tally + R"(,"group":"Oslo"}],"by_month":[{)" + worlds_example +
           R"(,"month":"2025-01"}],"by_earning_rule":[{)" + worlds_example +
           R"(,"earning_rule_id":"ern_019a7f3e20004f1b8d5c3b2a19080706","name":"Shopping"}],)"
           R"("limits_reached":[{"earning_rule_id":"ern_019a7f3e20004f1b8d5c3b2a19080706",)"
           R"("name":"Shopping","limit":"program.per_month","times":1,"points":20}],)"
           R"("not_replayed":{"count":0,"reasons":{},"first":[]},"with_customer_of_today":0}})";
}

// Refuses: invalid_payload (all mistakes of the body); then not_found, invalid_payload (of the changes).
Result<projects::Command> start(const http::Request& request, projects::ProjectNumber,
                                const projects::Actor&) {
    TRY(body, campaigns::read_body(request));
    Issues issues;
    JsonReader reader(body, issues);
    reader.require("from");
    const auto from = read_moment(reader, "from");
    reader.require("to");
    const auto to = read_moment(reader, "to");
    const json::object* changes =
        reader.has("changes") ? reader.object("changes", 1024 * 1024) : nullptr;
    read_groups(reader);
    if (!issues.empty()) return issues.refuse();
    json::object payload;
    payload["changes"] = changes == nullptr ? json::object() : *changes;
    payload["groups"] =
        reader.has("groups") ? *reader.object("groups") : json::object();
    return campaigns::alone([id = request.path_params.at(0), from = *from, to = *to,
                             payload](const projects::Context& context) -> Result<http::Response> {
        const projects::Snapshot& snapshot = *context.snapshot;
        TRY(program, campaigns::need_program(snapshot, id));
        const Timestamp begins = moment_of(from, snapshot.zone());
        const Timestamp ends = moment_of(to, snapshot.zone());
        if (ends <= begins) {
            Issues wrong;
            wrong.add("/to", "range", "must be after `from`");
            return wrong.refuse();
        }
        TRY(changed, change_program(snapshot, *program, payload.at("changes").as_object(), context.now));
        json::object job = payload;
        job["program"] = ledger::ProgramId(program->id).text();
        job["version"] = snapshot.version();
        job["from"] = begins.ms;
        job["to"] = ends.ms;
        job["now"] = context.now.ms;
        const jobs::JobId made =
            async_actions::enqueue(context, "CAMPAIGN.VOUCHERS_UPDATE",
                                   std::string(backtest_job_kind), to_text(job));
        return http::json_response(
            to_text(json::object{{"async_action_id", made.text()}, {"id", made.text()}}), 202);
    });
}

json::object to_json(const jobs::Job& job, const json::object& payload, bool with_result) {
    const json::object action = async_actions::to_json(job, with_result);
    json::object out{{"id", job.key.id.text()},
                     {"object", "backtest"},
                     {"campaign_id", payload.at("program")},
                     {"status", action.at("status")},
                     {"progress", action.at("progress")},
                     {"from", Timestamp{payload.at("from").as_int64()}.iso()},
                     {"to", Timestamp{payload.at("to").as_int64()}.iso()},
                     {"changes", payload.at("changes")},
                     {"groups", payload.at("groups")},
                     {"created_at", job.created_at.iso()}};
    if (with_result) out["result"] = action.at("result");
    return out;
}

Result<http::Response> get(const http::Request& request, const ReadContext& context) {
    TRY(program, campaigns::need_program(*context.snapshot, request.path_params.at(0)));
    const std::string& text = request.path_params.at(1);
    const auto id = jobs::JobId::parse(text);
    const auto job = id ? jobs::load_job(context.tx, {context.project, *id}) : std::nullopt;
    if (!job || job->kind != backtest_job_kind) return campaigns::refuse_unknown("backtest", text);
    const json::value payload = json::parse(job->payload);
    if (campaigns::text_of(payload.as_object(), "program") != ledger::ProgramId(program->id).text())
        return campaigns::refuse_unknown("backtest", text);
    return http::json_response(to_text(to_json(*job, payload.as_object(), true)));
}

// The newest of the project are looked through.
Result<http::Response> list(const http::Request& request, const ReadContext& context) {
    TRY(program, campaigns::need_program(*context.snapshot, request.path_params.at(0)));
    const std::string of = ledger::ProgramId(program->id).text();
    json::array items;
    for (const jobs::Job& job :
         jobs::list_actions(context.tx, context.project,
                            {std::nullopt, listed_max, std::string(backtest_job_kind)})) {
        const json::value payload = json::parse(job.payload);
        if (campaigns::text_of(payload.as_object(), "program") == of)
            items.push_back(to_json(job, payload.as_object(), false));
    }
    const std::size_t total = items.size();
    return campaigns::answer_list("data", std::move(items), total);
}

}  // namespace

std::optional<std::string> read_moment(JsonReader& body, std::string_view name) {
    auto text = body.text(name, 64);
    if (text && !Date::parse(*text) && !Timestamp::parse(*text)) {
        body.wrong(name, "format", "must be a date, or a time with its zone");
        text.reset();
    }
    return text;
}

Timestamp moment_of(const std::string& text, const TimeZone& zone) {
    if (const auto day = Date::parse(text)) return zone.start_of(*day);
    return *Timestamp::parse(text);
}

projects::Routes backtest_routes() {
    using http::Method;
    const std::string all = "/v1/loyalties/{campaignId}/backtests";
    return {{Method::post, all, Permission::write,
             {"Loyalties",
              "Look what a changed program would have given in a past period (ours); nothing is changed",
              body_example, accepted_example},
             nullptr,
             start},
            {Method::get, all, Permission::read,
             {"Loyalties", "The program's backtests (ours), newest first, without their results", "",
              projects::example_list(example(false))},
             list},
            {Method::get, all + "/{backtestId}", Permission::read,
             {"Loyalties", "One backtest (ours) with its result once it is done", "", example(true)},
             get}};
}

}  // namespace perennial::flows
