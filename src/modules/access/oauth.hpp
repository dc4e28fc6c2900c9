// Bearer tokens: a key lends what it may do, or less, for a quarter of an hour.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "modules/projects/model.hpp"
#include "platform/db/database.hpp"

namespace perennial::access {

inline constexpr std::int64_t token_lifetime_ms = 15 * minute_ms;
inline constexpr std::int64_t live_tokens_max = 1000;  ///< of a project

struct Token {
    projects::ProjectNumber project = 0;
    std::string app_id;  ///< the key that lends
    std::string scope;   ///< words between spaces
    Timestamp created_at;
    Timestamp expires_at;
    std::optional<Timestamp> revoked_at;

    bool is_live(Timestamp now) const { return !revoked_at && expires_at > now; }
};

/// The text of a new token; only its hash is stored.
std::string create_token(db::Tx&, const Token&);
std::optional<Token> find_token(db::Tx&, std::string_view hash);
/// Of one project only. False when there is no such live token.
bool revoke_token(db::Tx&, projects::ProjectNumber, std::string_view hash, Timestamp now);
std::int64_t count_live_tokens(db::Tx&, projects::ProjectNumber, Timestamp now);
void forget_old_tokens(db::Tx&, projects::ProjectNumber, Timestamp now);

/// The words of a scope, each once, in the order sent; refuses (invalid_scope) unknown ones and none.
Result<std::vector<std::string>> parse_scope(std::string_view text);
/// True when one of the words opens this route of the router, as "/v1/orders/{orderId}".
bool scope_opens(std::string_view scope, std::string_view pattern);
/// All words, for the docs.
std::vector<std::string> scope_words();

}  // namespace perennial::access
