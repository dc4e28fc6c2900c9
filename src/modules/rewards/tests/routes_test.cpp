#include "modules/rewards/routes.hpp"

#include "modules/campaigns/routes.hpp"
#include "modules/customers/tests/route_fixture.hpp"
#include "modules/rewards/model.hpp"
#include "modules/tiers/routes.hpp"

namespace perennial::rewards {
namespace {

class RewardRoutes : public test::RouteTest {
  protected:
    void SetUp() override {
        RouteTest::SetUp();
        if (IsSkipped() || HasFatalFailure()) return;
        use(campaigns::routes());
        use(tiers::routes());
        use(routes());
        club_ = call("POST /v1/loyalties", R"({"name":"Club"})").text("/id");
    }
    std::string make(const char* reward) { return call("POST /v1/rewards", reward).text("/id"); }
    std::string tote() { return make(R"({"name":"Tote","stock":10})"); }
    std::string item(const std::string& reward, int points) {
        return fmt::format(R"({{"reward":"{}","parameters":{{"loyalty":{{"points":{}}}}}}})",
                           reward, points);
    }
    /// As redemptions do.
    void redeem(const std::string& reward, int pieces) {
        const auto id = *RewardId::parse(reward);
        auto tx = database().begin_write();
        tx->execute("INSERT INTO counters (bucket, project, id, used) VALUES (?, ?, ?, ?)",
                    {tx->bucket(id.place()), project_, id, pieces});
        tx->commit();
    }
    std::string club_;
    const std::string offers_ = "/v1/loyalties/Club/rewards";
};
PERENNIAL_ON_ALL_DATABASES(RewardRoutes);

TEST_P(RewardRoutes, CreatesReadsChangesAndDeletes) {
    const auto made = call("POST /v1/rewards", R"({"name":"Tote","type":"MATERIAL","stock":10})");
    ASSERT_EQ(made.status, 200);
    const std::string one = "/v1/rewards/" + made.text("/id");
    EXPECT_EQ(made.number("/redeemed"), 0);
    EXPECT_EQ(call("GET " + one).body, made.body);
    EXPECT_EQ(call("GET /v1/rewards").number("/total"), 1);
    EXPECT_EQ(call("PUT " + one, R"({"type":"COIN","stock":null,"parameters":{"coin":
        {"exchange_ratio":1}}})").text("/errors/0/pointer"), "/type");
    EXPECT_EQ(call("PUT " + one, R"({"stock":null})")["/stock"], nullptr);
    EXPECT_EQ(call("DELETE " + one).status, 204);
    EXPECT_EQ(call("GET " + one).status, 404);
    EXPECT_EQ(call("POST /v1/rewards", R"({"name":"a","parameters":{"campaign":
        {"id":"camp_1","balance":5}}})").status, 501);
}

TEST_P(RewardRoutes, AnotherProductTakesNoSkuAlong) {
    const std::string one =
        "/v1/rewards/" +
        make(R"({"name":"Tote","parameters":{"product":{"id":"p","sku_id":"s"}}})");
    EXPECT_EQ(call("PUT " + one, R"({"parameters":{"product":{"id":"p"}}})")
                  .text("/parameters/product/sku_id"),
              "s");
    EXPECT_EQ(call("PUT " + one, R"({"parameters":{"product":{"id":"q"}}})")
                  ["/parameters/product/sku_id"],
              nullptr);
}

TEST_P(RewardRoutes, StockIsTheTotal) {
    const std::string id = tote();
    const std::string other = make(R"({"name":"Mug"})");
    redeem(id, 7);
    const auto changed = call("PUT /v1/rewards/" + id, R"({"stock":20})");
    EXPECT_EQ(changed.number("/stock"), 20);
    EXPECT_EQ(changed.number("/redeemed"), 7);
    const auto list = call("GET /v1/rewards?order=created_at");
    EXPECT_EQ(list.number("/data/0/redeemed"), 7);
    EXPECT_EQ(list.number("/data/1/redeemed"), 0);
}

