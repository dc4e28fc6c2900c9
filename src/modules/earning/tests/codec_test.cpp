#include "modules/earning/codec.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "modules/campaigns/tests/issues.hpp"
#include "modules/earning/model.hpp"

namespace perennial::earning {
namespace {

Result<json::object> read(std::string_view body) { return read_rule(json::parse(body)); }

struct Mistake {
    const char* body;
    const char* issues;
};
class RuleMistakes : public testing::TestWithParam<Mistake> {};

TEST_P(RuleMistakes, AreAllNamed) {
    EXPECT_EQ(test::issues_of(read(GetParam().body)), GetParam().issues) << GetParam().body;
}

#define FIXED_5 R"("loyalty":{"type":"FIXED","points":5})"
#define PAID R"("event":"order.paid",)"
#define LOYALTY(text) "{" PAID R"("loyalty":)" text "}"

INSTANTIATE_TEST_SUITE_P(
    Event, RuleMistakes,
    testing::Values(
        Mistake{"{}", "/event required, /loyalty required"},
        Mistake{"{" FIXED_5 R"(,"event":"order.payed"})", "/event enum"},
        Mistake{"{" FIXED_5 R"(,"event":"customer.loyalty.tier.lost"})", "/event enum"},
        Mistake{"{" FIXED_5 R"(,"event":"custom_event"})", "/event enum"},
        Mistake{"{" FIXED_5 R"(,"event":"customer.segment.entered","segment":{"id":"seg_1"}})",
                "/event not_implemented, /segment not_implemented"},
        Mistake{"{" FIXED_5 R"(,"event":"review","pending_points":{"period_value":3},
                "loyalty_tier":{"id":"__ANY__"}})",
                "/loyalty_tier conflict, /pending_points conflict"},
        Mistake{"{" FIXED_5 R"(,"event":"customer.loyalty.tier.joined",
                "loyalty_tier":{"id":"Gold"}})",
                "/loyalty_tier/id format"}));

INSTANTIATE_TEST_SUITE_P(
    Loyalty, RuleMistakes,
    testing::Values(
        Mistake{LOYALTY("{}"), "/loyalty/type required"},
        Mistake{LOYALTY(R"({"type":"HALF"})"), "/loyalty/type enum"},
        Mistake{LOYALTY(R"({"type":"FIXED"})"), "/loyalty/points required"},
        Mistake{LOYALTY(R"({"type":"FIXED","points":-1})"), "/loyalty/points range"},
        Mistake{LOYALTY(R"({"type":"FIXED","points":1.5})"), "/loyalty/points type"},
        Mistake{LOYALTY(R"({"type":"FIXED","points":5,"formula":"7"})"),
                "/loyalty/points conflict"},
        Mistake{LOYALTY(R"({"type":"FIXED","points":5,"points_formula":"ORDER_AMOUNT"})"),
                "/loyalty/points_formula expression, /loyalty/points conflict"},
        Mistake{LOYALTY(R"({"type":"PROPORTIONAL","formula":"7"})"),
                "/loyalty/formula conflict, /loyalty/calculation_type required"},
        Mistake{LOYALTY(R"({"type":"PROPORTIONAL","calculation_type":"ORDER_AMOUNT"})"),
                "/loyalty/order required"},
        Mistake{LOYALTY(R"({"type":"PROPORTIONAL","calculation_type":"ORDER_AMOUNT","order":{}})"),
                "/loyalty/order/amount required"},
        Mistake{LOYALTY(R"({"type":"PROPORTIONAL","calculation_type":"ORDER_AMOUNT",
                          "order":{"amount":{"every":0,"points_formula":"1"}}})"),
                "/loyalty/order/amount/every range"},
        Mistake{LOYALTY(R"({"type":"PROPORTIONAL","calculation_type":"CUSTOM_EVENT_METADATA",
                          "custom_event":{"metadata":{"every":1,"points":1}}})"),
                "/loyalty/calculation_type conflict, "
                "/loyalty/custom_event/metadata/property required"},
        Mistake{LOYALTY(R"({"type":"PROPORTIONAL","calculation_type":"ORDER_ITEMS_AMOUNT",
                          "order_items":{"amount":{"every":1,"points":1,"object":"brand"}}})"),
                "/loyalty/order_items/amount/id required, "
                "/loyalty/order_items/amount/object enum"},
        Mistake{LOYALTY(R"({"type":"PROPORTIONAL","calculation_type":"ORDER_ITEMS_AMOUNT",
                          "order_items":{"amount":{"every":1,"points":1,"id":"p",
                          "applicable_to":[{"object":"sku"},5]}}})"),
                "/loyalty/order_items/amount/applicable_to conflict, "
                "/loyalty/order_items/amount/applicable_to/0/id required, "
                "/loyalty/order_items/amount/applicable_to/1 type"}));

