#include <atomic>
#include <thread>

#include "app/local_api.hpp"
#include "app/verify.hpp"
#include "modules/rewards/redemption_store.hpp"
#include "platform/config/config.hpp"
#include "tests/app/shop_fixture.hpp"

namespace perennial {
namespace {

class Redemptions : public test::ShopTest {
  protected:
    std::string coin(const char* ratios) {
        const std::string id =
            call("POST /v1/rewards", std::string(R"({"name":"Cash","type":"COIN",
                "parameters":{"coin":)") + ratios + "}}").text("/id");
        const auto made =
            call("POST /v1/loyalties/Club/rewards", R"([{"reward":")" + id + "\"}]");
        EXPECT_EQ(made.status, 200) << json::serialize(made.body);
        return id;
    }
    std::int64_t redeemed(const std::string& reward_id) {
        return call("GET /v1/rewards/" + reward_id).number("/redeemed");
    }
};
PERENNIAL_ON_ALL_DATABASES(Redemptions);

TEST_P(Redemptions, SpendsPointsAndStock) {
    program();
    const std::string mug = reward(60, R"(,"stock":5)");
    const std::string code = join("anna");
    add(code, 100);
    const auto made = redeem(code, mug, "", R"(,"metadata":{"till":3})");
    ASSERT_EQ(made.status, 200) << json::serialize(made.body);
    EXPECT_TRUE(made.text("/id").starts_with("r_"));
    EXPECT_EQ(made.text("/result"), "SUCCESS");
    EXPECT_EQ(made.number("/amount"), 60);
    EXPECT_EQ(made.number("/metadata/till"), 3);
    EXPECT_EQ(made.text("/reward/name"), "Mug");
    EXPECT_EQ(made.text("/reward/type"), "MATERIAL");
    EXPECT_EQ(made.number("/voucher/loyalty_card/balance"), 40);
    EXPECT_EQ(made.number("/voucher/redemption/redeemed_quantity"), 1);
    EXPECT_EQ(made.number("/voucher/redemption/redeemed_points"), 60);
    EXPECT_EQ(made.text("/customer/source_id"), "anna");
    EXPECT_EQ(made.text("/voucher/holder/id"), made.text("/customer/id"));
    EXPECT_EQ(redeemed(mug), 1);
    const auto got = call("GET /v1/redemptions/" + made.text("/id"));
    EXPECT_EQ(got.number("/amount"), 60);
    EXPECT_EQ(got.text("/voucher/code"), code);
    const auto list = call("GET /v1/redemptions");
    EXPECT_EQ(list.number("/total"), 1);
    EXPECT_EQ(list.text("/redemptions/0/id"), made.text("/id"));
    EXPECT_EQ(call("GET /v1/redemptions?result=FAILURE").number("/total"), 0);
    EXPECT_EQ(call("GET /v1/redemptions?customer=anna").number("/total"), 1);
    EXPECT_EQ(call("GET /v1/redemptions?campaign=nobody").number("/total"), 0);
    const auto moved = call("GET /v1/loyalties/members/" + code + "/transactions?limit=1");
    EXPECT_EQ(moved.text("/data/0/type"), "POINTS_REDEMPTION");
    EXPECT_EQ(moved.text("/data/0/details/redemption/id"), made.text("/id"));
    EXPECT_EQ(moved.text("/data/0/details/reward/name"), "Mug");

    const auto missing = redeem(code, mug);
    EXPECT_EQ(missing.key(), "loyalty_card_points_exceeded");
    EXPECT_NE(missing.text("/details").find("20 are missing"), std::string::npos);
    EXPECT_EQ(redeemed(mug), 1);
}

TEST_P(Redemptions, VerifyFindsPiecesAndDonationsThatDoNotFit) {
    program();
    const std::string trees =
        reward(10, R"(,"kind":"DONATION","donation":{"recipient":"Trees","amount":500})");
    const std::string code = join("anna");
    add(code, 100);
    const std::string undone = redeem(code, trees).text("/id");
    redeem(code, trees, "", R"(,"hold":true)");
    redeem(code, trees);
    call("POST /v1/redemptions/" + undone + "/rollback");
    const auto findings = [&] {
        std::string out;
        for (const std::string& one : app::verify(database()).findings) out += one + "; ";
        return out;
    };
    EXPECT_EQ(findings(), "");
    auto tx = database().begin_write();
    tx->execute("UPDATE counters SET used = used + 1 WHERE used = 2");
    tx->execute("UPDATE sums SET total = total + 7 WHERE name = 'donation.given'");
    tx->commit();
    EXPECT_NE(findings().find("its counter says 3 pieces, its redemptions make it 2"),
              std::string::npos) << findings();
    EXPECT_NE(findings().find("donations to Trees: the sum says 1007, the redemptions make it "
                              "1000"), std::string::npos) << findings();
}

TEST_P(Redemptions, StockIsExactInOneBatch) {
    program();
    const std::string mug = reward(1, R"(,"stock":3)");
    std::vector<std::pair<std::string, std::string>> calls;
    for (int i = 0; i < 8; ++i) {
        const std::string code = join("c" + std::to_string(i));
        add(code, 10);
        calls.emplace_back("POST /v1/loyalties/members/" + code + "/redemption",
                           R"({"reward":{"id":")" + mug + "\"}}");
    }
    int good = 0;
    for (const auto& answer : batch(calls)) {
        if (answer.status == 200) ++good;
        else EXPECT_EQ(answer.key(), "reward_out_of_stock");
    }
    EXPECT_EQ(good, 3);
    EXPECT_EQ(redeemed(mug), 3);
}

