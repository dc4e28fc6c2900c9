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

TEST(facts, optionals_and_bound_names_are_traced_to_their_facts) {
    Shop shop;
    shop.order.items = {{"perfume", "A", 2, {}, {}}};
    shop.order.metadata = {{"store", "RO-7"}};
    const auto program = compile(shop_environment(),
                                 "order.metadata.?coupon.orValue('none') == 'none' && "
                                 "cel.bind(l, order.items, l.exists(n, i, n == 0 && i.sku == 'A')) && "
                                 "order.metadata.exists(k, v, v == 'RO-7') && "
                                 "order.?coupon.optMap(c, c.size() > 3).orValue(true)",
                                 {.result = ResultType::boolean});
    ASSERT_TRUE(program.has_value()) << to_text(program.error()[0]);
    const std::vector<std::string> expected = {"order.coupon",      "order.items",     "order.items[].sku",
                                               "order.metadata",    "order.metadata.coupon",
                                               "order.metadata[]"};
    EXPECT_EQ(program->reads(), expected);
    Arena arena;
    Trace trace;
    const Value value = program->evaluate(shop.variables(), arena, &trace);
    EXPECT_TRUE(value.is_true()) << to_text(value);
    std::string facts;
    for (const FactRead& fact : trace.facts)
        facts += fact.path + " = " + boost::json::serialize(fact.value) + "\n";
    EXPECT_EQ(facts,
              "size(order.metadata) = 1\norder.metadata.coupon = null\nsize(order.items) = 1\n"
              "order.items[0].sku = \"A\"\norder.metadata.store = \"RO-7\"\norder.coupon = null\n");
    EXPECT_NE(to_text(trace).find("[order.items[0]] i.sku == 'A' → \"A\" == \"A\" → true\n"),
              std::string::npos)
        << to_text(trace);
}

}  // namespace
}  // namespace perennial::cel
