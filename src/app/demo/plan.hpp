// The life of the demo chain over eighteen months up to `now`, as a list of things to do through
// the product's own commands. Pure: the same seed and `now` give the same plan on every machine.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "app/demo/catalog_data.hpp"
#include "base/time.hpp"
#include "base/value.hpp"

namespace perennial::app::demo {

struct Address {
    std::string line_1;
    std::string city;
    std::string postal_code;
    std::string country;  ///< ISO 3166 alpha-2
};

struct Customer {
    std::string source_id;  ///< "M-100001", in the order of sign-up
    std::string name;
    std::string email;  ///< empty = not given
    std::string phone;  ///< empty = not given
    std::optional<Date> birthdate;
    Address address;
    std::string_view language;        ///< "en", "ro", "ru", "pt", "it"
    const Store* store = nullptr;     ///< where they joined; their usual one
    std::string_view joined_through;  ///< "till", "app", "web"
    bool email_consent = false;
    std::optional<std::size_t> referred_by;  ///< into Plan::customers, always an earlier one
};

struct Item {
    const Product* product = nullptr;
    const Sku* sku = nullptr;  ///< null where the product has one size
    int quantity = 1;
    Money price;  ///< of one
};

struct Order {
    std::string source_id;                ///< "POS-3-000123" or "WEB-000123"
    std::optional<std::size_t> customer;  ///< into Plan::customers; none = anonymous
    const Store* store = nullptr;         ///< null on the web
    bool paid_at_once = true;  ///< false: CREATED first; PayOrder or CancelOrder may follow
    std::string_view payment;  ///< "card", "cash", "phone", "bank_transfer"
    std::vector<Item> items;

    std::string_view channel() const { return store == nullptr ? "web" : "store"; }
    Money amount() const;
};

// What can happen. Indexes lead into Plan::customers and Plan::orders.

struct SignUp {
    std::size_t customer;
};
struct PlaceOrder {
    std::size_t order;
};
struct PayOrder {
    std::size_t order;
};
struct CancelOrder {
    std::size_t order;
};
struct ReturnedLine {
    std::size_t line;  ///< into Order::items
    int quantity;
};
struct ReturnItems {
    std::size_t order;
    std::vector<ReturnedLine> lines;
};
/// "app_installed", "review_written", "survey_completed", "friend_referred".
struct CustomEvent {
    using Value = std::variant<std::int64_t, std::string>;

    std::string_view name;
    std::size_t customer;
    std::vector<std::pair<std::string_view, Value>> metadata;
};
/// Wants the reward now; a few cannot pay for it and are refused, as at any till.
struct RedeemReward {
    std::size_t customer;
    std::string_view reward;  ///< its name in examples/demo/program.json
    std::int64_t points = 0;  ///< of a COIN reward; else 0
    /// A COIN reward pays for this order, which is CREATED and whose PayOrder comes next.
    std::optional<std::size_t> order;
};

struct Action {
    Timestamp at;
    std::variant<SignUp, PlaceOrder, PayOrder, CancelOrder, ReturnItems, CustomEvent, RedeemReward>
        what;
};

struct Plan {
    Timestamp from;
    Timestamp to;
    std::vector<Customer> customers;  ///< by sign-up
    std::vector<Order> orders;        ///< by time
    std::vector<Action> actions;      ///< by time; in this order they can be executed
};

/// `members` scales everything (tests want a small chain); at most 9,000.
Plan make_plan(std::uint64_t seed, Timestamp now, std::size_t members = 5000);

}  // namespace perennial::app::demo
