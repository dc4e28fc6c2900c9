#include "modules/webhooks/delivery_json.hpp"

#include <array>
#include <boost/json.hpp>

namespace perennial::webhooks {
namespace {

constexpr std::array<std::string_view, 5> state_names{"WAITING", "PARKED", "DELIVERED", "DEAD",
                                                      "CANCELED"};

}  // namespace

std::string_view name_of(DeliveryState state) {
    return state_names[static_cast<std::size_t>(state)];
}

std::optional<DeliveryState> delivery_state_from(std::string_view name) {
    for (std::size_t i = 0; i < state_names.size(); ++i)
        if (state_names[i] == name) return static_cast<DeliveryState>(i);
    return std::nullopt;
}

json::object to_json(const Delivery& d, const StoredEvent* event) {
    const bool is_pending = d.state < DeliveryState::delivered;
    const auto time_or_null = [](const std::optional<Timestamp>& time) {
        return time ? json::value(time->iso()) : json::value();
    };
    return {{"id", d.id.text()},
            {"webhook_id", d.webhook.text()},
            {"event_id", d.event.text()},
            {"type", event == nullptr ? json::value() : json::value(event->type)},
            {"state", name_of(d.state)},
            {"attempts", d.attempts},
            {"last_status", d.last_status ? json::value(*d.last_status) : json::value()},
            {"last_error",
             d.last_error.empty() ? json::value() : json::value(json::string(d.last_error))},
            {"last_attempt_at", time_or_null(d.last_at)},
            {"next_attempt_at", is_pending ? json::value(d.next_at.iso()) : json::value()},
            {"created_at", d.created_at.iso()},
            {"object", "webhook_delivery"}};
}

}  // namespace perennial::webhooks
