#include "app/pages.hpp"

#include <fmt/format.h>

#include "app/openapi.hpp"
#include "app/static_pages.hpp"
#include "modules/ledger/totals.hpp"
#include "modules/projects/store.hpp"
#include "modules/sums/store.hpp"
#include "modules/campaigns/model.hpp"
#include "platform/http/error_response.hpp"
#include "platform/metrics/metrics.hpp"

namespace perennial::app {
namespace {

bool from_loopback(const http::Request& request) {
    return request.remote_address.starts_with("127.") || request.remote_address == "::1" ||
           request.remote_address.starts_with("::ffff:127.");
}

bool admitted(const http::Request& request, KeyRing& keys) {
    if (from_loopback(request)) return true;
    const auto id = request.headers.find("X-App-Id");
    const auto token = request.headers.find("X-App-Token");
    return id && token &&
           keys.check(projects::KeyKind::server, std::string(*id), std::string(*token),
                      machine_now()) != nullptr;
}

http::Response html(std::string body) {
    http::Response out{200, "text/html; charset=utf-8", std::move(body), {}};
    out.headers.push_back({"Content-Security-Policy",
                           "default-src 'none'; style-src 'self'; script-src 'self'; connect-src "
                           "'self'; img-src 'self' data:; font-src 'self'; form-action 'self'; "
                           "base-uri 'none'; frame-ancestors 'none'"});
    out.headers.push_back({"X-Content-Type-Options", "nosniff"});
    out.headers.push_back({"Referrer-Policy", "no-referrer"});
    out.headers.push_back({"Cache-Control", "no-store"});
    return out;
}

http::Response describe(const http::Request& request, const Description& description) {
    http::Response out = http::json_response(description.text);
    if (request.headers.find("If-None-Match") == description.etag) out = {304, {}, {}, {}};
    out.headers.push_back({"ETag", description.etag});
    out.headers.push_back({"Cache-Control", "no-cache"});
    return out;
}

http::Response figures(Engine& engine) {
    json::object out;
    out["object"] = "figures";
    json::array projects_json;
    engine.database().read([&](db::Tx& tx) {
        for (const projects::Project& project : projects::list_projects(tx)) {
            json::object p;
            p["name"] = project.name;
            p["currency"] = project.settings.currency;
            p["timezone"] = project.settings.time_zone;
            p["now"] = project.now(machine_now()).iso();
            p["customers"] = sums::total(tx, project.number, "customers");
            p["orders"] = sums::total(tx, project.number, "orders");
            const auto snapshot = engine.cache().load(tx, project.number);
            json::array programs;
            for (const campaigns::Program& program :
                 snapshot->get<campaigns::Programs>().all) {
                const ledger::Totals moved = ledger::totals(tx, project.number, program.id);
                json::object one;
                one["name"] = program.name;
                one["id"] = program.id.text();
                one["members"] = sums::total(tx, project.number, "members", program.id);
                one["points_outstanding"] = moved.spendable();
                one["points_pending"] = moved.pending();
                one["points_issued"] = -moved.issued();
                one["points_redeemed"] = moved.redeemed();
                one["points_expired"] = moved.expired();
                one["points_adjusted"] = -moved.adjusted();
                one["points_transferred"] = -moved.transferred();
                programs.push_back(std::move(one));
            }
            p["programs"] = std::move(programs);
            projects_json.push_back(std::move(p));
        }
    });
    out["projects"] = std::move(projects_json);
    const auto committed = engine.committer().figures();
    out["commands"] = committed.units;
    out["batches"] = committed.batches;
    return http::json_response(to_text(out));
}

http::Response metrics_text(Engine& engine) {
    auto& registry = metrics::registry();
    const auto figures = engine.committer().figures();
    auto set = [&](std::string_view name, std::string_view help, std::uint64_t value) {
        registry.gauge(name, help).set(static_cast<std::int64_t>(value));
    };
    set("perennial_commands_committed", "Commands committed since the start", figures.units);
    set("perennial_batches_committed", "Transactions of the committer", figures.batches);
    set("perennial_batch_replays", "Batches repeated one by one after an error", figures.replays);
    set("perennial_transaction_retries", "Transactions repeated at the database's wish",
        figures.retries);
    set("perennial_unknown_commits", "Commits whose outcome was looked up", figures.unknown_commits);
    set("perennial_command_failures", "Commands answered with a failure", figures.failures);
    set("perennial_commands_queued", "Commands waiting", figures.queued);
    set("perennial_read_only", "1 while the disk is full", figures.read_only ? 1 : 0);
    return {200, "text/plain; version=0.0.4; charset=utf-8", registry.prometheus_text(), {}};
}

http::Response ready(Engine& engine, bool stopping) {
    auto no = [](std::string_view why) {
        return http::json_response(
            to_text(json::object{{"status", "unavailable"}, {"reason", json::string_view(why)}}),
            503);
    };
    if (stopping) return no("stopping");
    if (engine.committer().figures().read_only) return no("the disk is full: reading only");
    try {
        engine.database().read([](db::Tx& tx) { tx.query("SELECT 1", {}, [](const db::Row&) {}); });
    } catch (const db::Failure&) {
        return no("the database does not answer");
    }
    return http::json_response(R"({"status":"ok"})");
}

std::string escape_html(std::string_view text) {
    std::string out;
    for (char c : text) switch (c) {
            case '<': out += "&lt;"; break;
            case '>': out += "&gt;"; break;
            case '&': out += "&amp;"; break;
            case '"': out += "&quot;"; break;
            default: out += c;
        }
    return out;
}

// GET shows a button, POST uses the link up: a preview by some mail scanner must not.
http::Response setup(const http::Request& request, Engine& engine,
                     const config::Settings& settings) {
    const std::string token = request.path.substr(std::string_view("/setup/").size());
    if (request.method != http::Method::post)
        return html(std::string(setup_page_begin));
    std::optional<projects::ProjectNumber> project;
    projects::ApiKey key;
    std::string secret;
    engine.write([&](work::Batch& batch) {
        project = projects::use_setup_link(batch.tx, token, batch.machine_now);
        if (!project) return;
        key = {};
        key.project = *project;
        key.name = "first key";
        key.role = projects::Role::admin;
        key.created_at = batch.machine_now;
        secret = projects::create_key(batch.tx, key);
    });
    if (!project)
        return html(std::string(setup_page_used));
    const std::string url = !settings.public_url.empty()
                                ? settings.public_url
                                : fmt::format("http://{}", request.headers.find("Host").value_or(""));
    return html(fmt::format(fmt::runtime(setup_page_keys), escape_html(key.app_id),
                            escape_html(secret), escape_html(url)));
}

}  // namespace

std::optional<Page> is_page(std::string_view path) {
    if (path == "/") return Page::home;
    if (path == "/figures") return Page::figures;
    if (path == "/healthz") return Page::healthz;
    if (path == "/readyz") return Page::readyz;
    if (path == "/metrics") return Page::metrics;
    if (path == "/openapi.json") return Page::openapi;
    if (path == "/docs" || path == "/docs/") return Page::docs;
    if (path.starts_with("/setup/")) return Page::setup;
    if (path.starts_with("/assets/")) return Page::asset;
    return std::nullopt;
}

http::Response answer_page(Page page, const http::Request& request, Engine& engine,
                           const Description& description, KeyRing& keys,
                           const config::Settings& settings, bool stopping) {
    const bool reads = request.method == http::Method::get || request.method == http::Method::head;
    if (!reads && !(page == Page::setup && request.method == http::Method::post))
        return http::protocol_error(405, "method_not_allowed", "Method not allowed",
                                    "This page answers GET", request.request_id);
    try {
        switch (page) {
            case Page::home: return html(std::string(home_page));
            case Page::figures:
                if (!admitted(request, keys))
                    return http::error_response(
                        {&error::unauthorized, "Live figures need a key from afar"},
                        request.request_id);
                return figures(engine);
            case Page::healthz: return http::json_response(R"({"status":"ok"})");
            case Page::readyz: return ready(engine, stopping);
            case Page::metrics:
                if (!admitted(request, keys))
                    return http::error_response({&error::unauthorized, "Metrics need a key from afar"},
                                                request.request_id);
                return metrics_text(engine);
            case Page::openapi: return describe(request, description);
            case Page::docs: return html(std::string(docs_page));
            case Page::setup: return setup(request, engine, settings);
            case Page::asset: return static_asset(request.path, request.request_id);
        }
    } catch (const db::Failure& failure) {
        return http::error_response({&error::service_unavailable, "The database does not answer"},
                                    request.request_id);
    }
    return http::error_response({&error::internal_error, ""}, request.request_id);
}

}  // namespace perennial::app
