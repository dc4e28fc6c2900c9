#include "modules/earning/routes.hpp"

#include "modules/campaigns/routes.hpp"
#include "modules/customers/tests/route_fixture.hpp"
#include "modules/tiers/routes.hpp"

namespace perennial::earning {
namespace {

class RuleRoutes : public test::RouteTest {
  protected:
    void SetUp() override {
        RouteTest::SetUp();
        if (IsSkipped() || HasFatalFailure()) return;
        use(campaigns::routes());
        use(tiers::routes());
        use(routes());
        call("POST /v1/loyalties", R"({"name":"Club"})");
    }
    std::string make(const char* rule) {
        return call("POST " + rules_, "[" + std::string(rule) + "]").text("/0/id");
    }
    const std::string rules_ = "/v1/loyalties/Club/earning-rules";
    const char* fixed_ = R"({"event":"order.paid","loyalty":{"type":"FIXED","points":100}})";
};
PERENNIAL_ON_ALL_DATABASES(RuleRoutes);

TEST_P(RuleRoutes, CreatesReadsChangesAndDeletes) {
    const auto made = call("POST " + rules_, R"([{"event":"order.paid","loyalty":{"type":"FIXED",
        "points":100},"source":{"banner":"hello"}},{"event":"review","loyalty":{"type":"FIXED",
        "points":5}}])");
    ASSERT_EQ(made.status, 200);
    ASSERT_EQ(made.body.as_array().size(), 2u);
    EXPECT_EQ(made.text("/0/source/object_type"), "campaign");
    EXPECT_EQ(made.text("/0/object"), "earning_rule");
    const std::string one = rules_ + "/" + made.text("/0/id");
    EXPECT_EQ(call("GET " + one).body, made["/0"]);
    EXPECT_EQ(call("GET " + rules_).number("/total"), 2);
    EXPECT_EQ(call("GET " + rules_).text("/data/0/event"), "review");

    const auto changed = call("PUT " + one, R"({"loyalty":{"points":200},"source":null,
        "condition":"order.amount >= 5000","metadata":{"a":1}})");
    ASSERT_EQ(changed.status, 200);
    EXPECT_EQ(changed.number("/loyalty/points"), 200);
    EXPECT_EQ(changed.text("/condition"), "order.amount >= 5000");
    EXPECT_FALSE(changed["/source"].as_object().contains("banner"));
    EXPECT_EQ(call("PUT " + one, R"({"condition":null})").body.as_object().contains("condition"),
              false);

    EXPECT_EQ(call("POST " + one + "/disable")["/active"], false);
    EXPECT_EQ(call("GET " + one)["/active"], false);
    EXPECT_EQ(call("POST " + one + "/enable", "{}")["/active"], true);
    EXPECT_EQ(call("DELETE " + one).status, 204);
    EXPECT_EQ(call("GET " + one).status, 404);
    EXPECT_EQ(call("DELETE " + one).status, 404);
}

TEST_P(RuleRoutes, AllMistakesOfAllRulesAndNoneIsMade) {
    const auto refused = call("POST " + rules_, R"([{"event":"order.paid","loyalty":{"type":"FIXED",
        "points":1}},{"event":"order.paid","condition":"order.amout > 1","loyalty":{"type":"FIXED",
        "formula":"order.amount > 2"}},{}])");
    EXPECT_EQ(refused.status, 400);
    EXPECT_EQ(refused.key(), "invalid_payload");
    ASSERT_EQ(refused["/errors"].as_array().size(), 4u);
    EXPECT_EQ(refused.text("/errors/0/pointer"), "/1/loyalty/formula");
    EXPECT_EQ(refused.text("/errors/1/pointer"), "/1/condition");
    EXPECT_TRUE(refused.text("/errors/1/message").starts_with("line 1, column 7: "));
    EXPECT_EQ(refused.text("/errors/2/pointer"), "/2/event");
    EXPECT_EQ(call("GET " + rules_).number("/total"), 0);
}

