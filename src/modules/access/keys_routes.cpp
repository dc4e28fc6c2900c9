#include <fmt/format.h>

#include <array>
#include <boost/json.hpp>

#include "modules/access/errors.hpp"
#include "modules/access/oauth_routes.hpp"
#include "modules/access/routes.hpp"
#include "modules/projects/requests.hpp"
#include "modules/projects/store.hpp"

namespace perennial::access {
namespace {

using http::Method;
using projects::Actor;
using projects::ApiKey;
using projects::Command;
using projects::Context;
using projects::KeyKind;
using projects::Permission;
using projects::ProjectNumber;
using projects::ReadContext;
using projects::Role;

constexpr std::size_t keys_max = 500;  ///< of a project, revoked ones among them
constexpr std::int64_t previous_kept_ms = day_ms;
constexpr std::int64_t previous_kept_ms_max = 90 * day_ms;

constexpr std::array<std::string_view, 2> kind_words{"SERVER", "CLIENT"};
constexpr std::array kinds{KeyKind::server, KeyKind::client};
constexpr std::array<std::string_view, 4> role_words{"VIEWER", "MERCHANT", "USER", "ADMIN"};

json::value time_or_null(const std::optional<Timestamp>& time) {
    return time ? json::value(time->iso()) : json::value();
}

json::object key_json(const ApiKey& key) {
    return {{"id", key.app_id},
            {"name", key.name},
            {"type", key.kind == KeyKind::client ? "CLIENT" : key.kind == KeyKind::server ? "SERVER" : "MANAGEMENT"},
            {"role", projects::role_name(key.role)},
            {"created_at", key.created_at.iso()},
            {"expires_at", time_or_null(key.expires_at)},
            {"revoked_at", time_or_null(key.revoked_at)},
            {"rotated_at", time_or_null(key.rotated_at)},
            {"previous_expires_at", time_or_null(key.previous_until)},
            {"last_used_at", time_or_null(key.last_used_at)},
            {"object", "api_key"}};
}

/// The key with its secret, this once.
http::Response answer_with_token(const ApiKey& key, const std::string& token) {
    json::object out = key_json(key);
    out["token"] = token;
    http::Response response = http::json_response(to_text(out));
    response.headers.push_back({"Cache-Control", "no-store"});
    return response;
}

Result<ApiKey> need_key(db::Tx& tx, ProjectNumber project, const std::string& app_id) {
    const auto found = projects::find_key(tx, app_id);
    if (found && found->key.project == project && found->key.kind != KeyKind::management)
        return found->key;
    return std::unexpected(Error{&error::not_found, fmt::format("Cannot find api_key with id {}", app_id),
                                 {}, app_id, "api_key"});
}

Command changes_keys(std::function<Result<http::Response>(const Context&)> run) {
    Command command;
    command.alone = true;
    command.tells_secret = true;
    command.run = std::move(run);
    command.after = [] { projects::key_generation().fetch_add(1, std::memory_order_acq_rel); };
    return command;
}

Result<http::Response> list(const http::Request&, const ReadContext& context) {
    json::array data;
    for (const ApiKey& key : projects::list_keys(context.tx, context.project))
        if (key.kind != KeyKind::management) data.push_back(key_json(key));
    const auto total = data.size();
    return http::json_response(to_text(json::object{
        {"object", "list"}, {"data_ref", "data"}, {"data", std::move(data)}, {"total", total}}));
}

Result<http::Response> get(const http::Request& request, const ReadContext& context) {
    TRY(key, need_key(context.tx, context.project, request.path_params.at(0)));
    return http::json_response(to_text(key_json(key)));
}

struct KeyChange {
    std::optional<std::string> name = {};
    std::optional<KeyKind> kind = {};
    std::optional<Role> role = {};
    bool says_expiry = false;
    std::optional<Timestamp> expires_at = {};
};

Result<KeyChange> parse_change(const http::Request& request, bool is_new) {
    TRY(body, projects::read_body(request));
    Issues issues;
    JsonReader reader(body, issues);
    KeyChange change;
    change.name = reader.text("name", 200);
    if (is_new) {
        reader.require("name");
        if (const auto kind = reader.choice("type", kind_words)) change.kind = kinds[*kind];
    }
    if (const auto role = reader.choice("role", role_words))
        change.role = projects::role_from(role_words[*role]);
    change.says_expiry = reader.has("expires_at") || reader.is_null("expires_at");
    change.expires_at = reader.timestamp("expires_at");
    if (!issues.empty()) return issues.refuse();
    return change;
}

Result<Command> create(const http::Request& request, ProjectNumber, const Actor&) {
    TRY(change, parse_change(request, true));
    return changes_keys([change](const Context& context) -> Result<http::Response> {
        if (projects::list_keys(context.batch.tx, context.project).size() >= keys_max)
            return refuse(error::invalid_payload,
                          fmt::format("A project has at most {} keys", keys_max));
        ApiKey key;
        key.project = context.project;
        key.name = change.name.value_or("");
        key.kind = change.kind.value_or(KeyKind::server);
        key.role = change.role.value_or(Role::user);
        key.created_at = context.batch.machine_now;
        key.expires_at = change.expires_at;
        const std::string token = projects::create_key(context.batch.tx, key);
        return answer_with_token(key, token);
    });
}

Result<Command> change(const http::Request& request, ProjectNumber, const Actor&) {
    TRY(change, parse_change(request, false));
    return changes_keys([change, id = request.path_params.at(0)](
                            const Context& context) -> Result<http::Response> {
        TRY(key, need_key(context.batch.tx, context.project, id));
        if (change.name) key.name = *change.name;
        if (change.role) key.role = *change.role;
        if (change.says_expiry) key.expires_at = change.expires_at;
        projects::save_key(context.batch.tx, key);
        return http::json_response(to_text(key_json(key)));
    });
}

// Revoked at once; it stays in the list, so that old entries can be explained. Again: 204.
Result<Command> revoke(const http::Request& request, ProjectNumber, const Actor&) {
    return changes_keys(
        [id = request.path_params.at(0)](const Context& context) -> Result<http::Response> {
            TRY(key, need_key(context.batch.tx, context.project, id));
            projects::revoke_key(context.batch.tx, key.app_id, context.batch.machine_now);
            return http::no_content();
        });
}

// Refuses: invalid_payload (a moment that has passed or lies too far off); then not_found,
// invalid_payload (the key is revoked).
Result<Command> rotate(const http::Request& request, ProjectNumber, const Actor&) {
    TRY(body, projects::read_body(request));
    Issues issues;
    JsonReader reader(body, issues);
    const auto until = reader.timestamp("previous_expires_at");
    if (!issues.empty()) return issues.refuse();
    return changes_keys([until, id = request.path_params.at(0)](
                            const Context& context) -> Result<http::Response> {
        const Timestamp now = context.batch.machine_now;
        TRY(key, need_key(context.batch.tx, context.project, id));
        if (key.revoked_at)
            return refuse(error::invalid_payload, "This key is revoked: create a new one");
        const Timestamp previous_until = until.value_or(now + previous_kept_ms);
        if (previous_until > now + previous_kept_ms_max) {
            Issues late;
            late.add("/previous_expires_at", "too_late", "must lie within the next 90 days");
            return late.refuse();
        }
        const std::string token =
            projects::rotate_key(context.batch.tx, key, now, previous_until);
        key.rotated_at = now;
        key.previous_until = previous_until;
        return answer_with_token(key, token);
    });
}

constexpr const char* answer_example =
    R"({"id":"4c1c0d6f0f1c4d0c9c1c0d6f0f1c4d0c","name":"till 1","type":"SERVER","role":"USER",)"
    R"("created_at":"2026-01-01T10:00:00.000Z","expires_at":null,"revoked_at":null,)"
    R"("rotated_at":null,"previous_expires_at":null,"last_used_at":null,"object":"api_key"})";

}  // namespace

projects::Routes keys_routes() {
    const std::string one = answer_example;
    const std::string with_token =
        one.substr(0, one.size() - 1) + R"(,"token":"6c1f0d…, shown only now"})";
    const std::string tag = "Keys";
    projects::Routes out;
    out.push_back({.method = Method::get,
                   .pattern = "/v1/keys",
                   .permission = Permission::manage,
                   .doc = {.tag = tag,
                           .summary = "List the project's keys, revoked ones among them",
                           .answer = projects::example_list(one)},
                   .read = list});
    out.push_back({.method = Method::get,
                   .pattern = "/v1/keys/{keyId}",
                   .permission = Permission::manage,
                   .doc = {.tag = tag, .summary = "Get a key", .answer = one},
                   .read = get});
    out.push_back(
        {.method = Method::post,
         .pattern = "/v1/keys",
         .permission = Permission::manage,
         .doc = {.tag = tag,
                 .summary = "Create a key; the answer shows its token, once",
                 .body = R"({"name":"till 1","type":"SERVER","role":"USER","expires_at":null})",
                 .answer = with_token},
         .write = create});
    out.push_back({.method = Method::put,
                   .pattern = "/v1/keys/{keyId}",
                   .permission = Permission::manage,
                   .doc = {.tag = tag,
                           .summary = "Change a key's name, role or end",
                           .body = R"({"name":"till 1","role":"MERCHANT"})",
                           .answer = one},
                   .write = change});
    out.push_back(
        {.method = Method::post,
         .pattern = "/v1/keys/{keyId}/rotate",
         .permission = Permission::manage,
         .doc = {.tag = tag,
                 .summary = "A new token, shown once; the old one is good until the time you set, "
                            "for a day when you set none",
                 .body = R"({})",
                 .answer = with_token},
         .write = rotate});
    out.push_back({.method = Method::delete_,
                   .pattern = "/v1/keys/{keyId}",
                   .permission = Permission::manage,
                   .doc = {.tag = tag, .summary = "Revoke a key, at once"},
                   .write = revoke});
    return out;
}

projects::Routes routes() {
    projects::Routes out = oauth_routes();
    for (projects::Route& route : keys_routes()) out.push_back(std::move(route));
    for (projects::Route& route : project_routes()) out.push_back(std::move(route));
    return out;
}

}  // namespace perennial::access
