#include "modules/webhooks/routes.hpp"
#include "tests/app/shop_fixture.hpp"

namespace perennial {
namespace {

class Members : public test::ShopTest {};
PERENNIAL_ON_ALL_DATABASES(Members);

TEST_P(Members, JoinOnce) {
    const std::string club = program();
    const auto made = call("POST /v1/loyalties/Club/members",
                           R"({"customer":{"source_id":"anna","name":"Anna"},
                               "metadata":{"store":7}})");
    ASSERT_EQ(made.status, 200);
    EXPECT_EQ(made.text("/object"), "voucher");
    EXPECT_EQ(made.text("/type"), "LOYALTY_CARD");
    EXPECT_EQ(made.text("/campaign"), "Club");
    EXPECT_EQ(made.text("/campaign_id"), club);
    EXPECT_EQ(made.number("/loyalty_card/points"), 0);
    EXPECT_EQ(made.number("/metadata/store"), 7);
    EXPECT_TRUE(made.text("/holder_id").starts_with("cust_"));
    EXPECT_EQ(made["/updated_at"], nullptr);
    EXPECT_FALSE(made.body.at("loyalty_card").as_object().contains("next_expiration_date"));
    // A second time, by any name of the customer and of the program.
    for (const std::string& who : {std::string(R"({"source_id":"anna"})"), std::string("\"anna\""),
                                   R"({"id":")" + made.text("/holder_id") + "\"}"}) {
        const auto again = call("POST /v1/loyalties/" + club + "/members",
                                R"({"customer":)" + who + "}");
        ASSERT_EQ(again.status, 200);
        EXPECT_EQ(again.text("/id"), made.text("/id"));
    }
    EXPECT_EQ(call("GET /v1/loyalties/Club/members").number("/total"), 1);
    for (const char* path : {"/v1/loyalties/Club/members/", "/v1/loyalties/members/"})
        for (const char* name : {"/id", "/code"})
            EXPECT_EQ(call(std::string("GET ") + path + made.text(name)).body, made.body);
}

TEST_P(Members, JoinWithTheCodeOfAPlasticCard) {
    program();
    const auto made = call("POST /v1/loyalties/Club/members",
                           R"({"customer":{"source_id":"anna"},"voucher":"CARD 1/7"})");
    EXPECT_EQ(made.text("/code"), "CARD 1/7");
    EXPECT_EQ(call("POST /v1/loyalties/Club/members",
                   R"({"customer":{"source_id":"ben"},"voucher":"CARD 1/7"})").key(),
              "voucher_already_published");
    EXPECT_EQ(call("GET /v1/loyalties/Club/members?customer=ben").number("/total"), 0);
}

TEST_P(Members, JoinRefusals) {
    EXPECT_EQ(call("POST /v1/loyalties/Club/members", R"({"customer":{"source_id":"a"}})").status,
              404);
    program(R"(,"active":false)");
    const auto nobody = call("POST /v1/loyalties/Club/members", "{}");
    EXPECT_EQ(nobody.text("/errors/0/pointer"), "/customer");
    EXPECT_EQ(call("POST /v1/loyalties/Club/members",
                   R"({"customer":{"id":"cust_00000000000000000000000000000001"}})").key(),
              "not_found");
    EXPECT_EQ(call("POST /v1/loyalties/Club/members", R"({"customer":{"source_id":"a"}})").key(),
              "campaign_not_active");
}

