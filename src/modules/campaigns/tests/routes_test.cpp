#include "modules/campaigns/routes.hpp"

#include "modules/async_actions/routes.hpp"
#include "modules/customers/tests/route_fixture.hpp"

namespace perennial::campaigns {
namespace {

class CampaignRoutes : public test::RouteTest {
  protected:
    void SetUp() override {
        RouteTest::SetUp();
        if (IsSkipped() || HasFatalFailure()) return;
        use(routes());
        use(async_actions::routes());
    }
};
PERENNIAL_ON_ALL_DATABASES(CampaignRoutes);

TEST_P(CampaignRoutes, CreatesReadsChangesAndDeletes) {
    const auto made = call("POST /v1/loyalties", R"({"name":"Club & Co","auto_join":true})");
    ASSERT_EQ(made.status, 200);
    const std::string id = made.text("/id");
    EXPECT_EQ(made.text("/object"), "campaign");
    EXPECT_EQ(call("GET /v1/loyalties/" + id).body, made.body);
    EXPECT_EQ(call("GET /v1/campaigns/Club%20%26%20Co").body, made.body);

    const auto changed = call("PUT /v1/loyalties/" + id,
                              R"({"description":"For friends","auto_join":null,"unknown":1})");
    ASSERT_EQ(changed.status, 200);
    EXPECT_EQ(changed.text("/description"), "For friends");
    EXPECT_EQ(changed["/auto_join"], false);
    EXPECT_EQ(changed.text("/created_at"), made.text("/created_at"));
    EXPECT_NE(changed["/updated_at"], nullptr);

    const auto deleted = call("DELETE /v1/loyalties/" + id + "?force=true");
    EXPECT_EQ(deleted.status, 200);
    EXPECT_EQ(call("GET /v1/async-actions/" + deleted.text("/async_action_id")).text("/status"),
              "DONE");
    EXPECT_EQ(call("GET /v1/loyalties/" + id).status, 404);
    EXPECT_EQ(call("POST /v1/loyalties", R"({"name":"Club & Co"})").status, 200);
}

TEST_P(CampaignRoutes, NamesAreUnique) {
    const auto club = call("POST /v1/loyalties", R"({"name":"Club"})");
    EXPECT_EQ(call("POST /v1/loyalties", R"({"name":"Club"})").key(), "duplicate_found");
    const auto other = call("POST /v1/loyalties", R"({"name":"Other"})");
    EXPECT_EQ(call("PUT /v1/loyalties/" + other.text("/id"), R"({"name":"Club"})").status, 409);
    EXPECT_EQ(call("PUT /v1/loyalties/" + club.text("/id"), R"({"name":"Club"})").status, 200);
}

TEST_P(CampaignRoutes, ListsNewestFirst) {
    for (const char* name : {"A", "B", "C"})
        call("POST /v1/loyalties", json::serialize(json::object{{"name", name}}));
    const auto list = call("GET /v1/loyalties?limit=2");
    EXPECT_EQ(list.text("/data_ref"), "campaigns");
    EXPECT_EQ(list.number("/total"), 3);
    EXPECT_EQ(list["/campaigns"].as_array().size(), 2u);
    EXPECT_EQ(list.text("/campaigns/0/name"), "C");
    EXPECT_EQ(call("GET /v1/loyalties?limit=2&page=2").text("/campaigns/0/name"), "A");
    EXPECT_EQ(call("GET /v1/campaigns?order=created_at").text("/campaigns/0/name"), "A");
    EXPECT_EQ(call("GET /v1/campaigns?campaign_type=PROMOTION").number("/total"), 0);
    EXPECT_EQ(call("GET /v1/loyalties?limit=0").key(), "invalid_query_params");
    EXPECT_EQ(call("GET /v1/loyalties?filters[name][conditions][$is]=A").key(),
              "invalid_query_params");
    EXPECT_EQ(call("PUT /v1/loyalties/A", R"({"description":"x"})").status, 200);
    EXPECT_EQ(call("GET /v1/loyalties?order=-updated_at").text("/campaigns/0/name"), "A");
}

TEST_P(CampaignRoutes, OtherTypesAreNotImplemented) {
    EXPECT_EQ(call("POST /v1/campaigns", R"({"name":"a"})").text("/errors/0/pointer"),
              "/campaign_type");
    const auto coupons =
        call("POST /v1/campaigns", R"({"name":"a","campaign_type":"DISCOUNT_COUPONS"})");
    EXPECT_EQ(coupons.status, 501);
    EXPECT_NE(coupons.text("/details").find("LOYALTY_PROGRAM"), std::string::npos);
    EXPECT_EQ(
        call("POST /v1/campaigns", R"({"name":"a","campaign_type":"LOYALTY_PROGRAM"})").status,
        200);
}

TEST_P(CampaignRoutes, EnableAndDisable) {
    call("POST /v1/loyalties", R"({"name":"Club"})");
    EXPECT_EQ(call("POST /v1/campaigns/Club/disable")["/active"], false);
    EXPECT_EQ(call("GET /v1/loyalties/Club")["/active"], false);
    EXPECT_EQ(call("POST /v1/campaigns/Club/enable", "{}")["/active"], true);
    EXPECT_EQ(call("POST /v1/campaigns/Nobody/enable").status, 404);
    EXPECT_EQ(call("DELETE /v1/campaigns/Club").status, 202);
}

TEST_P(CampaignRoutes, RefusalsNameTheResource) {
    const auto answer = call("GET /v1/loyalties/Nobody");
    EXPECT_EQ(answer.status, 404);
    EXPECT_EQ(answer.text("/resource_id"), "Nobody");
    EXPECT_EQ(answer.text("/resource_type"), "campaign");
    EXPECT_EQ(call("PUT /v1/loyalties/Nobody", "[]").key(), "invalid_payload");
    EXPECT_EQ(call("POST /v1/loyalties", "{").key(), "invalid_payload");
}

}  // namespace
}  // namespace perennial::campaigns
