#include "modules/access/oauth.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "modules/access/errors.hpp"
#include "modules/projects/store.hpp"

namespace perennial::access {
namespace {

struct Scope {
    std::string_view word;
    std::string_view prefix;  ///< of the routes that it opens
};

// `api` opens all of /v1 that the lending key may, `client_api` all of /client/v1; a resource's word
// opens the routes below it, with "client_" in front those of the client side.
constexpr std::array scopes{
    Scope{"api", "/v1"},
    Scope{"async_actions", "/v1/async-actions"},
    Scope{"campaigns", "/v1/campaigns"},
    Scope{"categories", "/v1/categories"},
    Scope{"consents", "/v1/consents"},
    Scope{"customers", "/v1/customers"},
    Scope{"events", "/v1/events"},
    Scope{"exports", "/v1/exports"},
    Scope{"locations", "/v1/locations"},
    Scope{"loyalties", "/v1/loyalties"},
    Scope{"metadata_schemas", "/v1/metadata-schemas"},
    Scope{"orders", "/v1/orders"},
    Scope{"product_collections", "/v1/product-collections"},
    Scope{"products", "/v1/products"},
    Scope{"promotions", "/v1/promotions"},
    Scope{"publications", "/v1/publications"},
    Scope{"qualifications", "/v1/qualifications"},
    Scope{"redemptions", "/v1/redemptions"},
    Scope{"referrals", "/v1/referrals"},
    Scope{"rewards", "/v1/rewards"},
    Scope{"segments", "/v1/segments"},
    Scope{"skus", "/v1/skus"},
    Scope{"templates", "/v1/templates"},
    Scope{"trash_bin", "/v1/trash-bin"},
    Scope{"validation_rules", "/v1/validation-rules"},
    Scope{"validations", "/v1/validations"},
    Scope{"vouchers", "/v1/vouchers"},
    Scope{"client_api", "/client/v1"},
    Scope{"client_consents", "/client/v1/consents"},
    Scope{"client_customers", "/client/v1/customers"},
    Scope{"client_events", "/client/v1/events"},
    Scope{"client_promotions", "/client/v1/promotions"},
    Scope{"client_publications", "/client/v1/publish"},
    Scope{"client_qualifications", "/client/v1/qualifications"},
    Scope{"client_redemptions", "/client/v1/redemptions"},
    Scope{"client_validations", "/client/v1/validations"},
    Scope{"client_vouchers", "/client/v1/vouchers"},
};

const Scope* find_scope(std::string_view word) {
    std::string plain(word);
    std::ranges::replace(plain, '-', '_');
    const auto found = std::ranges::find(scopes, std::string_view(plain), &Scope::word);
    return found == scopes.end() ? nullptr : &*found;
}

bool lies_below(std::string_view pattern, std::string_view prefix) {
    return pattern.starts_with(prefix) &&
           (pattern.size() == prefix.size() || pattern[prefix.size()] == '/');
}

template <class Visit>
void each_word(std::string_view text, Visit visit) {
    while (!text.empty()) {
        const auto space = text.find(' ');
        if (space != 0) visit(text.substr(0, space));
        text.remove_prefix(space == std::string_view::npos ? text.size() : space + 1);
    }
}

}  // namespace

std::string create_token(db::Tx& tx, const Token& token) {
    std::string text = projects::make_token();
    const std::string hash = projects::hash_token(text);
    tx.execute(
        "INSERT INTO oauth_tokens (token_hash, project, app_id, scope, created_at, expires_at, "
        "revoked_at) VALUES (?, ?, ?, ?, ?, ?, NULL)",
        {db::Value::blob(hash), token.project, token.app_id, token.scope, token.created_at,
         token.expires_at});
    return text;
}

std::optional<Token> find_token(db::Tx& tx, std::string_view hash) {
    std::optional<Token> out;
    tx.query(
        "SELECT project, app_id, scope, created_at, expires_at, revoked_at FROM oauth_tokens WHERE "
        "token_hash = ?",
        {db::Value::blob(hash)}, [&](const db::Row& row) {
            out = Token{static_cast<projects::ProjectNumber>(row.integer(0)),
                        std::string(row.text(1)),
                        std::string(row.text(2)),
                        row.time(3),
                        row.time(4),
                        row.time_or_null(5)};
        });
    return out;
}

bool revoke_token(db::Tx& tx, projects::ProjectNumber project, std::string_view hash,
                  Timestamp now) {
    return tx.execute(
               "UPDATE oauth_tokens SET revoked_at = ? WHERE token_hash = ? AND project = ? AND "
               "revoked_at IS NULL AND expires_at > ?",
               {now, db::Value::blob(hash), project, now}) == 1;
}

std::int64_t count_live_tokens(db::Tx& tx, projects::ProjectNumber project, Timestamp now) {
    std::int64_t count = 0;
    tx.query(
        "SELECT count(*) FROM oauth_tokens WHERE project = ? AND expires_at > ? AND revoked_at IS "
        "NULL",
        {project, now}, [&](const db::Row& row) { count = row.integer(0); });
    return count;
}

void forget_old_tokens(db::Tx& tx, projects::ProjectNumber project, Timestamp now) {
    tx.execute("DELETE FROM oauth_tokens WHERE project = ? AND expires_at <= ?",
               {project, Timestamp{now.ms - day_ms}});
}

Result<std::vector<std::string>> parse_scope(std::string_view text) {
    std::vector<std::string> out;
    std::string unknown;
    each_word(text, [&](std::string_view word) {
        const Scope* scope = find_scope(word);
        if (scope == nullptr)
            unknown += fmt::format("{}{}", unknown.empty() ? "" : ", ", word.substr(0, 64));
        else if (std::ranges::find(out, scope->word) == out.end())
            out.emplace_back(scope->word);
    });
    if (!unknown.empty())
        return refuse(error::invalid_scope,
                      fmt::format("Unknown: {}; there are: {}", unknown,
                                  fmt::join(scope_words(), " ")));
    if (out.empty())
        return refuse(error::invalid_scope,
                      "Say in `scope` what the token is for, as api or orders customers");
    return out;
}

bool scope_opens(std::string_view scope, std::string_view pattern) {
    bool opens = false;
    each_word(scope, [&](std::string_view word) {
        const Scope* known = find_scope(word);
        opens = opens || (known != nullptr && lies_below(pattern, known->prefix));
    });
    return opens;
}

std::vector<std::string> scope_words() {
    std::vector<std::string> out;
    for (const Scope& scope : scopes) out.emplace_back(scope.word);
    return out;
}

}  // namespace perennial::access
