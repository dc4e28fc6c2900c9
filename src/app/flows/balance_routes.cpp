#include "app/flows/balance_routes.hpp"

#include "app/flows/adjust_balance.hpp"
#include "app/flows/answer_examples.hpp"
#include "app/flows/transfer_points.hpp"
#include "modules/campaigns/document.hpp"
#include "modules/counters/store.hpp"
#include "modules/members/codec.hpp"
#include "modules/members/commands.hpp"
#include "modules/projects/requests.hpp"

namespace perennial::flows {
namespace {

using http::Method;
using http::Request;
using projects::Command;
using projects::Context;
using projects::Permission;

template <class Wish>
Command command_of(std::shared_ptr<const Wish> wish, projects::ProjectNumber project,
                   std::function<Result<http::Response>(const Context&)> run) {
    Command command;
    command.lane = projects::lane_of<ledger::CardId>(wish->member);
    command.want = [wish, project](work::Batch& batch) { want(*wish, batch, project); };
    command.run = std::move(run);
    return command;
}

// `field` is "points", or "amount" on the vouchers' path.
Result<AdjustBalance> read_adjustment(const json::value& body, std::string_view field) {
    static constexpr std::string_view ends[] = {"PROGRAM_RULES", "CUSTOM_DATE", "NON_EXPIRING"};
    Issues issues;
    JsonReader reader(body, issues);
    AdjustBalance command;
    reader.require(field);
    const auto points = reader.integer(field, -value_max, value_max);
    if (points && *points == 0) reader.wrong(field, "range", "must not be 0");
    command.points = Points(points.value_or(0));
    if (const auto type = reader.choice("expiration_type", ends))
        command.ends = static_cast<AdjustBalance::Ends>(*type);
    if (command.ends == AdjustBalance::Ends::custom_date) {
        reader.require("expiration_date");
        command.last_day = reader.date("expiration_date");
    }
    command.reason = reader.text("reason", 255).value_or("");
    command.source_id = reader.text("source_id", 255).value_or("");
    if (!issues.empty()) return issues.refuse();
    return command;
}

Result<Command> adjust(const Request& request, projects::ProjectNumber project, const char* field) {
    TRY(body, parse_json(request.body));
    TRY(wish, read_adjustment(body, field));
    wish.member = request.path_params.back();
    if (request.path_params.size() > 1) wish.campaign = request.path_params[0];
    auto shared = std::make_shared<const AdjustBalance>(std::move(wish));
    return command_of(shared, project,
                      [shared, field](const Context& context) -> Result<http::Response> {
                          TRY(done, adjust_balance(*shared, context));
                          return http::json_response(to_text(members::balance_json(
                              *done.card, field, done.points, done.total, done.balance)));
                      });
}

Result<Command> adjust_points(const Request& request, projects::ProjectNumber project,
                              const projects::Actor&) {
    return adjust(request, project, "points");
}

Result<Command> adjust_amount(const Request& request, projects::ProjectNumber project,
                              const projects::Actor&) {
    return adjust(request, project, "amount");
}

std::shared_ptr<SettlePending> pending_of(const Request& request,
                                          SettlePending::Action action) {
    auto wish = std::make_shared<SettlePending>();
    wish->member = request.path_params[0];
    wish->pending = request.path_params[1];
    wish->action = action;
    return wish;
}

Command settled(std::shared_ptr<const SettlePending> wish, projects::ProjectNumber project) {
    return command_of(wish, project, [wish](const Context& context) -> Result<http::Response> {
        TRY(done, settle_pending(*wish, context));
        return http::json_response(to_text(members::balance_json(*done.card, "points", done.points,
                                                                 done.total, done.balance)));
    });
}

Result<Command> activate(const Request& request, projects::ProjectNumber project,
                         const projects::Actor&) {
    return settled(pending_of(request, SettlePending::Action::activate), project);
}

Result<Command> adjust_pending(const Request& request, projects::ProjectNumber project,
                               const projects::Actor&) {
    auto wish = pending_of(request, SettlePending::Action::adjust);
    TRY(body, parse_json(request.body));
    Issues issues;
    JsonReader reader(body, issues);
    reader.require("points");
    const auto points = reader.integer("points", -value_max, value_max);
    if (points && *points == 0) reader.wrong("points", "range", "must not be 0");
    wish->points = Points(points.value_or(0));
    wish->reason = reader.text("reason", 255).value_or("");
    wish->source_id = reader.text("source_id", 255).value_or("");
    if (!issues.empty()) return issues.refuse();
    return settled(wish, project);
}

Result<Command> cancel(const Request& request, projects::ProjectNumber project,
                       const projects::Actor&) {
    const auto wish = pending_of(request, SettlePending::Action::cancel);
    return command_of(std::shared_ptr<const SettlePending>(wish), project, [wish](const Context& context) -> Result<http::Response> {
        TRY_VOID(settle_pending(*wish, context));
        return http::no_content();
    });
}

Result<json::object> read_source(const json::value& item) {
    Issues issues;
    JsonReader reader(item, issues);
    json::object out;
    for (const std::string_view name : {"code", "points", "source_id"}) reader.require(name);
    out["code"] = reader.text("code", 255).value_or("");
    out["points"] = reader.integer("points", 1, value_max).value_or(1);
    out["reason"] = reader.text("reason", 255).value_or("");
    const auto source_id = reader.text("source_id", 255);
    if (source_id && source_id->empty()) reader.wrong("source_id", "required", "is required");
    out["source_id"] = source_id.value_or("");
    if (!issues.empty()) return issues.refuse();
    return out;
}

Result<TransferPoints> read_transfer(const Request& request) {
    constexpr std::size_t sources_max = 20;
    TRY(body, parse_json(request.body));
    TRY(items, campaigns::read_array(body, sources_max, read_source));
    TransferPoints wish;
    wish.campaign = request.path_params[0];
    wish.target = request.path_params[1];
    Issues issues;
    std::set<std::string, std::less<>> seen;
    for (const json::object& item : items) {
        wish.sources.push_back({std::string(campaigns::text_of(item, "code")),
                                Points(campaigns::integer_of(item, "points", 1)),
                                std::string(campaigns::text_of(item, "reason")),
                                std::string(campaigns::text_of(item, "source_id"))});
        if (!seen.insert(wish.sources.back().source_id).second)
            issues.add(fmt::format("/{}/source_id", wish.sources.size() - 1), "conflict",
                       "is that of another item");
    }
    if (!issues.empty()) return issues.refuse();
    return wish;
}

Result<Command> transfer(const Request& request, projects::ProjectNumber project,
                         const projects::Actor&) {
    TRY(wish, read_transfer(request));
    const auto shared = std::make_shared<const TransferPoints>(std::move(wish));
    Command command;
    command.lane = projects::lane_of<ledger::CardId>(shared->target);
    command.want = [shared, project](work::Batch& batch) { want(*shared, batch, project); };
    command.run = [shared](const Context& context) -> Result<http::Response> {
        TRY(card, transfer_points(*shared, context));
        return http::json_response(to_text(members::card_json(
            *card, members::rulebook(*context.snapshot, card->program),
            counters::used(context.batch.tx, context.project, card->id))));
    };
    return command;
}

constexpr const char* words = "Add points, or remove them when negative";
constexpr const char* example =
    R"({"points":100,"expiration_type":"CUSTOM_DATE","expiration_date":"2030-12-31",)"
    R"("reason":"A late parcel","source_id":"ticket-77"})";

}  // namespace

projects::Routes balance_routes() {
    return {
        {Method::post, "/v1/loyalties/{campaignId}/members/{memberId}/balance", Permission::write,
         {"Members", words, example, examples::balance}, nullptr, adjust_points},
        {Method::post, "/v1/loyalties/members/{memberId}/balance", Permission::write,
         {"Members", words, example, examples::balance}, nullptr, adjust_points},
        {Method::post, "/v1/vouchers/{code}/balance", Permission::write,
         {"Members", words, R"({"amount":100,"reason":"A late parcel","source_id":"ticket-77"})",
          examples::voucher_balance},
         nullptr, adjust_amount},
        {Method::post,
         "/v1/loyalties/members/{memberId}/pending-points/{pendingPointsId}/activate",
         Permission::write, {"Members", "Make pending points spendable now", "", examples::balance}, nullptr, activate},
        {Method::post, "/v1/loyalties/members/{memberId}/pending-points/{pendingPointsId}/balance",
         Permission::write,
         {"Members", "Add to points that pend, or take from them when negative",
          R"({"points":-5,"reason":"One piece was missing"})",
          examples::balance},
         nullptr, adjust_pending},
        {Method::post, "/v1/loyalties/{campaignId}/members/{memberId}/transfers",
         Permission::write,
         {"Members", "Move points from other cards into this one",
          R"([{"code":"CARD-0042","points":100,"reason":"One household","source_id":"move-1"}])",
          examples::card},
         nullptr, transfer},
        {Method::post, "/v1/loyalties/members/{memberId}/pending-points/{pendingPointsId}/cancel",
         Permission::write, {"Members", "Cancel pending points"}, nullptr, cancel},
    };
}

}  // namespace perennial::flows
