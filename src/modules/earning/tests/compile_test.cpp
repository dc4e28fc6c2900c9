#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "modules/earning/codec.hpp"
#include "modules/earning/facts.hpp"
#include "modules/earning/model.hpp"

namespace perennial::earning {
namespace {

const RawId club = RawId::make(1, 1, 1);

projects::Definition rule(std::uint64_t number, std::string_view body) {
    projects::Definition definition;
    definition.kind = projects::definition_kind::earning_rule;
    definition.id = RawId::make(1, 2, number);
    definition.parent = club;
    definition.doc = *read_rule(json::parse(body));
    definition.name = name_of(definition.doc);
    return definition;
}

TEST(Rules, AreFoundByWhatFiresThem) {
    const projects::Snapshot snapshot(
        {}, {rule(1, R"({"event":"order.paid","loyalty":{"type":"FIXED","points":5}})"),
             rule(2, R"({"event":"review","loyalty":{"type":"FIXED","points":6}})"),
             rule(3, R"({"event":"customer.loyalty.tier.left","loyalty":{"type":"FIXED",
                     "points":7}})")});
    const auto& rules = snapshot.get<Rules>();
    ASSERT_EQ(rules.all.size(), 3u);
    EXPECT_EQ(rules.on_order_paid.at(club).at(0)->fixed, Points(5));
    EXPECT_EQ(rules.on_event.at({club, "review"}).at(0)->fixed, Points(6));
    EXPECT_EQ(rules.on_tier.at({club, Trigger::tier_left}).at(0)->fixed, Points(7));
    EXPECT_EQ(rules.find(RuleId(RawId::make(1, 2, 2)))->event, "review");
    EXPECT_EQ(rules.find(RuleId()), nullptr);
    EXPECT_FALSE(rules.needs_catalog);
}

TEST(Rules, CompileWhole) {
    const projects::Snapshot snapshot({}, {rule(1, R"({"name":"n","event":"order.paid",
        "condition":"order.amount > 500","loyalty":{"type":"FIXED","formula":"order.amount / 100"},
        "pending_points":{"period_value":14},"source":{"banner":"b"},
        "expiration_rules":{"period_type":"MONTH","period_value":2},
        "start_date":"2024-01-01","expiration_date":"2025-01-01"})")});
    const Rule& compiled = snapshot.get<Rules>().all.at(0);
    EXPECT_EQ(compiled.name, "n");
    EXPECT_EQ(compiled.banner, "b");
    EXPECT_EQ(compiled.pending_days, 14);
    EXPECT_EQ(compiled.expiration->months, 2);
    EXPECT_FALSE(compiled.runs_at(*Timestamp::parse("2023-12-31T23:59:59Z")));
    EXPECT_TRUE(compiled.runs_at(*Timestamp::parse("2024-01-01T00:00:00Z")));
    EXPECT_FALSE(compiled.runs_at(*Timestamp::parse("2025-01-01T00:00:00Z")));

    CustomerFacts customer;
    OrderFacts order;
    order.amount = 1999;
    ContextFacts context;
    cel::Value slots[slot_count];
    slots[slot_customer] = cel::Value::structure(&customer, customer_type);
    slots[slot_order] = cel::Value::structure(&order, order_type);
    slots[slot_context] = cel::Value::structure(&context, context_type);
    cel::Arena arena;
    EXPECT_TRUE(compiled.condition->evaluate(slots, arena).is_true());
    EXPECT_EQ(compiled.formula->evaluate(slots, arena).as_int(), 19);
}

TEST(Rules, Proportions) {
    const projects::Snapshot snapshot(
        {}, {rule(1, R"({"event":"order.paid","loyalty":{"type":"PROPORTIONAL","calculation_type":
             "ORDER_TOTAL_AMOUNT","order":{"total_amount":{"every":100,"points":2}}}})"),
             rule(2, R"({"event":"order.paid","loyalty":{"type":"PROPORTIONAL","calculation_type":
             "CUSTOMER_METADATA","customer":{"metadata":{"every":1,"points":3,"property":"k"}}}})"),
             rule(3, R"({"event":"order.paid","loyalty":{"type":"PROPORTIONAL","calculation_type":
             "ORDER_ITEMS_QUANTITY","order_items":{"quantity":{"every":1,"points":1,
             "object":"product","id":"p"}}}})")});
    const auto& rules = snapshot.get<Rules>();
    EXPECT_EQ(rules.all[0].proportion->measure, Measure::order_total_amount);
    EXPECT_EQ(rules.all[0].proportion->every, 100);
    EXPECT_EQ(rules.all[0].proportion->points, 2);
    EXPECT_EQ(rules.all[1].proportion->property, "k");
    EXPECT_EQ(rules.all[2].proportion->applicable.at(0).object, "product");
    EXPECT_EQ(rules.all[2].proportion->applicable.at(0).id, "p");
    EXPECT_TRUE(rules.needs_catalog);
}

bool needs_catalog(std::string_view condition) {
    const json::object body{{"event", "order.paid"},
                            {"condition", condition},
                            {"loyalty", {{"type", "FIXED"}, {"points", 1}}}};
    const projects::Snapshot snapshot({}, {rule(1, to_text(body))});
    return snapshot.get<Rules>().needs_catalog;
}

TEST(Rules, CatalogIsReadOnlyWhenAsked) {
    EXPECT_FALSE(needs_catalog("order.items.exists(i, i.quantity > 2 && i.price > 5)"));
    EXPECT_FALSE(needs_catalog("order.items.exists(i, i.metadata.gift == true)"));
    EXPECT_FALSE(needs_catalog("size(order.items) > 3"));
    EXPECT_TRUE(needs_catalog("order.items.exists(i, i.category == 'perfume')"));
    EXPECT_TRUE(needs_catalog("order.items[0].product_id == 'prod_1'"));
}

}  // namespace
}  // namespace perennial::earning