TEST_P(Redemptions, RollbackGivesPointsAndStockBack) {
    program();
    const std::string mug = reward(60, R"(,"stock":1)");
    const std::string code = join("anna");
    add(code, 40, R"(,"expiration_type":"CUSTOM_DATE","expiration_date":"2024-08-01")");
    add(code, 100);
    const std::string id = redeem(code, mug).text("/id");
    EXPECT_EQ(redeem(code, mug).key(), "reward_out_of_stock");
    const auto undone = call("POST /v1/redemptions/" + id + "/rollback?reason=broken");
    ASSERT_EQ(undone.status, 200) << json::serialize(undone.body);
    EXPECT_EQ(undone.text("/object"), "redemption_rollback");
    EXPECT_TRUE(undone.text("/id").starts_with("rr_"));
    EXPECT_EQ(undone.text("/redemption"), id);
    EXPECT_EQ(undone.number("/amount"), -60);
    EXPECT_EQ(undone.text("/reason"), "broken");
    EXPECT_EQ(undone.number("/voucher/loyalty_card/balance"), 140);
    EXPECT_EQ(undone.number("/voucher/redemption/redeemed_quantity"), 0);
    // The points lie where they lay: 40 of them end in August.
    EXPECT_EQ(card(code).text("/loyalty_card/next_expiration_date"), "2024-08-01");
    EXPECT_EQ(card(code).number("/loyalty_card/next_expiration_points"), 40);
    EXPECT_EQ(redeemed(mug), 0);
    EXPECT_EQ(call("GET /v1/redemptions/" + id).text("/status"), "ROLLED_BACK");
    EXPECT_EQ(call("GET /v1/redemptions/" + id).text("/related_redemptions/rollbacks/0/id"),
              undone.text("/id"));
    EXPECT_EQ(call("GET /v1/redemptions/" + undone.text("/id")).text("/redemption"), id);
    EXPECT_EQ(call("GET /v1/redemptions?result=SUCCESS").number("/total"), 2);
    EXPECT_EQ(call("POST /v1/redemptions/" + id + "/rollback").key(), "already_rolled_back");
    EXPECT_EQ(call("POST /v1/redemptions/" + undone.text("/id") + "/rollback").key(),
              "invalid_redemption");
    EXPECT_EQ(call("POST /v1/redemptions/r_1/rollback").key(), "not_found");
    const auto moved = call("GET /v1/loyalties/members/" + code + "/transactions?limit=2");
    EXPECT_EQ(moved.text("/data/0/type"), "POINTS_REFUND");
    EXPECT_EQ(moved.text("/data/0/details/rollback/id"), undone.text("/id"));
    EXPECT_EQ(moved.text("/data/0/related_transaction_id"), moved.text("/data/1/id"));
}

TEST_P(Redemptions, RollbackAfterTheEndOfThePointsExpiresThem) {
    program();
    const std::string mug = reward(40);
    const std::string code = join("anna");
    add(code, 40, R"(,"expiration_type":"CUSTOM_DATE","expiration_date":"2024-08-01")");
    const std::string id = redeem(code, mug).text("/id");
    go_to("2024-09-01T10:00:00Z");
    EXPECT_EQ(call("POST /v1/redemptions/" + id + "/rollback")
                  .number("/voucher/loyalty_card/balance"), 0);
    EXPECT_EQ(card(code).number("/loyalty_card/expired_points"), 40);
    const auto moved = call("GET /v1/loyalties/members/" + code + "/transactions?limit=2");
    EXPECT_EQ(moved.text("/data/0/type"), "POINTS_EXPIRATION");
    EXPECT_EQ(moved.text("/data/1/type"), "POINTS_REFUND");
    // As of no moment is the balance below zero.
    const auto statement = call("GET /v1/loyalties/members/" + code + "/statement");
    for (const auto& line : statement["/lines"].as_array())
        EXPECT_GE(line.at("balance").as_int64(), 0);
}

