#include "modules/access/oauth_routes.hpp"

#include <fmt/format.h>

#include <boost/json.hpp>

#include "modules/access/errors.hpp"
#include "modules/access/oauth.hpp"
#include "modules/projects/store.hpp"

namespace perennial::access {
namespace {

using projects::Actor;
using projects::Command;
using projects::Context;
using projects::Permission;
using projects::ProjectNumber;

/// The body as a form; one that is empty has no fields.
Result<http::Query> read_form(const http::Request& request) {
    const auto type = request.headers.find("Content-Type").value_or("");
    if (type.starts_with("application/json"))
        return refuse(error::invalid_payload,
                      "Send a form: Content-Type: application/x-www-form-urlencoded");
    auto form = http::Query::parse(request.body);
    if (!form) return refuse(error::invalid_payload, form.error().details);
    return form;
}

Result<std::string> token_of(const http::Request& request) {
    TRY(form, read_form(request));
    const auto token = form.text("token");
    if (!token || token->empty())
        return refuse(error::missing_param, "Say in `token` which token is meant");
    return std::string(*token);
}

json::object token_json(const Token& token, Timestamp now) {
    return {{"token_type", "Bearer"},
            {"expires_in", std::max<std::int64_t>(0, (token.expires_at.ms - now.ms) / 1000)},
            {"expires_at", token.expires_at.ms / 1000},
            {"scope", token.scope},
            {"client_id", token.app_id}};
}

Command alone(std::function<Result<http::Response>(const Context&)> run) {
    Command command;
    command.alone = true;
    command.tells_secret = true;
    command.run = std::move(run);
    return command;
}

http::Response answer(const json::object& body) {
    http::Response response = http::json_response(to_text(body));
    response.headers.push_back({"Cache-Control", "no-store"});
    return response;
}

// Refuses: invalid_grant_type, invalid_scope; then too_many_requests (1000 live tokens).
Result<Command> grant(const http::Request& request, ProjectNumber, const Actor& actor) {
    TRY(form, read_form(request));
    if (form.text("grant_type") != "client_credentials")
        return refuse(error::invalid_grant_type, "grant_type must be client_credentials");
    TRY(words, parse_scope(form.text("scope").value_or("")));
    std::string scope;
    for (const std::string& word : words) scope += (scope.empty() ? "" : " ") + word;
    return alone([scope, app_id = actor.app_id](const Context& context) -> Result<http::Response> {
        const Timestamp now = context.batch.machine_now;
        forget_old_tokens(context.batch.tx, context.project, now);
        if (count_live_tokens(context.batch.tx, context.project, now) >= live_tokens_max)
            return refuse(error::too_many_requests,
                          fmt::format("A project has at most {} live tokens: use one until it ends",
                                      live_tokens_max));
        const Token token{context.project, app_id, scope, now, now + token_lifetime_ms, {}};
        json::object out{{"access_token", create_token(context.batch.tx, token)}};
        for (auto& [key, value] : token_json(token, now)) out[key] = value;
        return answer(out);
    });
}

Result<Command> introspect(const http::Request& request, ProjectNumber, const Actor&) {
    TRY(text, token_of(request));
    return alone([text](const Context& context) -> Result<http::Response> {
        const Timestamp now = context.batch.machine_now;
        const auto token = find_token(context.batch.tx, projects::hash_token(text));
        // Another project's token is no token here.
        if (!token || token->project != context.project || !token->is_live(now))
            return answer({{"active", false}});
        json::object out{{"active", true}};
        for (auto& [key, value] : token_json(*token, now)) out[key] = value;
        return answer(out);
    });
}

// An unknown token is revoked already: RFC 7009.
Result<Command> revoke(const http::Request& request, ProjectNumber, const Actor&) {
    TRY(text, token_of(request));
    Command command = alone([text](const Context& context) -> Result<http::Response> {
        revoke_token(context.batch.tx, context.project, projects::hash_token(text),
                     context.batch.machine_now);
        return http::no_content();
    });
    command.after = [] { projects::key_generation().fetch_add(1, std::memory_order_acq_rel); };
    return command;
}

constexpr const char* answer_example =
    R"({"access_token":"6c1f…","token_type":"Bearer","expires_in":900,"expires_at":1784712345,)"
    R"("scope":"orders customers","client_id":"4c1c…"})";

}  // namespace

projects::Routes oauth_routes() {
    projects::Routes out;
    out.push_back({.method = http::Method::post,
                   .pattern = "/v1/oauth/token",
                   .permission = Permission::read,
                   .doc = {.tag = "OAuth",
                           .summary = "Lend what the key may do, within a scope, for 15 minutes",
                           .body = "grant_type=client_credentials&scope=orders+customers",
                           .answer = answer_example},
                   .write = grant});
    out.push_back({.method = http::Method::post,
                   .pattern = "/v1/oauth/introspect",
                   .permission = Permission::read,
                   .doc = {.tag = "OAuth",
                           .summary = "Whether a token is good, and what for",
                           .body = "token=6c1f0d",
                           .answer = R"({"active":true,"token_type":"Bearer","expires_in":840,)"
                                     R"("expires_at":1784712345,"scope":"orders","client_id":"4c1c…"})"},
                   .write = introspect});
    out.push_back({.method = http::Method::post,
                   .pattern = "/v1/oauth/token/revoke",
                   .permission = Permission::read,
                   .doc = {.tag = "OAuth", .summary = "End a token now", .body = "token=6c1f0d"},
                   .write = revoke});
    return out;
}

}  // namespace perennial::access
