#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "base/id.hpp"
#include "base/time.hpp"
#include "modules/projects/model.hpp"
#include "platform/outbox/outbox.hpp"

namespace perennial::webhooks {

struct WebhookTag {
    static constexpr std::string_view prefix = "wh_";
};
using WebhookId = Id<WebhookTag>;

/// Numbers are stored: never renumber. Below `delivered` it is in the index of what is to be sent;
/// `waiting` in its customer's order, `parked` out of it.
enum class DeliveryState : std::uint8_t {
    waiting = 0,
    parked = 1,
    delivered = 2,
    dead = 3,      ///< all attempts used up
    canceled = 4,  ///< the webhook was deleted or switched off meanwhile
};

/// One event on its way to one webhook. All times are of the machine's clock.
struct Delivery {
    projects::ProjectNumber project = 0;
    outbox::DeliveryId id;
    outbox::EventId event;
    WebhookId webhook;
    RawId customer;             ///< nil: the event is nobody's and has no order
    std::int64_t sequence = 0;  ///< place in the customer's order
    DeliveryState state = DeliveryState::waiting;
    int attempts = 0;
    Timestamp next_at;       ///< due, or the end of the lease
    std::int64_t lease = 0;  ///< 0: nobody's
    std::optional<int> last_status;
    std::string last_error;
    std::optional<Timestamp> last_at;
    Timestamp created_at;

    /// Ordered ones are sent one after the other, customer by customer.
    bool is_ordered() const { return state == DeliveryState::waiting && !customer.is_nil(); }
};

/// The order of one customer's events to one webhook.
struct Lane {
    projects::ProjectNumber project = 0;
    WebhookId webhook;
    RawId customer;
    auto operator<=>(const Lane&) const = default;
};

}  // namespace perennial::webhooks