TEST_P(Members, ListsByAgeAndByName) {
    program();
    const std::string a = join("a");
    const Timestamp between = now_;
    const std::string b = join("b");
    const std::string c = join("c");
    const auto newest = call("GET /v1/loyalties/Club/members?limit=2");
    EXPECT_EQ(newest.text("/data_ref"), "vouchers");
    EXPECT_EQ(newest.number("/total"), 3);
    EXPECT_EQ(newest.text("/vouchers/0/code"), c);
    EXPECT_EQ(call("GET /v1/loyalties/Club/members?order=created_at&limit=1&page=2")
                  .text("/vouchers/0/code"), b);
    const auto later = call("GET /v1/loyalties/Club/members?created_at[after]=" + between.iso());
    EXPECT_EQ(later.number("/total"), 2);
    EXPECT_EQ(later["/vouchers"].as_array().size(), 2u);
    EXPECT_EQ(call("GET /v1/loyalties/Club/members?customer=a").text("/vouchers/0/code"), a);
    EXPECT_EQ(call("GET /v1/loyalties/Club/members?ids[]=" + a + "&ids[]=x").number("/total"), 1);
    EXPECT_EQ(call("GET /v1/loyalties/Club/members?filters[a][conditions][$is]=1").status, 400);
}

TEST_P(Members, BalanceGoesUpAndDown) {
    program();
    const std::string code = join("anna");
    const auto added = add(code, 100, R"(,"reason":"Late parcel")");
    EXPECT_EQ(added.number("/points"), 100);
    EXPECT_EQ(added.number("/total"), 100);
    EXPECT_EQ(added.number("/balance"), 100);
    EXPECT_EQ(added.text("/type"), "loyalty_card");
    EXPECT_EQ(added.text("/related_object/id"), card(code).text("/id"));
    const auto by_voucher = call("POST /v1/vouchers/" + code + "/balance", R"({"amount":-30})");
    EXPECT_EQ(by_voucher.number("/amount"), -30);
    EXPECT_EQ(by_voucher.number("/balance"), 70);
    EXPECT_EQ(by_voucher.number("/total"), 100);
    const auto too_much = add(code, -71);
    EXPECT_EQ(too_much.key(), "loyalty_card_points_exceeded");
    EXPECT_NE(too_much.text("/details").find("1 are missing"), std::string::npos);
    EXPECT_EQ(add(code, 9007199254740991).key(), "invalid_balance");
    EXPECT_EQ(add(code, 0).text("/errors/0/pointer"), "/points");
    EXPECT_EQ(balance(code), 70);
    const auto shown = card(code);
    EXPECT_EQ(shown.number("/loyalty_card/points"), 100);
    EXPECT_EQ(shown.number("/loyalty_card/subtracted_points"), 30);
}

TEST_P(Members, SourceIdMakesAdjustmentsIdempotent) {
    program();
    const std::string code = join("anna");
    const std::string path = "POST /v1/loyalties/members/" + code + "/balance";
    const auto first = add(code, 50, R"(,"source_id":"t-1")");
    add(code, 5);
    const auto again = add(code, 50, R"(,"source_id":"t-1")");
    EXPECT_EQ(again.body, first.body);
    EXPECT_EQ(add(code, 51, R"(,"source_id":"t-1")").key(), "duplicate_source_id");
    EXPECT_EQ(add(join("ben"), 50, R"(,"source_id":"t-1")").key(), "duplicate_source_id");
    // Twice in one batch.
    const std::string body = R"({"points":7,"source_id":"t-2"})";
    const auto both = batch({{path, body}, {path, body}});
    EXPECT_EQ(both[0].body, both[1].body);
    EXPECT_EQ(balance(code), 62);
}

