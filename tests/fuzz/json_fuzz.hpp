// One entry for all bodies: whatever the bytes are, every reader answers or refuses, and what it
// accepts can be written out again.
#pragma once
#include <string_view>

#include "app/flows/order_codec.hpp"
#include "modules/campaigns/codec.hpp"
#include "modules/customers/codec.hpp"
#include "modules/earning/codec.hpp"
#include "modules/rewards/codec.hpp"
#include "modules/tiers/codec.hpp"

namespace perennial::fuzz {

inline void run_json(std::string_view text) {
    auto body = parse_json(text);
    if (!body) return;
    {
        Issues issues;
        JsonReader reader(*body, issues);
        const flows::OrderInput in = flows::read_order(reader);
        if (issues.empty() && in.items) {
            orders::Order order;
            for (const flows::ItemInput& item : *in.items) order.items.push_back(item.item);
            const std::string stored = orders::items_text(order.items);
            CHECK(orders::items_text(orders::items_from_text(stored)) == stored);
            (void)to_text(flows::order_json(order, nullptr));
        }
    }
    {
        Issues issues;
        JsonReader reader(*body, issues);
        const customers::Change change = customers::read_change(reader);
        customers::Customer customer;
        if (issues.empty()) customers::apply(change, customer, Timestamp{0});
        (void)to_text(customers::to_json(customer, std::int64_t{0}));
    }
    (void)campaigns::read_program(*body);
    (void)earning::read_rule(*body);
    (void)rewards::read_reward(*body);
    (void)tiers::read_tier(*body);
}

}  // namespace perennial::fuzz
