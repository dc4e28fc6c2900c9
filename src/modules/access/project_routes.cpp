// The project's settings, for its own keys (/v1/project) and in the management API.
#include <fmt/format.h>

#include <boost/json.hpp>
#include <charconv>

#include "modules/access/errors.hpp"
#include "modules/access/oauth_routes.hpp"
#include "modules/projects/documents.hpp"
#include "modules/projects/requests.hpp"
#include "modules/projects/store.hpp"

namespace perennial::access {
namespace {

using http::Method;
using projects::Actor;
using projects::CallLimit;
using projects::Command;
using projects::Context;
using projects::Permission;
using projects::Project;
using projects::ProjectNumber;
using projects::ReadContext;
using projects::Settings;

constexpr std::size_t domains_max = 100;
constexpr std::size_t limits_max = 4;
constexpr std::int64_t calls_max = 1'000'000'000;

/// "PT1M", "PT1H30M", "P1D"; nothing for what is no such duration.
std::optional<std::int64_t> parse_duration_ms(std::string_view text) {
    if (!text.starts_with('P')) return std::nullopt;
    text.remove_prefix(1);
    std::int64_t total = 0;
    bool in_time = false;
    while (!text.empty()) {
        if (text.front() == 'T' && !in_time) {
            in_time = true;
            text.remove_prefix(1);
            continue;
        }
        std::int64_t count = 0;
        const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), count);
        if (code != std::errc() || end == text.data() + text.size() || count < 0 ||
            count > 100'000)
            return std::nullopt;
        const char unit = *end;
        if (in_time && unit == 'S')
            total += count * second_ms;
        else if (in_time && unit == 'M')
            total += count * minute_ms;
        else if (in_time && unit == 'H')
            total += count * hour_ms;
        else if (!in_time && unit == 'D')
            total += count * day_ms;
        else
            return std::nullopt;
        text.remove_prefix(static_cast<std::size_t>(end - text.data()) + 1);
    }
    if (total == 0) return std::nullopt;
    return total;
}

std::string duration_text(std::int64_t ms) {
    if (ms % day_ms == 0) return fmt::format("P{}D", ms / day_ms);
    if (ms % hour_ms == 0) return fmt::format("PT{}H", ms / hour_ms);
    if (ms % minute_ms == 0) return fmt::format("PT{}M", ms / minute_ms);
    return fmt::format("PT{}S", ms / second_ms);
}

json::object project_json(const Project& project) {
    const Settings& settings = project.settings;
    json::array domains;
    for (const std::string& domain : settings.client_trusted_domains) domains.emplace_back(domain);
    json::array limits;
    for (const CallLimit& limit : settings.api_calls)
        limits.push_back(
            json::object{{"value", limit.calls}, {"duration", duration_text(limit.per_ms)}});
    return {{"id", project.id.text()},
            {"name", project.name},
            {"timezone", settings.time_zone},
            {"currency", settings.currency},
            {"is_sandbox", project.sandbox},
            {"api_version", "v2018-08-01"},
            {"webhook_version", "v2024-01-01"},
            {"client_trusted_domains", std::move(domains)},
            {"client_redeem_enabled", false},
            {"client_publish_enabled", false},
            {"client_list_vouchers_enabled", false},
            {"client_create_customer_enabled", settings.client_create_customer_enabled},
            {"client_loyalty_events_enabled", settings.client_loyalty_events_enabled},
            {"client_set_voucher_expiration_date_enabled", false},
            {"strict_events", settings.strict_events},
            {"limits", json::object{{"api_calls", std::move(limits)}}},
            {"created_at", project.created_at.iso()},
            {"object", "project"}};
}

void read_domains(JsonReader& reader, Settings& settings) {
    if (reader.is_null("client_trusted_domains")) settings.client_trusted_domains.clear();
    const json::array* sent = reader.array("client_trusted_domains", domains_max);
    if (sent == nullptr) return;
    settings.client_trusted_domains.clear();
    for (std::size_t i = 0; i < sent->size(); ++i) {
        const json::value& one = (*sent)[i];
        const bool fits = one.is_string() && !one.get_string().empty() &&
                          one.get_string().size() <= 255 &&
                          std::string_view(one.get_string()).find_first_of(" ,;") ==
                              std::string_view::npos;
        if (fits)
            settings.client_trusted_domains.emplace_back(one.get_string());
        else
            reader.issues().add(fmt::format("{}/client_trusted_domains/{}", reader.pointer(), i),
                                "invalid", "must be as shop.example, *.shop.example or *");
    }
}

void read_limits(JsonReader& reader, Settings& settings) {
    if (!reader.has("limits")) return;
    JsonReader limits = reader.reader("limits");
    if (limits.is_null("api_calls")) settings.api_calls.clear();
    const json::array* sent = limits.array("api_calls", limits_max);
    if (sent == nullptr) return;
    settings.api_calls.clear();
    for (std::size_t i = 0; i < sent->size(); ++i) {
        JsonReader one = limits.item("api_calls", i);
        one.require("value");
        one.require("duration");
        const auto calls = one.integer("value", 1, calls_max);
        const auto duration = one.text("duration", 32);
        const auto per_ms = duration ? parse_duration_ms(*duration) : std::nullopt;
        if (duration && !per_ms)
            one.wrong("duration", "invalid", "must be a duration, as PT1M, PT1H or P1D");
        if (calls && per_ms) settings.api_calls.push_back({*calls, *per_ms});
    }
}

/// Zone and currency are fixed once something is stored in them.
void refuse_other(JsonReader& reader, std::string_view name, const std::string& known) {
    if (const auto sent = reader.text(name); sent && *sent != known)
        reader.wrong(name, "immutable", fmt::format("is {} and cannot be changed", known));
}

void read_settings(JsonReader& reader, Project& project) {
    Settings& settings = project.settings;
    if (const auto name = reader.text("name", 200)) {
        if (name->empty()) reader.wrong("name", "required", "must not be empty");
        project.name = *name;
    }
    refuse_other(reader, "timezone", settings.time_zone);
    refuse_other(reader, "currency", settings.currency);
    read_domains(reader, settings);
    read_limits(reader, settings);
    const auto flag = [&](std::string_view name, bool& value) {
        if (const auto sent = reader.boolean(name)) value = *sent;
    };
    flag("client_create_customer_enabled", settings.client_create_customer_enabled);
    flag("client_loyalty_events_enabled", settings.client_loyalty_events_enabled);
    flag("strict_events", settings.strict_events);
}

http::Response answer(const json::object& body) { return http::json_response(to_text(body)); }

// Refuses: invalid_payload (all mistakes).
Result<Command> change(const http::Request& request, bool managed) {
    TRY(body, projects::read_body(request));
    Command command;
    command.alone = true;
    command.run = [body, id = managed ? request.path_params.at(0) : std::string()](
                      const Context& context) -> Result<http::Response> {
        if (!id.empty()) TRY_VOID(projects::check_managed(*context.snapshot, id));
        Project project = context.snapshot->project();
        Issues issues;
        JsonReader reader(body, issues);
        read_settings(reader, project);
        if (!issues.empty()) return issues.refuse();
        projects::save_project(context.batch.tx, project);
        return answer(project_json(project));
    };
    // Limits and trusted domains are kept with the keys.
    command.after = [] { projects::key_generation().fetch_add(1, std::memory_order_acq_rel); };
    return command;
}

// A management key sees all projects, a project's own key its own.
Result<http::Response> list(const http::Request&, const ReadContext& context) {
    const auto key = projects::find_key(context.tx, context.actor.app_id);
    const bool sees_all = key && key->key.kind == projects::KeyKind::management;
    json::array data;
    for (const Project& project : projects::list_projects(context.tx))
        if (sees_all || project.number == context.project) data.push_back(project_json(project));
    const auto total = data.size();
    return answer(
        {{"object", "list"}, {"data_ref", "data"}, {"data", std::move(data)}, {"total", total}});
}

constexpr const char* body_example =
    R"({"client_trusted_domains":["shop.example"],"client_loyalty_events_enabled":true,)"
    R"("limits":{"api_calls":[{"value":100000,"duration":"PT1H"}]}})";

}  // namespace

