#include "modules/tiers/routes.hpp"

#include "modules/campaigns/routes.hpp"
#include "modules/customers/tests/route_fixture.hpp"

namespace perennial::tiers {
namespace {

class TierRoutes : public test::RouteTest {
  protected:
    void SetUp() override {
        RouteTest::SetUp();
        if (IsSkipped() || HasFatalFailure()) return;
        use(campaigns::routes());
        use(routes());
        call("POST /v1/loyalties", R"({"name":"Club"})");
    }
    const std::string tiers_ = "/v1/loyalties/Club/tiers";
};
PERENNIAL_ON_ALL_DATABASES(TierRoutes);

TEST_P(TierRoutes, AddsReadsAndLists) {
    const auto made = call("POST " + tiers_, R"([{"name":"Gold","points":{"from":1000}},
        {"name":"Base","points":{"from":0,"to":1000},"metadata":{"colour":"grey"}}])");
    ASSERT_EQ(made.status, 200);
    ASSERT_EQ(made.body.as_array().size(), 2u);
    EXPECT_EQ(made.text("/0/name"), "Gold");
    EXPECT_EQ(made.text("/0/object"), "loyalty_tier");
    EXPECT_EQ(made.number("/0/config/points/from"), 1000);
    const auto list = call("GET " + tiers_);
    EXPECT_EQ(list.text("/data_ref"), "data");
    EXPECT_EQ(list.number("/total"), 2);
    EXPECT_EQ(list.text("/data/0/name"), "Base");
    EXPECT_EQ(call("GET " + tiers_ + "?order=created_at").text("/data/0/name"), "Gold");
    EXPECT_EQ(call("GET " + tiers_ + "/" + made.text("/1/id")).body, made["/1"]);
    EXPECT_EQ(call("GET " + tiers_ + "/ltr_1").status, 404);
    EXPECT_EQ(call("GET /v1/loyalties/Nobody/tiers").status, 404);
}

TEST_P(TierRoutes, NewTiersMustFitThoseThatAreThere) {
    call("POST " + tiers_, R"([{"name":"Base","points":{"from":0,"to":1000}}])");
    const auto gap = call("POST " + tiers_, R"([{"name":"Gold","points":{"from":2000}}])");
    EXPECT_EQ(gap.status, 400);
    EXPECT_NE(gap.text("/details").find("Base (0 to 1000) and tier Gold (from 2000)"),
              std::string::npos);
    EXPECT_EQ(call("POST " + tiers_, R"([{"name":"Base","points":{"from":1000}}])").status, 400);
    EXPECT_EQ(call("POST " + tiers_, R"([{"name":"Gold","points":{"from":1000}}])").status, 200);
    EXPECT_EQ(call("GET " + tiers_).number("/total"), 2);
}

TEST_P(TierRoutes, UnknownIdsAreRefused) {
    const auto refused = call("POST " + tiers_, R"([{"name":"Base","points":{},"earning_rules":
        {"ern_019a7f3e20004f1b8d5c3b2a19080706":{"type":"CUSTOM","points":1}}}])");
    EXPECT_EQ(refused.status, 400);
    EXPECT_EQ(refused.text("/errors/0/pointer"),
              "/0/earning_rules/ern_019a7f3e20004f1b8d5c3b2a19080706");
}

TEST_P(TierRoutes, TheLadderIsReplacedWhole) {
    const auto made = call("POST " + tiers_, R"([{"name":"Base","points":{"from":0,"to":1000}},
        {"name":"Gold","points":{"from":1000}}])");
    const std::string gold = made.text("/1/id");
    const auto replaced =
        call("PUT " + tiers_, R"([{"name":"Start","points":{"from":0,"to":500}},{"id":")" + gold +
                                  R"(","points":{"from":500}}])");
    ASSERT_EQ(replaced.status, 200);
    EXPECT_EQ(replaced.text("/1/id"), gold);
    EXPECT_EQ(replaced.text("/1/name"), "Gold");
    EXPECT_EQ(call("GET " + tiers_).number("/total"), 2);
    EXPECT_EQ(call("GET " + tiers_ + "/" + made.text("/0/id")).status, 404);
    const auto twice = call("PUT " + tiers_, R"([{"id":")" + gold + R"("},{"id":")" + gold + R"("},
        {"id":"ltr_1"}])");
    EXPECT_EQ(twice.text("/errors/0/pointer"), "/1/id");
    EXPECT_EQ(twice.text("/errors/1/pointer"), "/2/id");
}

TEST_P(TierRoutes, OneTierChanges) {
    const auto made = call("POST " + tiers_, R"([{"name":"Base","points":{"from":0,"to":1000}},
        {"name":"Gold","points":{"from":1000}}])");
    const std::string gold = tiers_ + "/" + made.text("/1/id");
    EXPECT_EQ(call("PUT " + gold, R"({"name":"Platinum"})").text("/name"), "Platinum");
    EXPECT_EQ(call("PUT " + gold, R"({"points":{"from":2000}})").status, 400);
    EXPECT_EQ(call("PUT " + gold, R"({"name":"Base"})").status, 400);
    EXPECT_EQ(call("PUT " + gold, R"({"metadata":{"a":1}})").number("/points/from"), 1000);
}

}  // namespace
}  // namespace perennial::tiers
