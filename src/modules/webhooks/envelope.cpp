#include "modules/webhooks/envelope.hpp"

#include <boost/json.hpp>

#include "base/json.hpp"
#include "modules/webhooks/signature.hpp"

namespace perennial::webhooks {

std::string envelope(const projects::ProjectId& project, const Delivery& delivery,
                     const StoredEvent& event, std::string_view target_url) {
    json::object origin = json::parse(event.origin).as_object();
    json::object about{{"id", delivery.event.text()},
                       {"type", event.type},
                       {"created_at", event.happened_at.iso()},
                       {"sequence", delivery.sequence == 0 ? json::value()
                                                           : json::value(delivery.sequence)}};
    for (auto& [key, value] : origin) about[key] = std::move(value);
    std::string out = to_text(json::object{{"id", delivery.id.text()},
                                           {"project_id", project.text()},
                                           {"created_at", delivery.created_at.iso()},
                                           {"type", event.type}});
    out.pop_back();
    out += ",\"data\":";
    out += event.data;
    out += ",\"source\":";
    out += to_text(json::object{{"id", delivery.webhook.text()},
                                {"object", "webhook"},
                                {"target_url", target_url}});
    out += ",\"event\":";
    out += to_text(about);
    out += '}';
    return out;
}

net::Outgoing outgoing(const Target& target, const Delivery& delivery, std::string body,
                       Timestamp now) {
    const std::string id = delivery.id.text();
    net::Outgoing request;
    request.url = target.url;
    std::string signatures = standard_signature(target.secret, id, now, body);
    if (target.previous_until && now < *target.previous_until)
        signatures += " " + standard_signature(target.previous_secret, id, now, body);
    request.headers = {
        {"Content-Type", "application/json"},
        {"x-voucherify-signature", body_signature(target.secret, body)},
        {"webhook-id", id},
        {"webhook-timestamp", std::to_string(now.ms / 1000)},
        {"webhook-signature", std::move(signatures)},
    };
    request.body = std::move(body);
    return request;
}

}  // namespace perennial::webhooks