INSTANTIATE_TEST_SUITE_P(
    Rest, RuleMistakes,
    testing::Values(
        Mistake{"{" PAID FIXED_5 R"(,"pending_points":{"period_type":"MONTH","period_value":91}})",
                "/pending_points/period_type enum, /pending_points/period_value range"},
        Mistake{"{" PAID FIXED_5 R"(,"expiration_rules":{"period_type":"WEEK"},"active":1,
                "source":{"banner":4},"start_date":"x"})",
                "/source/banner type, /expiration_rules/period_type enum, /start_date format, "
                "/active type"},
        Mistake{"{" PAID FIXED_5 R"(,"validation_rule_id":"val_1","segment":{"id":"seg_1"}})",
                "/validation_rule_id not_implemented, /segment not_implemented"},
        Mistake{"{" PAID FIXED_5 R"(,"validity_timeframe":{"interval":"P1M","duration":"week"},
                "validity_day_of_week":[7]})",
                "/validity_timeframe/interval format, /validity_timeframe/duration format, "
                "/start_date required, /validity_day_of_week range"},
        Mistake{"{" PAID FIXED_5 R"(,"start_date":"2024-01-01","validity_timeframe":{"interval":
                "P1D","duration":"P1W"},"validity_hours":{"daily":[{"start_time":"18:00",
                "expiration_time":"09:00"},{"start_time":"6pm","days_of_week":[-1]}]}})",
                "/validity_timeframe/duration range, /validity_hours conflict, "
                "/validity_hours/daily/0/expiration_time range, "
                "/validity_hours/daily/1/start_time format, "
                "/validity_hours/daily/1/expiration_time required, "
                "/validity_hours/daily/1/days_of_week range"}));

std::string expression_mistake(std::string_view event, std::string_view name,
                               std::string_view source) {
    json::object body{{"event", event}, {"loyalty", {{"type", "FIXED"}, {"points", 5}}}};
    if (name == "formula")
        body["loyalty"] = {{"type", "FIXED"}, {"formula", source}};
    else
        body[name] = source;
    const auto doc = read_rule(body);
    if (doc) return "accepted";
    const FieldIssue& issue = doc.error().issues.at(0);
    return issue.pointer + " " + issue.key + " " + issue.message.substr(0, issue.message.find(':'));
}

TEST(Expressions, MistakesHaveAPlace) {
    EXPECT_EQ(expression_mistake("order.paid", "condition", "order.amout > 5"),
              "/condition expression line 1, column 7");
    EXPECT_EQ(expression_mistake("order.paid", "condition", "order.amount > 5 &&\n  )"),
              "/condition expression line 2, column 3");
    EXPECT_EQ(expression_mistake("order.paid", "formula", "order.total"),
              "/loyalty/formula expression line 1, column 7");
}