TEST_P(Redemptions, RefusedAttemptsAreKeptOnceAMinuteAndForgotten) {
    program();
    const std::string mug = reward(60);
    const std::string code = join("anna");
    const auto refused = redeem(code, mug);
    EXPECT_EQ(refused.text("/resource_type"), "redemption");
    EXPECT_EQ(refused.number("/missing/0/points"), 60);
    EXPECT_EQ(redeem(code, mug).text("/resource_id"), refused.text("/resource_id"));
    const auto kept = call("GET /v1/redemptions/" + refused.text("/resource_id"));
    EXPECT_EQ(kept.text("/result"), "FAILURE");
    EXPECT_EQ(kept.text("/failure_code"), "loyalty_card_points_exceeded");
    EXPECT_EQ(call("GET /v1/redemptions?result=FAILURE").number("/total"), 1);
    EXPECT_EQ(call("GET /v1/redemptions").number("/total"), 1);
    const auto forget = [&](Timestamp before) {
        auto tx = database().begin_write();
        const std::int64_t gone = rewards::forget_failures(*tx, before, 10);
        tx->commit();
        return gone;
    };
    const Timestamp refused_at = *Timestamp::parse(kept.text("/date"));
    EXPECT_EQ(forget(refused_at), 0);
    EXPECT_EQ(forget(refused_at + 1), 1);
    EXPECT_EQ(call("GET /v1/redemptions").number("/total"), 0);
}

TEST_P(Redemptions, AreListedByCard) {
    program();
    const std::string mug = reward(10);
    const std::string code = join("anna");
    add(code, 100);
    const std::string path = "/v1/vouchers/" + code + "/redemption";
    const std::string first = redeem(code, mug).text("/id");
    const auto second = call("POST " + path, R"({"reward":{"id":")" + mug + "\"}}");
    ASSERT_EQ(second.status, 200);
    call("POST /v1/redemptions/" + first + "/rollback");
    const auto list = call("GET " + path);
    EXPECT_EQ(list.number("/redeemed_quantity"), 1);
    EXPECT_EQ(list.number("/redeemed_points"), 10);
    EXPECT_EQ(list.number("/total"), 3);
    EXPECT_EQ(list.text("/redemption_entries/0/object"), "redemption_rollback");
    EXPECT_EQ(list.text("/redemption_entries/1/id"), second.text("/id"));
    EXPECT_EQ(list.text("/redemption_entries/2/id"), first);
}

TEST_P(Redemptions, RefusalsInOrder) {
    program();
    const std::string mug = reward(10);
    const std::string other = call("POST /v1/rewards", R"({"name":"Bag"})").text("/id");
    const std::string code = join("anna");
    EXPECT_EQ(redeem("nobody", mug).key(), "not_found");
    EXPECT_EQ(redeem(code, "rew_1").text("/resource_type"), "reward");
    const auto unassigned = redeem(code, other);
    EXPECT_EQ(unassigned.status, 404);
    EXPECT_EQ(unassigned.text("/resource_id"), other);
    EXPECT_EQ(redeem(code, mug).key(), "loyalty_card_points_exceeded");
    EXPECT_EQ(call("POST /v1/loyalties/members/" + code + "/redemption", "{}")
                  .text("/errors/0/pointer"), "/reward");
    call("PUT /v1/loyalties/Club", R"({"active":false})");
    EXPECT_EQ(redeem(code, mug).key(), "campaign_not_active");
    EXPECT_EQ(redeem(code, other).key(), "campaign_not_active");
}