TEST_P(Members, PointsEndByRuleByDateOrNever) {
    program();
    const std::string code = join("anna");
    go_to("2024-01-31T12:00:00Z");
    add(code, 10);
    add(code, 20, R"(,"expiration_type":"CUSTOM_DATE","expiration_date":"2024-02-10")");
    add(code, 40, R"(,"expiration_type":"NON_EXPIRING")");
    EXPECT_EQ(add(code, 1, R"(,"expiration_type":"CUSTOM_DATE","expiration_date":"2024-01-30")")
                  .key(), "invalid_expiration_date");
    EXPECT_EQ(add(code, 1, R"(,"expiration_type":"CUSTOM_DATE")").text("/errors/0/pointer"),
              "/expiration_date");
    const auto shown = card(code);
    EXPECT_EQ(shown.text("/loyalty_card/next_expiration_date"), "2024-02-10");
    EXPECT_EQ(shown.number("/loyalty_card/next_expiration_points"), 20);
    const auto buckets = call("GET /v1/loyalties/Club/members/" + code + "/points-expiration");
    EXPECT_EQ(buckets.number("/total"), 3);
    EXPECT_EQ(buckets.text("/data/0/expires_at"), "2024-02-10");
    EXPECT_EQ(buckets.number("/data/0/bucket/total_points"), 20);
    EXPECT_EQ(buckets.text("/data/0/status"), "ACTIVE");
    EXPECT_EQ(buckets.text("/data/1/expires_at"), "2024-03-31");
    EXPECT_FALSE(buckets["/data/2"].as_object().contains("expires_at"));
    EXPECT_TRUE(buckets.text("/data/2/id").starts_with("lopb_"));

    // The last usable day is whole; no job has run when the points are gone.
    go_to("2024-02-10T23:59:58Z");
    EXPECT_EQ(balance(code), 70);
    go_to("2024-02-11T00:00:00Z");
    EXPECT_EQ(balance(code), 50);
    EXPECT_EQ(card(code).number("/loyalty_card/expired_points"), 20);
    // What is due has no id until a command saves it.
    const std::string list = "GET /v1/loyalties/members/" + code + "/transactions?limit=1";
    EXPECT_EQ(call(list).text("/data/0/type"), "POINTS_ADDITION");
    add(code, -50);
    EXPECT_EQ(call(list).text("/data/0/type"), "POINTS_REMOVAL");
    const auto expired = call("GET /v1/vouchers/" + code + "/transactions?limit=2");
    EXPECT_EQ(expired.text("/data/1/type"), "POINTS_EXPIRATION");
    EXPECT_EQ(expired.text("/data/1/created_at"), "2024-02-11T00:00:00.000Z");
    EXPECT_EQ(expired["/data/1/source"], nullptr);
}

TEST_P(Members, TransactionsArePaged) {
    program();
    const std::string code = join("anna");
    for (int points = 1; points <= 5; ++points) add(code, points);
    const std::string list = "GET /v1/loyalties/Club/members/" + code + "/transactions";
    for (const bool newest_first : {true, false}) {
        std::vector<std::int64_t> seen;
        std::string after;
        for (int page = 1; page <= 3; ++page) {
            const auto answer = call(list + "?limit=2" + (newest_first ? "" : "&order=id") + after);
            ASSERT_EQ(answer.status, 200);
            for (const auto& one : answer["/data"].as_array())
                seen.push_back(one.at_pointer("/details/balance/points").as_int64());
            EXPECT_EQ(answer["/has_more"].as_bool(), page < 3);
            if (page < 3) after = "&starting_after_id=" + answer.text("/more_starting_after");
        }
        const std::vector<std::int64_t> expected =
            newest_first ? std::vector<std::int64_t>{5, 4, 3, 2, 1}
                         : std::vector<std::int64_t>{1, 2, 3, 4, 5};
        EXPECT_EQ(seen, expected);
    }
    const auto one = call(list + "?limit=1");
    EXPECT_EQ(one.text("/data/0/details/balance/operation_type"), "MANUAL");
    EXPECT_EQ(one.number("/data/0/details/balance/total"), 15);
    EXPECT_EQ(one.text("/data/0/source"), "API");
    const std::string bens = join("ben");
    add(bens, 1);
    const auto foreign = call("GET /v1/loyalties/members/" + bens + "/transactions");
    EXPECT_EQ(call(list + "?starting_after_id=" + foreign.text("/data/0/id")).key(),
              "invalid_query_params");
    EXPECT_EQ(call(list + "?starting_after_id=vtx_1").key(), "invalid_query_params");
}

