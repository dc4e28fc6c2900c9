// The webhook object: what is stored as a definition, and its JSON.
#pragma once
#include <string>
#include <vector>

#include "base/json.hpp"
#include "modules/projects/model.hpp"
#include "modules/webhooks/model.hpp"

namespace perennial::webhooks {

/// The secret lies in the definition as it is: the server has to sign with it. Whoever can read the
/// database file can forge this project's webhooks, and knows much worse things besides.
struct Webhook {
    WebhookId id = {};
    std::string target_url = {};
    std::vector<std::string> events = {};  ///< as the client spelt them
    bool active = true;
    std::string secret = {};
    /// After a rotation: until then deliveries carry a signature by the old secret, too.
    std::string previous_secret = {};
    std::optional<Timestamp> previous_until = {};
    /// Set when its deliveries failed for days; gone when it is switched on again.
    std::optional<Timestamp> disabled_at = {};
};

Webhook read_webhook(const projects::Definition&);
json::object to_doc(const Webhook&);

/// What a body says. Absent: leave as it is, or the default.
struct WebhookChange {
    std::optional<std::string> target_url = {};
    std::optional<std::vector<std::string>> events = {};
    std::optional<bool> active = {};
};

/// Refuses (invalid_payload, all issues): a bad or missing target_url, unknown event types (each
/// named), a missing or empty list of events. Nothing is missing when `all_optional`.
Result<WebhookChange> parse_change(std::string_view body, bool all_optional);
void apply(const WebhookChange&, Webhook&);

/// The API's object; the secret only when it is just made.
json::object to_json(const projects::Definition&, bool with_secret = false);

/// "whsec_" + base64 of 24 random bytes.
std::string make_secret();

}  // namespace perennial::webhooks
