#include "app/flows/exports_routes.hpp"

#include <fmt/format.h>
#include <sodium.h>

#include "app/export_jobs.hpp"
#include "modules/campaigns/definitions.hpp"
#include "modules/exports/errors.hpp"
#include "modules/exports/store.hpp"
#include "modules/ledger/store.hpp"
#include "modules/projects/requests.hpp"
#include "modules/projects/store.hpp"
#include "platform/jobs/finished.hpp"
#include "platform/jobs/parts.hpp"

namespace perennial::flows {
namespace {

using http::Method;
using http::Request;
using projects::Command;
using projects::Context;
using projects::Permission;
using projects::ReadContext;

constexpr std::int64_t kept_ms = 7 * day_ms;
constexpr std::int64_t answer_waits_ms = 500;

// Where links point to: as configured, else as the client reached us.
std::string server_of(const app::Engine& engine, const Request& request) {
    if (!engine.public_url().empty()) return engine.public_url();
    return fmt::format("http://{}", request.headers.find("Host").value_or("localhost"));
}

std::unexpected<Error> unknown(const std::string& id) {
    return std::unexpected(Error{&error::not_found,
                                 fmt::format("Cannot find export with id {}", id),
                                 {},
                                 id,
                                 "export"});
}

/// Adds to the filters that a route's path asks for; nothing when it names what there is not.
using Scope = std::function<Result<void>(const Context&, json::object& filters)>;

Result<Command> ask(app::Engine& engine, const Request& request, const exports::Object& object,
                    json::value parameters, Scope scope) {
    if (parameters.is_null()) parameters = json::object();
    TRY_VOID(exports::read_wish(object, parameters));
    struct Shared {
        std::string server;
        json::object parameters;
        jobs::JobKey job;
    };
    auto shared = std::make_shared<Shared>();
    shared->server = server_of(engine, request);
    shared->parameters = parameters.as_object();
    Command command;
    command.alone = true;
    command.run = [shared, scope, &object](const Context& context) -> Result<http::Response> {
        json::object wished = shared->parameters;
        if (scope) {
            json::object filters;
            if (const json::value* sent = wished.if_contains("filters"); sent && sent->is_object())
                filters = sent->get_object();
            TRY_VOID(scope(context, filters));
            wished["filters"] = std::move(filters);
            TRY_VOID(exports::read_wish(object, wished));
        }
        exports::Export made;
        made.project = context.project;
        made.token = projects::make_token();
        made.id = context.batch.make_id<exports::ExportId>(place_of(made.token));
        made.object = object.name;
        made.parameters = to_text(wished);
        made.created_at = context.now;
        made.expires_at = context.batch.machine_now + kept_ms;
        exports::insert(context.batch.tx, made);
        const jobs::JobId job = context.batch.get<jobs::JobSet>().enqueue(
            context.batch, {.project = context.project,
                            .place = made.id.place(),
                            .kind = std::string(app::export_job),
                            .payload = to_text(json::object{{"export", made.id.text()}}),
                            .request_id = std::string(context.request_id),
                            .created_at = context.now});
        shared->job = {context.project, job};
        return http::json_response(to_text(exports::to_json(made, shared->server)));
    };
    command.after = [shared] { jobs::finished_jobs().wait(shared->job, answer_waits_ms); };
    return command;
}

json::value parameters_of(const json::value& body) {
    const json::value* found =
        body.is_object() ? body.get_object().if_contains("parameters") : nullptr;
    return found == nullptr ? json::value() : *found;
}

Result<Command> create(app::Engine& engine, const Request& request) {
    TRY(body, projects::read_body(request));
    Issues issues;
    JsonReader reader(body, issues);
    reader.require("exported_object");
    const std::string name = reader.text("exported_object", 64).value_or("");
    if (!issues.empty()) return issues.refuse();
    const exports::Object* object = exports::find_object(name);
    if (object == nullptr) {
        std::vector<std::string_view> names;
        for (const exports::Object& one : exports::objects()) names.push_back(one.name);
        return refuse(exports::error::invalid_params,
                      fmt::format("exported_object {} is not exported; {} are", name,
                                  fmt::join(names, ", ")));
    }
    return ask(engine, request, *object, parameters_of(body), nullptr);
}

json::object is(const std::string& value) {
    return {{"conditions", {{"$in", json::array{value}}}}};
}

// Of a program, and of the card when the path names one.
Result<Command> of_path(app::Engine& engine, const Request& request, const char* name,
                        std::optional<std::string> campaign, std::optional<std::string> card) {
    TRY(body, projects::read_body(request));
    Issues issues;
    if (!JsonReader(body, issues).usable()) return issues.refuse();
    Scope scope;
    if (campaign || card)
        scope = [campaign, card](const Context& context, json::object& filters) -> Result<void> {
            std::optional<ledger::ProgramId> program;
            if (campaign) {
                TRY(definition, campaigns::need_program(*context.snapshot, *campaign));
                program = ledger::ProgramId(definition->id);
                if (!card) filters["campaign_id"] = is(program->text());
            }
            if (card) {
                const auto found = ledger::load_card(context.batch.tx, context.project,
                                                     std::string_view(*card));
                if (!found || (program && found->program != *program))
                    return std::unexpected(Error{&error::not_found,
                                                 fmt::format("Cannot find voucher with id {}", *card),
                                                 {},
                                                 *card,
                                                 "voucher"});
                filters["voucher_id"] = is(found->id.text());
            }
            return {};
        };
    return ask(engine, request, *exports::find_object(name), parameters_of(body), std::move(scope));
}

Result<http::Response> list(app::Engine& engine, const Request& request,
                            const ReadContext& context) {
    static constexpr std::string_view orders_by[] = {"created_at", "status"};
    TRY(page, http::read_page(request.query, {orders_by}));
    exports::ListQuery query;
    query.by_status = page.order_by == "status";
    query.descending = page.descending;
    query.limit = page.limit;
    query.offset = page.offset();
    json::array shown;
    for (const exports::Export& one : exports::list(context.tx, context.project, query))
        shown.push_back(exports::to_json(one, server_of(engine, request)));
    return http::json_response(to_text(json::object{{"object", "list"},
                                                    {"data_ref", "exports"},
                                                    {"exports", std::move(shown)},
                                                    {"total", exports::count(context.tx, context.project)}}));
}

// The file, for whoever has its address.
Result<http::Response> download(app::Engine& engine, const Request& request, db::Tx& tx) {
    const std::string& text = request.path_params[0];
    const auto id = exports::ExportId::parse(text);
    const std::string_view token = request.query.text("token").value_or("");
    auto found = id ? exports::load_anywhere(tx, *id) : std::nullopt;
    const bool opens = found && token.size() == found->token.size() &&
                       sodium_memcmp(token.data(), found->token.data(), token.size()) == 0;
    if (!opens || found->expires_at < app::machine_now())
        return refuse(error::unauthorized,
                      "This address is wrong or too old: ask GET /v1/exports/{id} with your key");
    if (found->status != exports::Status::done)
        return refuse(error::not_found, "The export is not finished yet");
    http::Response response{200, "text/csv; charset=utf-8", {}, {}};
    response.more_bytes = jobs::parts_bytes(tx, found->project, found->id);
    response.more = [&engine, project = found->project, file = found->id](std::int64_t part) {
        std::optional<std::string> bytes;
        engine.database().read(
            [&](db::Tx& reading) { bytes = jobs::load_part(reading, project, file, part); });
        CHECK(bytes.has_value());  // deleted while it is fetched
        return *std::move(bytes);
    };
    response.headers.push_back({"Content-Disposition",
                                fmt::format("attachment; filename=\"{}-{}.csv\"", found->object,
                                            found->id.text())});
    response.headers.push_back({"Cache-Control", "no-store"});
    response.headers.push_back({"Referrer-Policy", "no-referrer"});
    return response;
}

Result<http::Response> get(app::Engine& engine, const Request& request,
                           const ReadContext& context) {
    // Without a key there is no project.
    if (context.project == 0) return download(engine, request, context.tx);
    const std::string& text = request.path_params[0];
    const auto id = exports::ExportId::parse(text);
    const auto found = id ? exports::load(context.tx, context.project, *id) : std::nullopt;
    if (!found) return unknown(text);
    return http::json_response(to_text(exports::to_json(*found, server_of(engine, request))));
}

Result<Command> remove(const Request& request, projects::ProjectNumber, const projects::Actor&) {
    Command command;
    command.alone = true;
    command.run = [text = request.path_params[0]](const Context& context) -> Result<http::Response> {
        const auto id = exports::ExportId::parse(text);
        if (!id || !exports::remove(context.batch.tx, context.project, *id)) return unknown(text);
        return http::no_content();
    };
    return command;
}

constexpr const char* example_body =
    R"({"exported_object":"customer","parameters":{"order":"-created_at","fields":["name","email"],)"
    R"("filters":{"junction":"and","address_city":{"conditions":{"$is":["Oslo"]}}}}})";
constexpr const char* example =
    R"({"id":"exp_018f0a1b2c3d4e5f60718293a4b5c6d7","object":"export",)"
    R"("created_at":"2024-07-23T19:38:38.219Z","status":"DONE","channel":"API",)"
    R"("exported_object":"customer","parameters":{"fields":["name","email"]},)"
    R"("result":{"url":"https://shop.example/v1/exports/exp_018f0a1b2c3d4e5f60718293a4b5c6d7?token=…"},)"
    R"("user_id":null})";

}  // namespace

projects::Routes exports_routes(app::Engine& engine) {
    projects::Routes out;
    const std::string tag = "Exports";
    const auto write = [&](const char* path, std::string summary, std::string body,
                           std::function<Result<Command>(const Request&)> make) {
        out.push_back({Method::post, path, Permission::write,
                       {tag, std::move(summary), std::move(body), example}, nullptr,
                       [make = std::move(make)](const Request& request, projects::ProjectNumber,
                                                const projects::Actor&) { return make(request); }});
    };
    out.push_back({Method::get, "/v1/exports", Permission::read,
                   {tag, "List exports, newest first", "",
                    projects::example_list(example, "exports"),
                    {"limit", "page", "order"}},
                   [&engine](const Request& request, const ReadContext& context) {
                       return list(engine, request, context);
                   }});
    write("/v1/exports", "Write customers, orders, vouchers, redemptions, points_expiration or "
          "voucher_transactions into a CSV file; kept for 7 days", example_body,
          [&engine](const Request& r) { return create(engine, r); });
    out.push_back({Method::get, "/v1/exports/{exportId}", Permission::open,
                   {tag, "One export; with ?token= and no key its CSV file. Texts that a spreadsheet would "
                         "take for a formula begin with an apostrophe",
                    "", example, {"token"}, {"text/csv"}},
                   [&engine](const Request& request, const ReadContext& context) {
                       return get(engine, request, context);
                   }});
    out.push_back({Method::delete_, "/v1/exports/{exportId}", Permission::write,
                   {tag, "Delete an export and its file"}, nullptr,
                   remove});
    const std::string parameters = R"({"parameters":{"order":"-created_at"}})";
    write("/v1/orders/export", "Export orders", parameters, [&engine](const Request& r) {
        return of_path(engine, r, "order", std::nullopt, std::nullopt);
    });
    write("/v1/vouchers/{code}/transactions/export", "Export the transactions of a card", parameters,
          [&engine](const Request& r) {
              return of_path(engine, r, "voucher_transactions", std::nullopt, r.path_params[0]);
          });
    write("/v1/campaigns/{campaignId}/transactions/export", "Export the transactions of a program",
          parameters, [&engine](const Request& r) {
              return of_path(engine, r, "voucher_transactions", r.path_params[0], std::nullopt);
          });
    write("/v1/loyalties/{campaignId}/transactions/export", "Export the transactions of a program",
          parameters, [&engine](const Request& r) {
              return of_path(engine, r, "voucher_transactions", r.path_params[0], std::nullopt);
          });
    write("/v1/loyalties/members/{memberId}/transactions/export", "Export the transactions of a card",
          parameters, [&engine](const Request& r) {
              return of_path(engine, r, "voucher_transactions", std::nullopt, r.path_params[0]);
          });
    write("/v1/loyalties/{campaignId}/members/{memberId}/transactions/export",
          "Export the transactions of a card", parameters, [&engine](const Request& r) {
              return of_path(engine, r, "voucher_transactions", r.path_params[0], r.path_params[1]);
          });
    write("/v1/loyalties/{campaignId}/points-expiration/export",
          "Export a program's points with their ends", R"({"parameters":{"order":"expires_at"}})",
          [&engine](const Request& r) {
              return of_path(engine, r, "points_expiration", r.path_params[0], std::nullopt);
          });
    return out;
}

}  // namespace perennial::flows