TEST_P(Members, TransactionsTellTheOrderAndTheRule) {
    const std::string club = program();
    call("POST /v1/loyalties/Club/earning-rules",
         R"([{"event":"order.paid","loyalty":{"type":"PROPORTIONAL","calculation_type":
            "ORDER_AMOUNT","order":{"amount":{"every":100,"points":1}}},
            "source":{"banner":"A leaf a euro"}}])");
    const std::string code = join("anna");
    pay("anna", "POS-1", 1250);
    const auto list = call("GET /v1/loyalties/members/" + code + "/transactions");
    EXPECT_EQ(list.text("/data/0/type"), "POINTS_ACCRUAL");
    EXPECT_EQ(list.text("/data/0/details/order/source_id"), "POS-1");
    EXPECT_EQ(list.text("/data/0/details/earning_rule/source/banner"), "A leaf a euro");
    EXPECT_EQ(list.text("/data/0/details/balance/operation_type"), "AUTOMATIC");
    EXPECT_EQ(list.number("/data/0/details/balance/balance"), 12);
}

TEST_P(Members, PendingPointsWaitAreMadeActiveOrCanceled) {
    program();
    call("POST /v1/loyalties/Club/earning-rules",
         R"([{"event":"order.paid","loyalty":{"type":"FIXED","points":10},
            "pending_points":{"period_type":"DAY","period_value":14}}])");
    const std::string code = join("anna");
    go_to("2024-05-01T10:00:00Z");
    for (const char* order : {"o1", "o2", "o3"}) pay("anna", order, 100);
    const std::string base = "/v1/loyalties/members/" + code + "/pending-points";
    const auto list = call("GET " + base);
    ASSERT_EQ(list["/data"].as_array().size(), 3u);
    EXPECT_EQ(list.text("/data/0/activates_at"), "2024-05-15");
    EXPECT_EQ(list.text("/data/0/details/order/source_id"), "o3");
    EXPECT_EQ(card(code).number("/loyalty_card/pending_points"), 30);
    EXPECT_EQ(call("GET /v1/loyalties/Club/members/" + code + "/pending-points?limit=1")
                  .text("/more_starting_after"), list.text("/data/0/id"));

    const std::string newest = list.text("/data/0/id");
    const auto active = call("POST " + base + "/" + newest + "/activate");
    EXPECT_EQ(active.number("/points"), 10);
    EXPECT_EQ(active.number("/balance"), 10);
    EXPECT_EQ(call("POST " + base + "/" + newest + "/activate").key(),
              "invalid_pending_points_state");
    EXPECT_EQ(call("POST " + base + "/" + newest + "/cancel").key(),
              "invalid_pending_points_state");
    EXPECT_EQ(call("POST " + base + "/" + list.text("/data/1/id") + "/cancel").status, 204);
    EXPECT_EQ(call("POST " + base + "/lopp_1/cancel").key(), "not_found");
    EXPECT_EQ(call("GET " + base)["/data"].as_array().size(), 1u);
    go_to("2024-05-15T00:00:00Z");
    EXPECT_EQ(balance(code), 20);
    EXPECT_EQ(call("GET " + base)["/data"].as_array().size(), 0u);
    EXPECT_EQ(call("POST " + base + "/" + list.text("/data/2/id") + "/cancel").key(),
              "invalid_pending_points_state");
}