TEST_P(RuleRoutes, MissingFeaturesAreNamed) {
    const auto refused = call("POST " + rules_, R"([{"event":"order.paid","validation_rule_id":
        "val_1","loyalty":{"type":"FIXED","points":1},"segment":{"id":"seg_1"}}])");
    EXPECT_EQ(refused.status, 501);
    EXPECT_EQ(refused.key(), "not_implemented");
    EXPECT_NE(refused.text("/errors/0/message").find("condition"), std::string::npos);
    EXPECT_NE(refused.text("/errors/1/message").find("condition"), std::string::npos);
}

TEST_P(RuleRoutes, ReferencesMustBeKnown) {
    const auto refused = call("POST " + rules_, R"([{"event":"customer.loyalty.tier.joined",
        "loyalty_tier":{"id":"ltr_019a7f3e20004f1b8d5c3b2a19080706"},"loyalty":{"type":"FIXED",
        "points":1}},{"event":"order.paid","loyalty":{"type":"PROPORTIONAL","calculation_type":
        "ORDER_ITEMS_AMOUNT","order_items":{"amount":{"every":1,"points":1,"object":
        "products_collection","id":"pc_1"}}}}])");
    ASSERT_EQ(refused.status, 400);
    EXPECT_EQ(refused.text("/errors/0/pointer"), "/0/loyalty_tier/id");
    EXPECT_EQ(refused.text("/errors/1/pointer"), "/1/loyalty/order_items/amount/id");
}

TEST_P(RuleRoutes, AProjectHasAtMost100) {
    std::string all = "[";
    for (int i = 0; i < 99; ++i) all += std::string(fixed_) + ",";
    EXPECT_EQ(call("POST " + rules_, all + fixed_ + "]").status, 200);
    EXPECT_EQ(call("POST " + rules_, "[" + std::string(fixed_) + "]").key(),
              "earning_rules_limit_reached");
}

TEST_P(RuleRoutes, AnotherProgramsRuleIsNotFound) {
    call("POST /v1/loyalties", R"({"name":"Other"})");
    const std::string id = make(fixed_);
    EXPECT_EQ(call("GET /v1/loyalties/Other/earning-rules/" + id).status, 404);
    EXPECT_EQ(call("GET /v1/loyalties/Club/earning-rules/" + id).status, 200);
}

TEST_P(RuleRoutes, TiersShowWhatTheyMapAndForgetWhatIsDeleted) {
    const std::string id = make(fixed_);
    const auto tier = call("POST /v1/loyalties/Club/tiers",
                           R"([{"name":"Gold","points":{},"earning_rules":{")" + id +
                               R"(":{"type":"MULTIPLY","multiplier":1.5}}}])");
    ASSERT_EQ(tier.status, 200);
    const std::string gold = "/v1/loyalties/Club/tiers/" + tier.text("/0/id");
    const auto mapped = call("GET " + gold + "/earning-rules");
    EXPECT_EQ(mapped.number("/data/0/loyalty/points"), 150);
    EXPECT_EQ(mapped.text("/data/0/tier_mapping/type"), "MULTIPLY");
    call("DELETE " + rules_ + "/" + id);
    EXPECT_TRUE(call("GET " + gold)["/earning_rules"].as_object().empty());
    EXPECT_EQ(call("PUT " + gold, R"({"name":"Platinum"})").status, 200);
}

TEST_P(RuleRoutes, GoWithTheirProgram) {
    const std::string id = make(fixed_);
    EXPECT_EQ(call("DELETE /v1/loyalties/Club").status, 200);
    call("POST /v1/loyalties", R"({"name":"Club"})");
    EXPECT_EQ(call("GET " + rules_).number("/total"), 0);
    EXPECT_EQ(call("GET " + rules_ + "/" + id).status, 404);
}

}  // namespace
}  // namespace perennial::earning
