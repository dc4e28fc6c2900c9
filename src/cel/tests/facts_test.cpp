#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "cel/program.hpp"
#include "cel/tests/shop_facts.hpp"

namespace perennial::cel {
namespace {

constexpr std::string_view gold_perfume =
    "order.amount > 10000 && customer.tier == \"gold\" && "
    "order.items.exists(i, i.category == \"perfume\" && i.quantity >= 2)";

TEST(facts, a_condition_over_structs) {
    Shop shop;
    shop.order.amount = Money(12000);
    shop.order.items = {{"soap", "", 1, {}, {}}, {"perfume", "", 2, {}, {}}};
    shop.customer.tier = "gold";
    const std::vector<Value> variables = shop.variables();
    const auto program = compile(shop_environment(), gold_perfume, {.result = ResultType::boolean});
    ASSERT_TRUE(program.has_value()) << to_text(program.error()[0]);
    Arena arena;
    EXPECT_TRUE(program->evaluate(variables, arena).is_true());
    Trace trace;
    EXPECT_TRUE(program->evaluate(variables, arena, &trace).is_true());
    EXPECT_EQ(to_text(trace),
              "order.amount > 10000 → 12000 > 10000 → true\n"
              "customer.tier == \"gold\" → \"gold\" == \"gold\" → true\n"
              "[order.items[0]] i.category == \"perfume\" → \"soap\" == \"perfume\" → false\n"
              "[order.items[1]] i.category == \"perfume\" → \"perfume\" == \"perfume\" → true\n"
              "[order.items[1]] i.quantity >= 2 → 2 >= 2 → true\n"
              "order.items.exists(i, i.category == \"perfume\" && i.quantity >= 2) → true\n");
    std::string facts;
    for (const FactRead& fact : trace.facts)
        facts += fact.path + " = " + boost::json::serialize(fact.value) + "\n";
    EXPECT_EQ(facts,
              "order.amount = 12000\ncustomer.tier = \"gold\"\nsize(order.items) = 2\n"
              "order.items[0].category = \"soap\"\norder.items[1].category = \"perfume\"\n"
              "order.items[1].quantity = 2\n");
}

TEST(facts, reads_name_every_path) {
    const auto program = compile(shop_environment(), gold_perfume);
    const std::vector<std::string> expected = {"customer.tier", "order.amount", "order.items",
                                               "order.items[].category", "order.items[].quantity"};
    EXPECT_EQ(program->reads(), expected);
}

}  // namespace
}  // namespace perennial::cel