TEST_P(Members, TierAndRewardsAtItsPrice) {
    program();
    const std::string mug = reward(100, R"(,"stock":1)");
    const std::string bag = reward(300);
    const auto assignments = call("GET /v1/loyalties/Club/rewards?order=created_at");
    const std::string mug_offer = assignments.text("/data/0/id");
    const auto made = call("POST /v1/loyalties/Club/tiers",
                           R"([{"name":"Leaf","points":{"from":0,"to":200}},
                               {"name":"Tree","points":{"from":200},
                                "rewards":{")" + mug_offer +
                               R"(":{"type":"MULTIPLY","multiplier":0.5}}}])");
    ASSERT_EQ(made.status, 200) << json::serialize(made.body);
    const std::string code = join("anna");
    const std::string tiers = "GET /v1/loyalties/members/" + code + "/tiers";
    EXPECT_EQ(call(tiers).text("/data/0/name"), "Leaf");
    add(code, 200);
    EXPECT_EQ(call(tiers).text("/data/0/name"), "Tree");
    EXPECT_EQ(call(tiers).text("/data/0/expiration/tier_id"), call(tiers).text("/data/0/id"));
    const std::string list = "GET /v1/loyalties/members/" + code + "/rewards";
    const auto all = call(list);
    EXPECT_EQ(all.number("/total"), 2);
    EXPECT_EQ(all.text("/data/0/object"), "loyalty_reward");
    EXPECT_EQ(all.number("/data/0/assignment/parameters/loyalty/points"), 50);
    const auto affordable = call(list + "?affordable_only=true");
    EXPECT_EQ(affordable.number("/total"), 1);
    EXPECT_EQ(affordable.text("/data/0/reward/id"), mug);
    const auto redeemed = redeem(code, mug);
    EXPECT_EQ(redeemed.number("/amount"), 50);
    EXPECT_EQ(redeemed.text("/reward/loyalty_tier_id"), call(tiers).text("/data/0/id"));
    EXPECT_EQ(call(list).number("/data/0/reward/redeemed"), 1);
    EXPECT_EQ(call(list + "?affordable_only=true").number("/total"), 0);
}

TEST_P(Members, StatementExplainsTheBalanceOfAnyDay) {
    program();
    call("POST /v1/loyalties/Club/earning-rules",
         R"([{"event":"order.paid","name":"A leaf a euro","loyalty":{"type":"PROPORTIONAL",
            "calculation_type":"ORDER_AMOUNT","order":{"amount":{"every":100,"points":1}}},
            "source":{"banner":"A leaf a euro"}}])");
    const std::string mug = reward(30);
    go_to("2024-01-10T10:00:00Z");
    const std::string code = join("anna");
    pay("anna", "POS-1", 10000);
    go_to("2024-02-01T10:00:00Z");
    ASSERT_EQ(redeem(code, mug).status, 200);
    go_to("2024-05-01T10:00:00Z");
    const std::string path = "GET /v1/loyalties/members/" + code + "/statement";
    const auto now = call(path);
    ASSERT_EQ(now["/lines"].as_array().size(), 3u);
    EXPECT_EQ(now.number("/closing_balance"), 0);
    EXPECT_EQ(now.text("/lines/0/reason"), "Earned: A leaf a euro (order POS-1)");
    EXPECT_EQ(now.text("/lines/1/reason"), "Reward: Mug");
    EXPECT_EQ(now.text("/lines/2/reason"), "Expired");
    EXPECT_EQ(now["/lines/2/id"], nullptr);  // due, not saved
    EXPECT_EQ(now.text("/lines/2/at"), "2024-03-11T00:00:00.000Z");
    EXPECT_EQ(call(path + "?at=2024-01-09").number("/closing_balance"), 0);
    EXPECT_EQ(call(path + "?at=2024-01-10").number("/closing_balance"), 100);
    EXPECT_EQ(call(path + "?at=2024-03-10").number("/closing_balance"), 70);
    EXPECT_EQ(call(path + "?at=2024-03-11").number("/closing_balance"), 0);
    const auto february = call(path + "?from=2024-02-01&at=2024-02-29");
    EXPECT_EQ(february.number("/opening_balance"), 100);
    EXPECT_EQ(february.number("/closing_balance"), 70);
    EXPECT_EQ(february["/lines"].as_array().size(), 1u);
    EXPECT_EQ(call(path + "?from=2024-03-01&at=2024-02-01").key(), "invalid_query_params");
    EXPECT_EQ(balance(code), 0);
}