TEST_P(Redemptions, CoinPaysForAnOrder) {
    program();
    const std::string cash = coin(R"({"exchange_ratio":1,"points_ratio":10})");
    const std::string code = join("anna");
    add(code, 500);
    EXPECT_EQ(redeem(code, cash, R"(,"points":100)").key(), "missing_order");
    EXPECT_EQ(redeem(code, cash, R"(,"points":100)", R"(,"order":{"source_id":"o1"})").key(),
              "not_found");
    call("POST /v1/orders", R"({"source_id":"o1","amount":2000,"customer":{"source_id":"anna"}})");
    EXPECT_EQ(redeem(code, cash, "", R"(,"order":{"source_id":"o1"})").key(),
              "missing_parameters");
    const auto made = redeem(code, cash, R"(,"points":100)", R"(,"order":{"source_id":"o1"})");
    ASSERT_EQ(made.status, 200) << json::serialize(made.body);
    EXPECT_EQ(made.number("/amount"), 100);
    EXPECT_EQ(made.number("/order/total_amount"), 1000);
    EXPECT_EQ(made.number("/order/discount_amount"), 1000);
    // 15.00 would be too much: of 150 points only the 100 that pay the rest are taken.
    const auto capped = redeem(code, cash, R"(,"points":150)", R"(,"order":{"source_id":"o1"})");
    EXPECT_EQ(capped.number("/amount"), 100);
    EXPECT_EQ(balance(code), 300);
    EXPECT_EQ(redeem(code, cash, R"(,"points":1)", R"(,"order":{"source_id":"o1"})").key(),
              "invalid_order");
    call("POST /v1/redemptions/" + capped.text("/id") + "/rollback");
    EXPECT_EQ(call("GET /v1/orders/o1").number("/total_amount"), 1000);
    EXPECT_EQ(balance(code), 400);
    // What was paid with points stays off when the rest is paid with money.
    EXPECT_EQ(call("PUT /v1/orders/o1", R"({"status":"PAID"})").number("/total_amount"), 1000);
    EXPECT_EQ(call("POST /v1/redemptions/" + made.text("/id") + "/rollback").key(),
              "invalid_order");

    pay("anna", "o2", 500);
    EXPECT_EQ(redeem(code, cash, R"(,"points":1)", R"(,"order":{"source_id":"o2"})").key(),
              "invalid_order");
    call("POST /v1/orders", R"({"source_id":"o3","amount":500,"customer":{"source_id":"ben"}})");
    EXPECT_EQ(redeem(code, cash, R"(,"points":1)", R"(,"order":{"source_id":"o3"})").key(),
              "invalid_order");
}

// Two hundred calls at once, over the committers, for ten pieces.
class RedemptionsAtOnce : public test::DatabaseTest {
  protected:
    std::unique_ptr<app::Engine> open_engine() {
        config::Texts flags{{"data-dir", folder_.path()}};
        if (is_postgres()) flags = {{"database", url()}, {"committers", "4"}};
        const auto settings = config::load(flags, {});
        CHECK(settings.has_value());
        auto engine = app::Engine::open(settings->settings);
        CHECK(engine.has_value());
        return *std::move(engine);
    }
    test::TemporaryFolder folder_;
};
PERENNIAL_ON_ALL_DATABASES(RedemptionsAtOnce);

TEST_P(RedemptionsAtOnce, AreExactlyTheStock) {
    const auto engine = open_engine();
    projects::ProjectNumber project = 0;
    engine->write([&](work::Batch& batch) {
        project = projects::create_project(batch.tx, batch.ids, "shop", {}, false,
                                           batch.machine_now).number;
    });
    app::LocalApi api(*engine, project);
    auto post = [&](const std::string& path, std::string body) {
        const auto answer = api.call(http::Method::post, path, std::move(body));
        EXPECT_EQ(answer.status, 200) << answer.body;
        return json::parse(answer.body);
    };
    post("/v1/loyalties", R"({"name":"Club"})");
    const json::value mug = post("/v1/rewards", R"({"name":"Mug","stock":10})");
    const std::string id(mug.at("id").as_string());
    post("/v1/loyalties/Club/rewards",
         R"([{"reward":")" + id + R"(","parameters":{"loyalty":{"points":7}}}])");
    std::vector<std::string> codes;
    for (int i = 0; i < 20; ++i) {
        const json::value card = post("/v1/loyalties/Club/members",
                                      fmt::format(R"({{"customer":{{"source_id":"c{}"}}}})", i));
        codes.emplace_back(card.at("code").as_string());
        post("/v1/loyalties/members/" + codes.back() + "/balance", R"({"points":100})");
    }
    std::atomic<int> good{0};
    std::atomic<int> out_of_stock{0};
    std::atomic<int> answered{0};
    for (int i = 0; i < 200; ++i)
        api.post(http::Method::post,
                 "/v1/loyalties/members/" + codes[static_cast<std::size_t>(i % 20)] + "/redemption",
                 R"({"reward":{"id":")" + id + "\"}}", std::nullopt,
                 [&](app::Engine::Outcome outcome) {
                     if (outcome.response.status == 200) ++good;
                     if (outcome.response.body.find("reward_out_of_stock") != std::string::npos)
                         ++out_of_stock;
                     ++answered;
                 });
    engine->committer().drain();
    EXPECT_EQ(answered, 200);
    EXPECT_EQ(good, 10);
    EXPECT_EQ(out_of_stock, 190);
    std::int64_t left = 0;
    for (const std::string& code : codes)
        left += json::parse(api.call(http::Method::get, "/v1/loyalties/members/" + code).body)
                    .at_pointer("/loyalty_card/balance").as_int64();
    EXPECT_EQ(left, 20 * 100 - 10 * 7);
}

}  // namespace
}  // namespace perennial
