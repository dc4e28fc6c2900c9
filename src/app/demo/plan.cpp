#include "app/demo/plan.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "app/demo/life.hpp"

namespace perennial::app::demo {
namespace {

// Phone numbers are given out in steps of ten within five digits.
constexpr std::size_t members_max = 9000;
constexpr std::size_t unplaced = static_cast<std::size_t>(-1);

void tell_of_friends(Plan& plan, std::size_t customer, std::optional<Timestamp> first_order) {
    const Customer& joined = plan.customers[customer];
    if (!joined.referred_by || !first_order) return;
    const Timestamp at = *first_order + 5 * second_ms;
    if (at > plan.to) return;
    CustomEvent event{"friend_referred", *joined.referred_by, {{"friend", joined.source_id}}};
    plan.actions.push_back({at, std::move(event)});
}

/// Calls `change` with every order index that the action holds.
template <class Change>
void for_order(Action& action, Change change) {
    std::visit(
        [&](auto& what) {
            if constexpr (requires { std::size_t{what.order}; })
                change(what.order);
            else if constexpr (requires { what.order.has_value(); })
                if (what.order) change(*what.order);
        },
        action.what);
}

void sort_by_time(Plan& plan) {
    std::ranges::stable_sort(plan.actions, {}, &Action::at);
    std::vector<std::size_t> place(plan.orders.size(), unplaced);
    std::vector<Order> sorted;
    sorted.reserve(plan.orders.size());
    for (Action& action : plan.actions) {
        if (const auto* placed = std::get_if<PlaceOrder>(&action.what)) {
            place[placed->order] = sorted.size();
            sorted.push_back(std::move(plan.orders[placed->order]));
        }
        for_order(action, [&](std::size_t& order) {
            CHECK(place[order] != unplaced);
            order = place[order];
        });
    }
    CHECK(sorted.size() == plan.orders.size());
    plan.orders = std::move(sorted);
}

// As a till and a shop count: by time, each on its own.
void number_orders(Plan& plan) {
    std::vector<int> by_till(stores().size() + 1, 0);
    for (Order& order : plan.orders) {
        const int till = order.store == nullptr ? 0 : order.store->number;
        const int n = ++by_till[static_cast<std::size_t>(till)];
        order.source_id =
            till == 0 ? fmt::format("WEB-{:06}", n) : fmt::format("POS-{}-{:06}", till, n);
    }
}

}  // namespace

Money Order::amount() const {
    std::int64_t sum = 0;
    for (const Item& item : items) sum += item.price.value * item.quantity;
    return Money(sum);
}

Plan make_plan(std::uint64_t seed, Timestamp now, std::size_t members) {
    CHECK(members <= members_max);
    const Calendar calendar(now);
    std::vector<Newcomer> people = draw_newcomers(calendar, seed, members);
    Plan plan{calendar.start(), now, {}, {}, {}};
    plan.customers.reserve(people.size());
    plan.orders.reserve(people.size() * 10);
    plan.actions.reserve(people.size() * 14);
    for (Newcomer& person : people) plan.customers.push_back(std::move(person.customer));
    for (std::size_t i = 0; i < people.size(); ++i)
        tell_of_friends(plan, i, live(calendar, seed, people[i], i, plan));
    sort_by_time(plan);
    number_orders(plan);
    return plan;
}

}  // namespace perennial::app::demo