TEST_P(RewardRoutes, AssignsFromTheReward) {
    const std::string id = tote();
    const std::string all = "/v1/rewards/" + id + "/assignments";
    const auto made =
        call("POST " + all, R"({"campaign":"Club","parameters":{"loyalty":{"points":500}}})");
    ASSERT_EQ(made.status, 200);
    EXPECT_EQ(made.text("/related_object_id"), club_);
    EXPECT_EQ(made.text("/reward_id"), id);
    EXPECT_EQ(made.text("/object"), "reward_assignment");
    const std::string one = all + "/" + made.text("/id");
    EXPECT_EQ(call("GET " + one).body, made.body);
    EXPECT_EQ(call("GET " + all).number("/total"), 1);
    EXPECT_EQ(call("GET /v1/rewards?assignment_id=" + made.text("/id")).number("/total"), 1);
    EXPECT_EQ(call("GET /v1/rewards?assignment_id=rewa_1").number("/total"), 0);
    EXPECT_EQ(call("PUT " + one, R"({"parameters":{"loyalty":{"points":450}}})")
                  .number("/parameters/loyalty/points"),
              450);
    EXPECT_EQ(call("POST " + all, R"({"campaign":")" + club_ +
                                      R"(","parameters":{"loyalty":{"points":1}}})").key(),
              "duplicate_found");
    EXPECT_EQ(call("POST " + all, "{}").text("/errors/0/pointer"), "/campaign");
    EXPECT_EQ(call("POST " + all, R"({"campaign":"Nobody"})").text("/errors/0/key"), "unknown");

    const auto in_use = call("DELETE /v1/rewards/" + id);
    EXPECT_EQ(in_use.status, 400);
    EXPECT_EQ(in_use.key(), "resource_in_use");
    EXPECT_EQ(call("DELETE " + one).status, 204);
    EXPECT_EQ(call("DELETE /v1/rewards/" + id).status, 204);
}

TEST_P(RewardRoutes, AssignsFromTheProgramAllOrNone) {
    const std::string bag = tote();
    const std::string cash = make(R"({"name":"Cash","parameters":{"coin":{"exchange_ratio":1}}})");
    const auto refused =
        call("POST " + offers_, "[" + item(bag, 5) + "," + item(bag, 5) + "," + item(cash, 5) +
                                    R"(,{"reward":"rew_1"},{}])");
    ASSERT_EQ(refused.status, 400);
    ASSERT_EQ(refused["/errors"].as_array().size(), 4u);
    EXPECT_EQ(refused.text("/errors/0/pointer"), "/1/reward");
    EXPECT_EQ(refused.text("/errors/1/pointer"), "/2/parameters/loyalty");
    EXPECT_EQ(refused.text("/errors/2/pointer"), "/3/reward");
    EXPECT_EQ(refused.text("/errors/3/key"), "required");
    EXPECT_EQ(call("GET " + offers_).number("/total"), 0);

    const auto made = call("POST " + offers_,
                           "[" + item(bag, 5) + R"(,{"reward":")" + cash + R"("}])");
    ASSERT_EQ(made.status, 200);
    EXPECT_FALSE(made["/1"].as_object().contains("parameters"));
    const std::string one = offers_ + "/" + made.text("/0/id");
    EXPECT_EQ(call("GET " + one).body, made["/0"]);
    EXPECT_EQ(call("GET /v1/loyalties/Club/reward-assignments/" + made.text("/0/id") + "/reward")
                  .text("/id"),
              bag);
    EXPECT_EQ(call("PUT " + one, R"({"parameters":{"loyalty":{"points":9}}})")
                  .number("/parameters/loyalty/points"),
              9);
    EXPECT_EQ(call("DELETE " + one).status, 204);
    EXPECT_EQ(call("GET " + one).status, 404);
}

TEST_P(RewardRoutes, TiersShowTheirPrices) {
    const auto made = call("POST " + offers_, "[" + item(tote(), 500) + "]");
    const auto tier = call("POST /v1/loyalties/Club/tiers",
                           R"([{"name":"Gold","points":{},"rewards":{")" + made.text("/0/id") +
                               R"(":{"type":"CUSTOM","points":300}}}])");
    ASSERT_EQ(tier.status, 200);
    const auto list = call("GET /v1/loyalties/Club/tiers/" + tier.text("/0/id") + "/rewards");
    EXPECT_EQ(list.text("/data/0/reward/name"), "Tote");
    EXPECT_EQ(list.number("/data/0/assignment/parameters/loyalty/points"), 300);
    EXPECT_EQ(list.text("/data/0/object"), "loyalty_tier_reward");
    EXPECT_EQ(call("DELETE " + offers_ + "/" + made.text("/0/id")).status, 204);
    EXPECT_TRUE(call("GET /v1/loyalties/Club/tiers/" + tier.text("/0/id"))["/rewards"]
                    .as_object()
                    .empty());
}

}  // namespace
}  // namespace perennial::rewards
