#include "modules/rewards/codec.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <fstream>
#include <sstream>

#include "modules/campaigns/tests/issues.hpp"

namespace perennial::rewards {
namespace {

struct Mistake {
    const char* body;
    const char* issues;
};

class RewardMistakes : public testing::TestWithParam<Mistake> {};

TEST_P(RewardMistakes, AreAllNamed) {
    EXPECT_EQ(test::issues_of(read_reward(json::parse(GetParam().body))), GetParam().issues)
        << GetParam().body;
}

INSTANTIATE_TEST_SUITE_P(
    All, RewardMistakes,
    testing::Values(
        Mistake{"{}", "/name required"}, Mistake{R"({"name":"a","type":"GIFT"})", "/type enum"},
        Mistake{R"({"name":"a","type":"CAMPAIGN"})", "/parameters required"},
        Mistake{R"({"name":"a","type":"CAMPAIGN","parameters":{"product":{"id":"p"}}})",
                "/parameters/campaign required, /parameters/product conflict"},
        Mistake{R"({"name":"a","parameters":{"campaign":{"id":"camp_1"}}})",
                "/parameters/campaign/balance required"},
        Mistake{R"({"name":"a","type":"CAMPAIGN","stock":5,"kind":"DONATION","donation":
                {"recipient":"r","amount":1},"parameters":{"campaign":{"id":"c","balance":1}}})",
                "/stock conflict, /kind conflict"},
        Mistake{R"({"name":"a","kind":"GIFT","fulfilment":"LATER","hold_minutes":0})",
                "/kind enum, /fulfilment enum, /hold_minutes range"},
        Mistake{R"({"name":"a","kind":"DONATION","donation":{"amount":0}})",
                "/donation/recipient required, /donation/amount range"},
        Mistake{R"({"name":"a","kind":"DONATION","donation":{"recipient":"r","amount":5},
                "parameters":{"coin":{"exchange_ratio":1}}})", "/donation/amount conflict"},
        Mistake{R"({"name":"a","type":"COIN","fulfilment":"MANUAL",
                "parameters":{"coin":{"exchange_ratio":1}}})", "/fulfilment conflict"},
        Mistake{R"({"name":"a","kind":"EXPERIENCE","experience":{"ends_at":"2036-01-01"},
                "early_access":{}})",
                "/experience/starts_at required, /early_access conflict"},
        Mistake{R"({"name":"a","kind":"EARLY_ACCESS","early_access":{"subject":" ","starts_at":
                "2036-01-02T00:00:00Z","ends_at":"2036-01-02T00:00:00Z"}})",
                "/early_access/subject required, /early_access/ends_at conflict"},
        Mistake{R"({"name":"a","start_date":"2036-01-02T00:00:00Z","expiration_date":
                "2036-01-01T00:00:00Z"})", "/expiration_date conflict"},
        Mistake{R"({"name":"a","stock":-1,"attributes":{"image_url":"javascript:1"}})",
                "/stock range, /attributes/image_url format"},
        Mistake{R"({"name":"a","type":"COIN","stock":5})",
                "/stock conflict, /parameters required"},
        Mistake{R"({"name":"a","type":"COIN","parameters":{"coin":{"points_ratio":0}}})",
                "/parameters/coin/exchange_ratio required, /parameters/coin/points_ratio range"},
        Mistake{R"({"name":"a","type":"COIN","parameters":{"product":{"id":"p"}}})",
                "/parameters/coin required, /parameters/product conflict"},
        Mistake{R"({"name":"a","parameters":{"product":{"sku_id":"s"}}})",
                "/parameters/product/id required"}));

TEST(Reward, ReadsItsOwnAnswer) {
    for (const char* body :
         {R"({"name":"Tote","stock":5,"attributes":{"image_url":"https://x/y.jpg"},
             "parameters":{"product":{"id":"p","sku":"s"}},"metadata":{"a":1}})",
          R"({"name":"Cash","parameters":{"coin":{"exchange_ratio":1,"points_ratio":10}}})",
          R"({"name":"Hug","type":"MATERIAL"})",
          R"({"name":"Trees","kind":"DONATION","donation":{"recipient":"Trees","amount":500},
             "fulfilment":"MANUAL","hold_minutes":5,"start_date":"2036-01-01T00:00:00.000Z"})",
          R"({"name":"Miles","type":"CAMPAIGN","parameters":{"campaign":{"id":"camp_1",
             "balance":5}}})"}) {
        projects::Definition definition;
        definition.doc = *read_reward(json::parse(body));
        const json::object answer = to_json(definition, 3);
        EXPECT_EQ(answer.at("redeemed"), 3);
        for (const char* name : {"id", "name", "type", "stock", "attributes", "parameters",
                                 "metadata", "created_at", "updated_at", "object"})
            EXPECT_TRUE(answer.contains(name)) << name;
        const auto again = read_reward(answer);
        ASSERT_TRUE(again) << test::issues_of(again);
        EXPECT_EQ(*again, definition.doc);
    }
}