TEST_P(Members, ADisabledCardKeepsItsPoints) {
    program();
    const std::string mug = reward(10);
    const std::string code = join("anna");
    add(code, 50);
    const auto off = call("POST /v1/vouchers/" + code + "/disable");
    EXPECT_FALSE(off["/active"].as_bool());
    EXPECT_EQ(redeem(code, mug).key(), "voucher_disabled");
    EXPECT_EQ(call("GET /v1/vouchers/" + code).number("/loyalty_card/balance"), 50);
    go_to("2025-01-01T00:00:00Z");
    EXPECT_EQ(balance(code), 0);
    EXPECT_TRUE(call("POST /v1/vouchers/" + code + "/enable")["/active"].as_bool());
    EXPECT_EQ(call("POST /v1/vouchers/none/enable").key(), "not_found");
}

TEST_P(Members, TellWhoListens) {
    use(webhooks::routes());
    program();
    call("POST /v1/loyalties/Club/tiers", R"([{"name":"Leaf","points":{"from":10}}])");
    const auto hook = call("POST /v1/webhooks", R"({"target_url":"https://shop.example/hook",
        "events":["customer.voucher.loyalty_card.points_added","voucher.loyalty_card.points_expired",
                  "customer.loyalty.tier.joined","voucher.loyalty_card.transaction.created",
                  "customer.redemption.succeeded"]})");
    ASSERT_EQ(hook.status, 200) << json::serialize(hook.body);
    const std::string mug = reward(1);
    const std::string code = join("anna");
    add(code, 10);
    redeem(code, mug);
    go_to("2025-01-01T00:00:00Z");
    add(code, 1);
    std::map<std::string, int> seen;
    json::object joined;
    database().read([&](db::Tx& tx) {
        tx.query("SELECT type, data FROM outbox WHERE project = ?", {project_},
                 [&](const db::Row& row) {
                     ++seen[std::string(row.text(0))];
                     if (row.text(0) == "customer.loyalty.tier.joined")
                         joined = json::parse(row.text(1)).as_object();
                 });
    });
    const std::map<std::string, int> expected{{"customer.voucher.loyalty_card.points_added", 2},
                                              {"voucher.loyalty_card.points_expired", 1},
                                              {"customer.loyalty.tier.joined", 1},
                                              {"voucher.loyalty_card.transaction.created", 4},
                                              {"customer.redemption.succeeded", 1}};
    EXPECT_EQ(seen, expected);
    EXPECT_EQ(joined.at("loyalty_tier").at("name").as_string(), "Leaf");
    EXPECT_EQ(joined.at("customer").at("source_id").as_string(), "anna");
    EXPECT_EQ(joined.at("voucher").at("code").as_string(), code);
}

TEST_P(Members, TheFirstTierEarnsItsRules) {
    program();
    call("POST /v1/loyalties/Club/tiers", R"([{"name":"Leaf","points":{"from":0}}])");
    call("POST /v1/loyalties/Club/earning-rules",
         R"([{"event":"customer.loyalty.tier.joined","loyalty":{"type":"FIXED","points":15},
            "loyalty_tier":{"id":"__ANY__"}}])");
    const std::string code = join("anna");
    EXPECT_EQ(balance(code), 15);
    EXPECT_EQ(call("GET /v1/loyalties/members/" + code + "/statement").text("/lines/0/reason"),
              "Tier: Leaf");
}

TEST_P(Members, UnknownOnesAreNotFound) {
    program();
    call("POST /v1/loyalties", R"({"name":"Other"})");
    const std::string code = join("anna");
    for (const char* path :
         {"GET /v1/loyalties/members/nobody", "GET /v1/loyalties/None/members/x",
          "GET /v1/loyalties/members/nobody/transactions", "GET /v1/loyalties/members/nobody/tiers",
          "GET /v1/loyalties/members/nobody/statement"})
        EXPECT_EQ(call(path).key(), "not_found") << path;
    const auto elsewhere = call("GET /v1/loyalties/Other/members/" + code);
    EXPECT_EQ(elsewhere.key(), "not_found");
    EXPECT_EQ(elsewhere.text("/resource_type"), "voucher");
    EXPECT_EQ(call("POST /v1/loyalties/Other/members/" + code + "/balance", R"({"points":1})").key(),
              "not_found");
}

}  // namespace
}  // namespace perennial