TEST(Expressions, HaveAType) {
    EXPECT_NE(expression_mistake("order.paid", "condition", "order.amount"), "accepted");
    EXPECT_NE(expression_mistake("order.paid", "formula", "order.amount > 5"), "accepted");
    EXPECT_NE(expression_mistake("order.paid", "formula", "double(order.amount) * 0.1"),
              "accepted");
    EXPECT_EQ(expression_mistake("order.paid", "formula", "floor(decimal('0.1') * order.amount)"),
              "accepted");
    EXPECT_EQ(expression_mistake("order.paid", "condition",
                                 "order.items.exists(i, i.category == 'perfume' && i.quantity >= "
                                 "2) && customer.tier == 'Gold' && context.local_hour < 12"),
              "accepted");
}

TEST(Expressions, SeeTheFactsOfTheirEvent) {
    EXPECT_EQ(expression_mistake("review", "condition", "event.metadata.stars == 5"), "accepted");
    EXPECT_NE(expression_mistake("review", "condition", "order.amount > 5"), "accepted");
    EXPECT_NE(expression_mistake("order.paid", "condition", "event.name == 'x'"), "accepted");
    EXPECT_NE(expression_mistake("customer.loyalty.tier.joined", "condition", "order.amount > 5"),
              "accepted");
    EXPECT_EQ(expression_mistake("customer.loyalty.tier.joined", "condition",
                                 "customer.orders_count > 5"),
              "accepted");
}

TEST(Rule, ReadsItsOwnAnswer) {
    for (const char* body :
         {R"({"name":"n","event":"order.paid","condition":"order.amount > 5","loyalty":{"type":
             "FIXED","formula":"order.amount / 100"},"pending_points":{"period_value":14},
             "source":{"banner":"b"},"expiration_rules":{"period_type":"MONTH","period_value":1},
             "start_date":"2024-01-01","expiration_date":"2025-01-01","metadata":{"a":1}})",
          R"({"event":"order.paid","loyalty":{"type":"PROPORTIONAL","calculation_type":
             "ORDER_ITEMS_QUANTITY","order_items":{"quantity":{"every":2,"points":1,
             "applicable_to":[{"object":"sku","id":"s"}]}}}})",
          R"({"event":"review","custom_event":{"schema_id":"ms_1"},"loyalty":{"type":
             "PROPORTIONAL","calculation_type":"CUSTOM_EVENT_METADATA","custom_event":{"metadata":
             {"every":1,"points":10,"property":"stars"}}}})",
          R"({"event":"order.paid","loyalty":{"type":"FIXED","points":1},"start_date":"2024-01-01",
             "validity_timeframe":{"interval":"P91D","duration":"P7D"},
             "validity_day_of_week":[2,6]})",
          R"({"event":"order.paid","loyalty":{"type":"FIXED","points":1},"validity_hours":{"daily":
             [{"start_time":"12:00","expiration_time":"24:00","days_of_week":[1]}]}})",
          R"({"event":"customer.loyalty.tier.upgraded","loyalty_tier":{"id":"__ANY__"},"loyalty":
             {"type":"FIXED","points":50},"active":false})"}) {
        projects::Definition definition;
        const auto doc = read(body);
        ASSERT_TRUE(doc) << test::issues_of(doc) << body;
        definition.doc = *doc;
        const json::object answer = to_json(definition);
        for (const char* name : {"id", "created_at", "loyalty", "event", "source", "object",
                                 "automation_id", "metadata", "active", "validation_rule_id",
                                 "updated_at"})
            EXPECT_TRUE(answer.contains(name)) << name;
        const auto again = read_rule(answer);
        ASSERT_TRUE(again) << test::issues_of(again);
        EXPECT_EQ(*again, *doc);
    }
}

TEST(Rule, NameFallsBackToBannerAndEvent) {
    EXPECT_EQ(
        name_of(json::parse(R"({"name":"n","source":{"banner":"b"},"event":"e"})").as_object()),
        "n");
    EXPECT_EQ(name_of(json::parse(R"({"source":{"banner":"b"},"event":"e"})").as_object()), "b");
    EXPECT_EQ(name_of(json::parse(R"({"source":{},"event":"e"})").as_object()), "e");
}

}  // namespace
}  // namespace perennial::earning
