#include "modules/webhooks/definition.hpp"

#include <sodium.h>

#include <boost/json.hpp>

#include "modules/webhooks/event_types.hpp"
#include "platform/net/http_sender.hpp"

namespace perennial::webhooks {
namespace {

constexpr std::size_t url_bytes_max = 2048;

std::vector<std::string> read_events(JsonReader& reader) {
    std::vector<std::string> out;
    const json::array* events = reader.array("events", event_type_count * 2);
    if (events == nullptr) return out;
    if (events->empty()) reader.wrong("events", "empty", "must name at least one event type");
    for (std::size_t i = 0; i < events->size(); ++i) {
        const json::value& item = (*events)[i];
        const std::string at = fmt::format("{}/events/{}", reader.pointer(), i);
        if (!item.is_string()) {
            reader.issues().add(at, "invalid_type", "must be a text");
        } else if (!event_type_from(item.as_string())) {
            reader.issues().add(
                at, "unknown_event",
                fmt::format("'{}' is no event type", std::string_view(item.as_string())));
        } else if (std::ranges::find(out, std::string_view(item.as_string())) == out.end()) {
            out.emplace_back(item.as_string());
        }
    }
    return out;
}

}  // namespace

Webhook read_webhook(const projects::Definition& definition) {
    const json::object& doc = definition.doc;
    Webhook webhook;
    webhook.id = WebhookId(definition.id);
    webhook.target_url = std::string_view(doc.at("target_url").as_string());
    for (const json::value& event : doc.at("events").as_array())
        webhook.events.emplace_back(event.as_string());
    webhook.active = doc.at("active").as_bool();
    webhook.secret = std::string_view(doc.at("secret").as_string());
    const auto text = [&](std::string_view name) {
        const json::value* value = doc.if_contains(name);
        return value == nullptr ? std::string() : std::string(value->as_string());
    };
    webhook.previous_secret = text("previous_secret");
    webhook.previous_until = Timestamp::parse(text("previous_until"));
    webhook.disabled_at = Timestamp::parse(text("disabled_at"));
    return webhook;
}

json::object to_doc(const Webhook& webhook) {
    json::array events;
    for (const std::string& event : webhook.events) events.emplace_back(event);
    json::object doc{{"target_url", webhook.target_url},
                     {"events", std::move(events)},
                     {"active", webhook.active},
                     {"secret", webhook.secret}};
    if (webhook.previous_until) {
        doc["previous_secret"] = webhook.previous_secret;
        doc["previous_until"] = webhook.previous_until->iso();
    }
    if (webhook.disabled_at) doc["disabled_at"] = webhook.disabled_at->iso();
    return doc;
}

Result<WebhookChange> parse_change(std::string_view body, bool all_optional) {
    TRY(value, parse_json(body.empty() ? "{}" : body));
    Issues issues;
    JsonReader reader(value, issues);
    WebhookChange change;
    change.target_url = reader.text("target_url", url_bytes_max);
    if (change.target_url)
        if (const auto problem = net::url_problem(*change.target_url))
            reader.wrong("target_url", "invalid_url", *problem);
    if (reader.has("events")) change.events = read_events(reader);
    change.active = reader.boolean("active");
    if (!all_optional) {
        reader.require("target_url");
        reader.require("events");
    }
    if (!issues.empty()) return issues.refuse();
    return change;
}

void apply(const WebhookChange& change, Webhook& webhook) {
    if (change.target_url) webhook.target_url = *change.target_url;
    if (change.events) webhook.events = *change.events;
    if (change.active) webhook.active = *change.active;
    if (webhook.active) webhook.disabled_at.reset();
}

json::object to_json(const projects::Definition& definition, bool with_secret) {
    json::object out{{"id", WebhookId(definition.id).text()},
                     {"target_url", definition.doc.at("target_url")},
                     {"events", definition.doc.at("events")},
                     {"active", definition.doc.at("active")}};
    if (with_secret) out["secret"] = definition.doc.at("secret");
    for (const std::string_view name : {"previous_until", "disabled_at"})
        if (const json::value* value = definition.doc.if_contains(name))
            out[name == "previous_until" ? "previous_secret_expires_at" : name] = *value;
    out["created_at"] = definition.created_at.iso();
    out["updated_at"] =
        definition.updated_at ? json::value(definition.updated_at->iso()) : json::value();
    out["object"] = "webhook";
    return out;
}

std::string make_secret() {
    std::array<unsigned char, 24> random{};
    randombytes_buf(random.data(), random.size());
    std::array<char, sodium_base64_ENCODED_LEN(24, sodium_base64_VARIANT_ORIGINAL)> text{};
    sodium_bin2base64(text.data(), text.size(), random.data(), random.size(),
                      sodium_base64_VARIANT_ORIGINAL);
    return std::string("whsec_") + text.data();
}

}  // namespace perennial::webhooks