projects::Routes project_routes() {
    Project shown;
    shown.id = *projects::ProjectId::parse("proj_018f0a1b2c3d4e5f60718293a4b5c6d7");
    shown.name = "shop";
    shown.created_at = *Timestamp::parse("2026-01-01T10:00:00Z");
    shown.settings.client_trusted_domains = {"shop.example"};
    shown.settings.api_calls = {{100'000, hour_ms}};
    const std::string one = to_text(project_json(shown));
    const std::string managed = "/management/v1/projects/{projectId}";
    projects::Routes out;
    const auto add = [&](Method method, const std::string& pattern, Permission permission,
                         std::string summary, bool is_managed) {
        projects::Route route{.method = method,
                              .pattern = pattern,
                              .permission = permission,
                              .doc = {.tag = "Projects", .summary = std::move(summary), .answer = one}};
        if (method == Method::get) {
            route.read = [is_managed](const http::Request& request,
                                      const ReadContext& context) -> Result<http::Response> {
                if (is_managed)
                    TRY_VOID(projects::check_managed(*context.snapshot, request.path_params.at(0)));
                return answer(project_json(context.snapshot->project()));
            };
        } else {
            route.doc.body = body_example;
            route.write = [is_managed](const http::Request& request, ProjectNumber, const Actor&) {
                return change(request, is_managed);
            };
        }
        out.push_back(std::move(route));
    };
    add(Method::get, "/v1/project", Permission::read, "The project and its settings", false);
    add(Method::put, "/v1/project", Permission::manage, "Change what is sent of the settings", false);
    out.push_back({.method = Method::get,
                   .pattern = "/management/v1/projects",
                   .permission = Permission::manage,
                   .doc = {.tag = "Projects",
                           .summary = "All projects with a management key, else the key's own",
                           .answer = projects::example_list(one)},
                   .read = list});
    add(Method::get, managed, Permission::manage, "A project and its settings", true);
    add(Method::put, managed, Permission::manage, "Change what is sent of the settings", true);
    return out;
}

}  // namespace perennial::access
