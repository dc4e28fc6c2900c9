#pragma once
#include <algorithm>
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

/// What a line is, for rules that leave some kinds out. From `metadata.line_type` of the item, else of
/// its product; the product prod_5h1pp1ng is shipping. Numbers are stored: never renumber.
enum class LineType : std::uint8_t { goods = 0, shipping = 1, gift_card = 2, tax = 3 };
std::string_view line_type_name(LineType);  ///< "SHIPPING"; "" for goods
/// Of the metadata of an item or product; goods for what says nothing.
LineType line_type_of(const json::object& metadata);
/// By product (the shop's own id or ours), as the compatible API has it for free shipping.
inline constexpr std::string_view shipping_product = "prod_5h1pp1ng";

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
    LineType type = LineType::goods;
    std::int64_t line = 0;  ///< line of the import's file; 0 = not imported

    std::int64_t quantity_left() const { return std::max<std::int64_t>(0, quantity - returned_quantity); }
    /// A return that came before its line did (quantity 0): it waits for it.
    bool waits() const { return quantity == 0 && returned_quantity > 0; }
    /// The line's amount for so many pieces, rounded half up.
    Money amount_of(std::int64_t pieces) const;
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
    Points taken_expired;  ///< of that, what counted as taken because it had expired
    Points taken_by_hand;  ///< of that, what somebody had taken by hand while it pended
    RawId entry;        ///< of the accrual
    std::optional<Timestamp> expires_at;  ///< of the lot
    /// Where the points were before cards became one: what became of them there stands in those chains.
    struct Place {
        RawId card;
        std::uint32_t lot = 0;
    };
    std::vector<Place> before;
};

/// Points that a limit did not let through, for explain.
struct Cut {
    RawId program;
    RawId rule;
    Points wanted;
    Points given;
    std::string limit;  ///< "rule.per_day", "program.budget" …
};

/// What was decided when the order became PAID; explain recomputes the trace from it.
struct Decision {
    std::int64_t definitions = 0;  ///< project version
    int engine = 0;                ///< earning::engine_version
    Timestamp at;                  ///< business time of the decision
    /// By item: what had been returned before; the decision is about the rest. Empty = nothing.
    std::vector<std::int64_t> returned;
    /// A program that the customer joined later and that claimed the order: under its rules of then,
    /// as of the time of the order.
    struct Claim {
        RawId program;
        std::int64_t definitions = 0;
        int engine = 0;
        Timestamp at;          ///< that rules look at
        Timestamp claimed_at;  ///< when it counted
        std::vector<std::int64_t> returned;
    };
    std::vector<Claim> claims;
    /// What the program decided under: its claim, or the decision itself.
    Claim under(const RawId& program) const;

    json::object facts;            ///< facts read that are not the order's own: customer, context
    std::vector<Award> awards;
    std::vector<Cut> cuts;
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

    /// Made for a return that came first; the order itself is not known yet.
    bool awaited() const {
        return !items.empty() && std::ranges::all_of(items, &Item::waits);
    }
    /// The share of the total that is gone with returned lines; the discount shrinks with it, so that
    /// returning all gives all back.
    Money amount_returned() const;
    std::vector<std::int64_t> returned_by_item() const;  ///< empty = nothing was returned

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
