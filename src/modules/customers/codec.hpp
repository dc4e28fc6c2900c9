// A customer as JSON: of its own routes, and inside orders, events and redemptions.
#pragma once
#include <cstdint>

#include "base/json.hpp"
#include "modules/customers/model.hpp"

namespace perennial::customers {

/// A body's words about a customer. Null clears a field (but not the metadata, which merges key by
/// key and keeps nulls as values); an empty source_id counts as absent. E-mail and phone are only
/// text: what the shop knows is stored as it is. A reader of `customer: null` reads a change that
/// names nobody.
Change read_change(JsonReader& body);

/// The `loyalty` property of a customer who holds `points` in all cards and nothing more to tell.
json::object loyalty_json(std::int64_t points);

/// The whole object. `loyalty` comes from higher ranks: {points, referred_customers, campaigns,
/// redeemed_points?}; its points also stand in the summary.
json::object to_json(const Customer&, json::object loyalty);
inline json::object to_json(const Customer& customer, std::int64_t points) {
    return to_json(customer, loyalty_json(points));
}

/// Inside other objects: {id, name, email, source_id, metadata, object}.
json::object embedded_json(const Customer&);

/// The metadata as an object; {} when there is none.
json::object metadata_of(const Customer&);

}  // namespace perennial::customers
