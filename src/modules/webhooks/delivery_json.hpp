#pragma once
#include <optional>
#include <string_view>

#include "base/json.hpp"
#include "modules/webhooks/model.hpp"
#include "modules/webhooks/store.hpp"

namespace perennial::webhooks {

std::string_view name_of(DeliveryState);
std::optional<DeliveryState> delivery_state_from(std::string_view name);

/// `event` is null when it was removed by age.
json::object to_json(const Delivery&, const StoredEvent* event);

}  // namespace perennial::webhooks
