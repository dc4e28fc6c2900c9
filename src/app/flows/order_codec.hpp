// Orders as JSON (api.md 6.1).
#pragma once
#include "base/json.hpp"
#include "modules/catalog/store.hpp"
#include "modules/customers/codec.hpp"
#include "modules/orders/model.hpp"

namespace perennial::flows {

/// One item of a body, before the catalog is asked.
struct ItemInput {
    orders::Item item;
    bool has_price = false;
    bool has_amount = false;
    catalog::ItemNames names;  ///< with the overrides
    catalog::ProductChange product;
    catalog::SkuChange sku;
};

/// What a body says about an order. Absent fields leave a stored order as it is.
struct OrderInput {
    std::optional<orders::OrderId> id;
    std::string source_id;
    std::optional<orders::Status> status;
    std::optional<std::int64_t> amount;  ///< used when there are no items
    std::optional<std::int64_t> discount_amount;
    std::optional<std::vector<ItemInput>> items;
    std::optional<json::object> metadata;
    std::optional<Timestamp> created_at;  ///< imports only
    customers::Change customer;
};

inline constexpr std::size_t items_max = 500;

/// Collects all mistakes in the reader's issues.
OrderInput read_order(JsonReader& body);

/// `customer` may be null.
json::object order_json(const orders::Order&, const customers::Customer* customer);

}  // namespace perennial::flows
