#pragma once
#include <optional>
#include <string>
#include <vector>

#include "base/id.hpp"
#include "base/json.hpp"
#include "base/time.hpp"
#include "base/value.hpp"
#include "modules/projects/model.hpp"

namespace perennial::customers {

struct CustomerTag {
    static constexpr std::string_view prefix = "cust_";
};
using CustomerId = Id<CustomerTag>;

/// A customer's card in a program. Kept in the customer's row, which every command that touches a card
/// locks first: so there is never a second card of one program by accident.
struct CardRef {
    RawId program;
    RawId card;
};

/// The person known to the project. Personal data lies here and nowhere else (decisions.md 18).
struct Customer {
    projects::ProjectNumber project = 0;
    CustomerId id;
    std::optional<std::string> source_id;  ///< the shop's own id; unique, set once
    std::optional<std::string> name;
    std::optional<std::string> email;
    std::optional<std::string> phone;
    /// JSON text {description?, birthdate?, address?}; empty = nothing known.
    std::string profile;
    /// JSON text of an object; empty = {}.
    std::string metadata;
    std::vector<CardRef> cards;
    RawId last_order;  ///< newest of the chain over orders.previous, by business time
    RawId last_event;
    /// Merged into this customer, who answers for both ever after; nothing else of it is left.
    RawId merged_into;
    std::int64_t orders_count = 0;  ///< PAID and FULFILLED orders
    Money orders_amount;            ///< of those, after returns
    Money last_order_amount;
    std::optional<Timestamp> last_order_at;
    Timestamp created_at;
    std::optional<Timestamp> updated_at;
    std::int64_t version = 0;
    bool erased = false;  ///< nobody any more: only holds the ledger's cards

    const CardRef* card_of(const RawId& program) const {
        for (const CardRef& ref : cards)
            if (ref.program == program) return &ref;
        return nullptr;
    }
};

/// Absent: leave; null: clear; else set.
using TextPatch = std::optional<std::optional<std::string>>;

/// What a body says about a customer: of the customers' own routes, or inside an order or event.
/// Names the customer by id, or by source_id; a change with neither makes an anonymous new one
/// (POST /v1/customers) or none (orders).
struct Change {
    std::optional<CustomerId> id;
    std::string source_id;
    TextPatch name;
    TextPatch email;
    TextPatch phone;
    TextPatch description;
    TextPatch birthdate;
    std::optional<std::optional<json::object>> address;
    std::optional<json::object> metadata;  ///< merged key by key

    bool names_someone() const { return id.has_value() || !source_id.empty(); }
};

/// Takes what is personal out of the facts that a decision stored, by program: metadata, birthdate,
/// city and country. What is left decides returns and explains as before, but for rules that read those.
void erase_facts(json::object& facts);

/// Merges the change. True when something differs now.
bool apply(const Change&, Customer&, Timestamp now);

}  // namespace perennial::customers
