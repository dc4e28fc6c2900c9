// What rules see: typed structs behind CEL's names `customer`, `order`, `event`, `card`, `context`.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "base/time.hpp"
#include "cel/environment.hpp"
#include "cel/value.hpp"

#include <boost/json.hpp>

namespace perennial::earning {

struct ItemFacts {
    std::string_view product_id;         ///< "prod_…", or empty
    std::string_view sku_id;             ///< "sku_…", or empty
    std::string_view product_source_id;  ///< the shop's own
    std::string_view sku_source_id;
    std::string_view name;
    std::string_view category;  ///< product metadata `category`, or empty
    std::int64_t quantity = 0;
    std::int64_t price = 0;   ///< minor units a piece
    std::int64_t amount = 0;  ///< minor units of the line
    std::int64_t subtotal_amount = 0;  ///< after the line's discounts
    std::string_view line_type;  ///< "SHIPPING", "GIFT_CARD", "TAX", or empty for goods
    std::int64_t tax_amount = 0;  ///< of the line's amount, when its metadata say
    json::object metadata;
    const std::vector<std::string>* collections = nullptr;  ///< "pc_…"; not named in expressions
};

struct OrderFacts {
    std::string_view id;
    std::string_view source_id;
    std::string_view status;
    std::int64_t amount = 0;          ///< minor units, before discounts
    std::int64_t discount_amount = 0;
    std::int64_t total_amount = 0;    ///< after discounts
    std::int64_t tax_amount = 0;      ///< of the amount, when metadata of items or order say
    std::vector<ItemFacts> items;
    json::object metadata;
    Timestamp created_at;
};

struct CustomerFacts {
    std::string_view id;
    std::string_view source_id;
    std::string_view name;
    std::string_view email;
    std::string_view tier;  ///< name of the tier in the rule's program before this order; or empty
    json::object benefits;  ///< of that tier: name -> value (true when it has none)
    std::int64_t points = 0;  ///< spendable, in the rule's program, before this order
    std::int64_t orders_count = 0;   ///< PAID orders before this one
    std::int64_t orders_amount = 0;  ///< minor units, before this one
    std::optional<Timestamp> last_order_at;
    std::string_view birthdate;  ///< "YYYY-MM-DD", or empty
    std::string_view country;
    std::string_view city;
    json::object metadata;
    Timestamp created_at;
};

struct EventFacts {
    std::string_view name;
    json::object metadata;
};

struct ContextFacts {
    Timestamp now;
    std::int64_t local_hour = 0;     ///< 0 to 23 in the project's zone
    std::int64_t local_weekday = 0;  ///< 0 = Sunday
    std::string_view local_date;     ///< "YYYY-MM-DD"
    std::string_view channel;
};

/// The slots of a rule's expression.
enum Slot : std::uint32_t { slot_customer, slot_order, slot_event, slot_context, slot_count };

/// What may be named in rules of orders (customer, order, context) and of events (customer, event,
/// context); the others are null there and using them is a mistake of checking.
const cel::Environment& order_environment();
const cel::Environment& event_environment();
const cel::Environment& tier_environment();
/// Of days of the year, which come without a look at the person: `customer` has tier and points.
const cel::Environment& day_environment();

extern const cel::StructType item_type;
extern const cel::StructType order_type;
extern const cel::StructType customer_type;
extern const cel::StructType customer_of_a_day_type;
extern const cel::StructType event_type;
extern const cel::StructType context_type;

}  // namespace perennial::earning
