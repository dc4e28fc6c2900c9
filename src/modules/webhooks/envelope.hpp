#pragma once
#include <string>

#include "modules/webhooks/model.hpp"
#include "modules/webhooks/store.hpp"
#include "modules/webhooks/subscriptions.hpp"
#include "platform/net/http_sender.hpp"

namespace perennial::webhooks {

/// The body of a delivery (api.md 15), the same bytes at every attempt. `event.sequence` grows with
/// each event of a customer, not always by one; null for events that are nobody's.
std::string envelope(const projects::ProjectId&, const Delivery&, const StoredEvent&,
                     std::string_view target_url);

/// The request with its signatures. `webhook-id` is the delivery's id: the same at every attempt.
net::Outgoing outgoing(const Target&, const Delivery&, std::string body, Timestamp now);

}  // namespace perennial::webhooks
