#include "app/flows/balance_routes.hpp"

#include "app/flows/adjust_balance.hpp"
#include "modules/members/codec.hpp"

namespace perennial::flows {
namespace {

using http::Method;
using http::Request;
using projects::Command;
using projects::Context;
using projects::Permission;

Place lane_of(const std::string& member) {
    const auto id = ledger::CardId::parse(member);
    return id ? id->place() : place_of(member);
}

template <class Wish>
Command command_of(std::shared_ptr<const Wish> wish, projects::ProjectNumber project,
                   std::function<Result<http::Response>(const Context&)> run) {
    Command command;
    command.lane = lane_of(wish->member);
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

std::shared_ptr<const SettlePending> pending_of(const Request& request, bool activate) {
    return std::make_shared<const SettlePending>(
        SettlePending{request.path_params[0], request.path_params[1], activate});
}

Result<Command> activate(const Request& request, projects::ProjectNumber project,
                         const projects::Actor&) {
    auto wish = pending_of(request, true);
    return command_of(wish, project, [wish](const Context& context) -> Result<http::Response> {
        TRY(done, settle_pending(*wish, context));
        return http::json_response(to_text(members::balance_json(*done.card, "points", done.points,
                                                                 done.total, done.balance)));
    });
}

Result<Command> cancel(const Request& request, projects::ProjectNumber project,
                       const projects::Actor&) {
    auto wish = pending_of(request, false);
    return command_of(wish, project, [wish](const Context& context) -> Result<http::Response> {
        TRY_VOID(settle_pending(*wish, context));
        return http::no_content();
    });
}

constexpr const char* words = "Add points, or remove them when negative";
constexpr const char* example =
    R"({"points":100,"expiration_type":"CUSTOM_DATE","expiration_date":"2030-12-31",)"
    R"("reason":"A late parcel","source_id":"ticket-77"})";

}  // namespace

projects::Routes balance_routes() {
    return {
        {Method::post, "/v1/loyalties/{campaignId}/members/{memberId}/balance", Permission::write,
         {"Members", words, example}, nullptr, adjust_points},
        {Method::post, "/v1/loyalties/members/{memberId}/balance", Permission::write,
         {"Members", words, example}, nullptr, adjust_points},
        {Method::post, "/v1/vouchers/{code}/balance", Permission::write,
         {"Members", words, R"({"amount":100,"reason":"A late parcel","source_id":"ticket-77"})"},
         nullptr, adjust_amount},
        {Method::post,
         "/v1/loyalties/members/{memberId}/pending-points/{pendingPointsId}/activate",
         Permission::write, {"Members", "Make pending points spendable now"}, nullptr, activate},
        {Method::post, "/v1/loyalties/members/{memberId}/pending-points/{pendingPointsId}/cancel",
         Permission::write, {"Members", "Cancel pending points"}, nullptr, cancel},
    };
}

}  // namespace perennial::flows
