#pragma once
#include <optional>
#include <string>
#include <vector>

#include "base/id.hpp"
#include "base/json.hpp"
#include "base/time.hpp"
#include "base/value.hpp"
#include "modules/customers/model.hpp"
#include "modules/projects/model.hpp"

#include <boost/json.hpp>

namespace perennial::orders {

struct OrderTag {
    static constexpr std::string_view prefix = "ord_";
};
struct ItemTag {
    static constexpr std::string_view prefix = "ordli_";
};
using OrderId = Id<OrderTag>;
using ItemId = Id<ItemTag>;

/// Numbers are stored: never renumber.
enum class Status : std::uint8_t { created = 1, paid = 2, canceled = 3, fulfilled = 4 };
std::string_view status_name(Status);
std::optional<Status> status_from(std::string_view);
/// PAID and FULFILLED: the order counts and has earned.
inline bool counts(Status s) { return s == Status::paid || s == Status::fulfilled; }

/// One line. Amounts in minor units.
struct Item {
    ItemId id;
    std::string source_id;
    std::string product_id;         ///< as sent or resolved: "prod_…" or empty
    std::string sku_id;             ///< "sku_…" or empty
    std::string product_source_id;  ///< the shop's own
    std::string sku_source_id;
    std::string name;
    std::int64_t quantity = 1;
    std::int64_t returned_quantity = 0;
    Money price;   ///< a piece
    Money amount;  ///< of the line, as bought: price * quantity unless sent
    Money discount_amount;
    json::object product;   ///< as sent in `product`
    json::object sku;       ///< as sent in `sku`
    json::object metadata;
    /// "pc_…" of the collections it belonged to when it was bought; only where rules ask.
    std::vector<std::string> collections;
    std::int64_t line = 0;  ///< line of the import's file; 0 = not imported

    std::int64_t quantity_left() const { return quantity - returned_quantity; }
    /// The line's amount for what was not returned, rounded half up.
    Money amount_left() const;
};

/// Points that an order gave: enough to take them back under the same rule (decisions.md 16).
struct Award {
    RawId card;
    RawId program;
    RawId rule;
    std::uint32_t lot = 0;
    Points points;      ///< as decided
    Points taken_back;  ///< by returns so far, whatever it was taken from
    RawId entry;        ///< of the accrual
    std::optional<Timestamp> expires_at;  ///< of the lot
};

/// What was decided when the order became PAID; explain recomputes the trace from it.
struct Decision {
    std::int64_t definitions = 0;  ///< project version
    int engine = 0;                ///< earning::engine_version
    Timestamp at;                  ///< business time of the decision
    json::object facts;            ///< facts read that are not the order's own: customer, context
    std::vector<Award> awards;
};

struct Order {
    projects::ProjectNumber project = 0;
    OrderId id;
    std::optional<std::string> source_id;
    customers::CustomerId customer;  ///< nil = none
    OrderId previous;                ///< the customer's order before this one
    Status status = Status::created;
    Money amount;           ///< before discounts, as bought
    Money discount_amount;  ///< of order and items
    Money returned_amount;  ///< of returned lines
    std::vector<Item> items;
    json::object metadata;
    std::optional<Decision> decision;
    Timestamp created_at;  ///< business time
    std::optional<Timestamp> updated_at;
    std::optional<Timestamp> paid_at;
    std::int64_t version = 0;

    Money total_amount() const { return amount - discount_amount; }
    /// What counts for the customer's sums and for tiers by spend.
    Money kept_amount() const { return amount - discount_amount - returned_amount; }
};

/// Items and decision as stored JSON text.
std::string items_text(const std::vector<Item>&);
std::vector<Item> items_from_text(std::string_view);
std::string decision_text(const Decision&);
Decision decision_from_text(std::string_view);

}  // namespace perennial::orders
