// The facts of the tests: a shop's order and customer, as structs and read from JSON.
#pragma once
#include <boost/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "cel/environment.hpp"
#include "cel/fact.hpp"

namespace perennial::cel {

struct Item {
    std::string category;
    std::string sku;
    std::int64_t quantity = 1;
    Money price;
    std::vector<std::string> tags;
};

struct Address {
    std::string city;
};

struct Customer {
    std::string tier;
    std::optional<Timestamp> birthday;
    std::optional<std::int64_t> visits;
    bool is_member = false;
    std::optional<Address> address;
    double score = 0;
    boost::json::object metadata;
};

struct Order {
    Money amount;
    std::vector<Item> items;
    std::optional<std::string> coupon;
    Timestamp created_at;
    boost::json::object metadata;
};

inline const StructType item_type{"item",
                                  {field<&Item::category>("category"), field<&Item::sku>("sku"),
                                   field<&Item::quantity>("quantity"), field<&Item::price>("price"),
                                   field<&Item::tags>("tags")}};
inline const StructType address_type{"address", {field<&Address::city>("city")}};
inline const StructType customer_type{
    "customer",
    {field<&Customer::tier>("tier"),
     field<&Customer::birthday>("birthday"),
     field<&Customer::visits>("visits"),
     field<&Customer::is_member>("is_member"),
     struct_field<&Customer::address, address_type>("address"),
     {"score", Kind::floating,
      [](const void* object) {
          return Value::floating(static_cast<const Customer*>(object)->score);
      }},
     field<&Customer::metadata>("metadata")}};
inline const StructType order_type{"order",
                                   {field<&Order::amount>("amount"),
                                    list_field<&Order::items, item_type>("items", 500),
                                    field<&Order::coupon>("coupon"),
                                    field<&Order::created_at>("created_at"),
                                    field<&Order::metadata>("metadata")}};

inline Environment shop_environment() {
    Environment environment;
    environment.add("order", order_type);
    environment.add("customer", customer_type);
    environment.add("now", Kind::timestamp);
    return environment;
}

/// `{"order": {"amount": 5000, "items": [{"category": "perfume"}]}, "customer": {"tier": "gold"}}`.
struct Shop {
    Order order;
    Customer customer;
    Timestamp now = *Timestamp::parse("2024-07-23T19:38:38Z");
    bool has_order = true;

    std::vector<Value> variables() const {
        return {has_order ? Value::structure(&order, order_type) : Value(),
                Value::structure(&customer, customer_type), Value::timestamp(now)};
    }

    static Shop from(const boost::json::object& json) {
        const auto text = [](const boost::json::object& of, std::string_view name) {
            const auto* value = of.if_contains(name);
            return value ? std::string(value->as_string()) : std::string();
        };
        const auto number = [](const boost::json::object& of, std::string_view name,
                               std::int64_t otherwise) {
            const auto* value = of.if_contains(name);
            return value ? value->to_number<std::int64_t>() : otherwise;
        };
        Shop shop;
        if (const auto* given = json.if_contains("order")) {
            shop.has_order = given->is_object();
            const boost::json::object order = given->is_object() ? given->as_object() : boost::json::object();
            shop.order.amount = Money(number(order, "amount", 0));
            shop.order.created_at = Timestamp::parse(text(order, "created_at")).value_or(shop.now);
            if (order.contains("coupon")) shop.order.coupon = text(order, "coupon");
            if (const auto* metadata = order.if_contains("metadata"))
                shop.order.metadata = metadata->as_object();
            if (const auto* items = order.if_contains("items"))
                for (const auto& item : items->as_array()) {
                    const auto& from = item.as_object();
                    shop.order.items.push_back({text(from, "category"), text(from, "sku"),
                                                number(from, "quantity", 1),
                                                Money(number(from, "price", 0)),
                                                {}});
                    if (const auto* tags = from.if_contains("tags"))
                        for (const auto& tag : tags->as_array())
                            shop.order.items.back().tags.emplace_back(tag.as_string());
                }
        }
        if (const auto* given = json.if_contains("customer")) {
            const auto& customer = given->as_object();
            shop.customer.tier = text(customer, "tier");
            shop.customer.birthday = Timestamp::parse(text(customer, "birthday"));
            if (customer.contains("visits")) shop.customer.visits = number(customer, "visits", 0);
            if (customer.contains("city")) shop.customer.address = Address{text(customer, "city")};
            shop.customer.is_member = number(customer, "is_member", 0) != 0;
            if (const auto* score = customer.if_contains("score"))
                shop.customer.score = score->to_number<double>();
            if (const auto* metadata = customer.if_contains("metadata"))
                shop.customer.metadata = metadata->as_object();
        }
        return shop;
    }
};

}  // namespace perennial::cel