TEST(Demo, RewardsAreAccepted) {
    std::ifstream file(PERENNIAL_SOURCE_DIR "/examples/demo/program.json");
    std::stringstream text;
    text << file.rdbuf();
    const auto program = parse_json(text.str());
    for (const json::value& reward : program->at("rewards").as_array())
        EXPECT_EQ(test::issues_of(read_reward(reward)), "accepted") << to_text(reward);
}

TEST(Assignment, PriceDependsOnTheType) {
    const auto read = [](const char* body, Type type) {
        return test::issues_of(read_assignment(json::parse(body), RewardId(), type));
    };
    EXPECT_EQ(read(R"({"parameters":{"loyalty":{"points":5}}})", Type::material), "accepted");
    EXPECT_EQ(read("{}", Type::coin), "accepted");
    EXPECT_EQ(read("{}", Type::material), "/parameters required");
    EXPECT_EQ(read(R"({"parameters":{}})", Type::material), "/parameters/loyalty required");
    EXPECT_EQ(read(R"({"parameters":{"loyalty":{"points":-5,"auto_redeem":true}}})",
                   Type::material),
              "/parameters/loyalty/points range");
    EXPECT_EQ(read(R"({"parameters":{"loyalty":{"points":5,"auto_redeem":true}}})", Type::material),
              "accepted");
    EXPECT_EQ(read(R"({"parameters":{"loyalty":{"points":0,"auto_redeem":true}}})", Type::material),
              "/parameters/loyalty/auto_redeem conflict");
    EXPECT_EQ(read(R"({"parameters":{"loyalty":{"points":5}}})", Type::coin),
              "/parameters/loyalty conflict");
    EXPECT_EQ(read(R"({"validation_rules":["val_1"]})", Type::coin),
              "/validation_rules not_implemented");
    EXPECT_EQ(read(R"({"prices":[{"condition":"true","points":1}]})", Type::coin),
              "/prices conflict");
    EXPECT_EQ(read(R"({"parameters":{"loyalty":{"points":5}},"condition":"customer.points",
                       "tiers":[5],"visibility":"NOBODY","prices":[{"points":-1}]})",
                   Type::material),
              "/condition expression, /tiers type, /visibility enum, "
              "/prices/0/condition required, /prices/0/points range");
    const auto missing = read_assignment(json::parse("{}"), RewardId(), Type::material);
    EXPECT_EQ(missing.error().code->key, "missing_param");
    const auto more = read_assignment(json::parse(R"({"visibility":"x"})"), RewardId(),
                                      Type::material);
    EXPECT_EQ(more.error().code->key, "invalid_payload");
}

TEST(Rewards, Compile) {
    const RawId club = RawId::make(1, 1, 1);
    projects::Definition coin;
    coin.kind = projects::definition_kind::reward;
    coin.id = RawId::make(1, 2, 1);
    coin.name = "Cash";
    coin.doc = *read_reward(json::parse(
        R"({"name":"Cash","parameters":{"coin":{"exchange_ratio":2,"points_ratio":10}}})"));
    projects::Definition tote;
    tote.kind = projects::definition_kind::reward;
    tote.id = RawId::make(1, 2, 2);
    tote.name = "Tote";
    tote.doc = *read_reward(json::parse(R"({"name":"Tote","stock":5})"));
    projects::Definition assignment;
    assignment.kind = projects::definition_kind::reward_assignment;
    assignment.id = RawId::make(1, 2, 3);
    assignment.parent = club;
    assignment.doc = *read_assignment(json::parse(R"({"parameters":{"loyalty":{"points":500}}})"),
                                      RewardId(tote.id), Type::material);
    const projects::Snapshot snapshot({}, {coin, tote, assignment});
    const auto& rewards = snapshot.get<Rewards>();
    EXPECT_EQ(rewards.find(RewardId(coin.id))->type, Type::coin);
    EXPECT_EQ(rewards.find(RewardId(coin.id))->exchange_ratio, 2);
    EXPECT_EQ(rewards.find(RewardId(coin.id))->points_ratio, 10);
    EXPECT_FALSE(rewards.find(RewardId(coin.id))->stock);
    EXPECT_EQ(rewards.find(RewardId(tote.id))->stock, 5);
    const Assignment* found = rewards.assigned(campaigns::ProgramId(club), RewardId(tote.id));
    ASSERT_NE(found, nullptr);
    EXPECT_EQ(found->points, Points(500));
    EXPECT_EQ(rewards.find_assignment(found->id), found);
    EXPECT_EQ(rewards.assigned(campaigns::ProgramId(club), RewardId(coin.id)), nullptr);
}

}  // namespace
}  // namespace perennial::rewards
