// The condition of architecture.md 11 on orders of 3 and 20 items, compiled once, facts bound anew for each
// evaluation. One JSON line a figure: {"bench", "engine", "items", "ns"}; ns is the median of the rounds.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <string>
#include <vector>

#include "cel/fact.hpp"
#include "cel/program.hpp"

namespace {

using namespace perennial;
using cel::Value;

struct Item {
    std::string category;
    std::int64_t quantity = 1;
};
struct Order {
    std::int64_t amount = 0;
    std::vector<Item> items;
};
struct Customer {
    std::string tier;
};

const cel::StructType item_type{"item",
                                {cel::field<&Item::category>("category"),
                                 cel::field<&Item::quantity>("quantity")}};
const cel::StructType order_type{"order",
                                 {cel::field<&Order::amount>("amount"),
                                  cel::list_field<&Order::items, item_type>("items", 500)}};
const cel::StructType customer_type{"customer", {cel::field<&Customer::tier>("tier")}};

constexpr std::string_view condition =
    "order.amount > 10000 && customer.tier == \"gold\" && "
    "order.items.exists(i, i.category == \"perfume\" && i.quantity >= 2)";
constexpr std::string_view formula =
    "floor(decimal(\"0.05\") * order.amount) + (customer.tier == \"gold\" ? 100 : 0)";

/// Only the last item matches, so that every item is looked at.
Order make_order(std::size_t items) {
    Order order;
    order.amount = 25000;
    for (std::size_t i = 0; i < items; ++i)
        order.items.push_back({i + 1 == items || i % 3 == 1 ? "perfume" : "skincare", 1});
    order.items.back().quantity = 2;
    return order;
}

template <class Body>
double median_ns(Body body) {
    constexpr int rounds = 15;
    constexpr int calls = 20000;
    std::vector<double> samples;
    for (int round = 0; round < rounds; ++round) {
        const auto begin = std::chrono::steady_clock::now();
        for (int call = 0; call < calls; ++call) body();
        const std::chrono::duration<double, std::nano> spent = std::chrono::steady_clock::now() - begin;
        samples.push_back(spent.count() / calls);
    }
    std::ranges::sort(samples);
    return samples[rounds / 2];
}

cel::Program compiled(std::string_view source, cel::ResultType result) {
    cel::Environment environment;
    environment.add("order", order_type);
    environment.add("customer", customer_type);
    auto program = cel::compile(environment, source, {.result = result});
    CHECK(program.has_value());
    return *std::move(program);
}

void print(std::string_view bench, std::string_view engine, std::size_t items, double ns) {
    fmt::print("{{\"bench\":\"{}\",\"engine\":\"{}\",\"items\":{},\"ns\":{:.1f}}}\n", bench, engine,
               items, ns);
}

/// The same written out in C++: what no evaluator can beat.
bool by_hand(const Order& order, const Customer& customer) {
    if (order.amount <= 10000 || customer.tier != "gold") return false;
    for (const Item& item : order.items)
        if (item.category == "perfume" && item.quantity >= 2) return true;
    return false;
}

}  // namespace

int main() {
    const Customer customer{"gold"};
    const cel::Program program = compiled(condition, cel::ResultType::boolean);
    const cel::Program points = compiled(formula, cel::ResultType::value);
    bool sink = false;
    for (const std::size_t items : {std::size_t{3}, std::size_t{20}}) {
        const Order order = make_order(items);
        const auto evaluate = [&](const cel::Program& of, cel::Trace* trace) {
            const Value variables[] = {Value::structure(&order, order_type),
                                       Value::structure(&customer, customer_type)};
            cel::Arena arena;
            const Value value = of.evaluate(variables, arena, trace);
            CHECK(!value.is_error());
            sink = sink != value.is_true();
        };
        print("condition", "c++ by hand", items, median_ns([&] {
                  // Keeps the compiler from working the answer out once.
                  const Order* hidden = &order;
                  asm volatile("" : "+r"(hidden) : : "memory");
                  sink = sink != by_hand(*hidden, customer);
              }));
        print("condition", "perennial", items, median_ns([&] { evaluate(program, nullptr); }));
        print("points formula", "perennial", items, median_ns([&] { evaluate(points, nullptr); }));
        if (items == 3)
            print("condition, traced", "perennial", items, median_ns([&] {
                      cel::Trace trace;
                      evaluate(program, &trace);
                  }));
    }
    print("compile", "perennial", 0,
          median_ns([&] { compiled(condition, cel::ResultType::boolean); }));
    asm volatile("" : : "r"(sink));
    return 0;
}
