// Movements by hand, notices, what a program owes: over routes, on every kind of database.
#include "app/verify.hpp"
#include "modules/webhooks/routes.hpp"
#include "tests/app/shop_fixture.hpp"

namespace perennial {
namespace {

class Ledger : public test::ShopTest {
  protected:
    void TearDown() override {
        if (!IsSkipped() && !HasFatalFailure()) {
            const app::Verdict verdict = app::verify(database());
            EXPECT_TRUE(verdict.holds())
                << (verdict.findings.empty() ? "" : verdict.findings.front());
        }
        ShopTest::TearDown();
    }
    test::Answer transfer(const std::string& to, const std::string& from, std::int64_t points,
                          const std::string& source_id) {
        return call("POST /v1/loyalties/Club/members/" + to + "/transfers",
                    fmt::format(R"([{{"code":"{}","points":{},"source_id":"{}"}}])", from, points,
                                source_id));
    }
    // The data of the events of a type that are to be sent.
    std::vector<json::object> told(std::string_view type) {
        std::vector<json::object> out;
        database().read([&](db::Tx& tx) {
            tx.query("SELECT data FROM outbox WHERE project = ? AND type = ? ORDER BY id",
                     {project_, type}, [&](const db::Row& row) {
                         out.push_back(json::parse(row.text(0)).as_object());
                     });
        });
        return out;
    }
};
PERENNIAL_ON_ALL_DATABASES(Ledger);

TEST_P(Ledger, TransfersOfOneBatchSeeEachOther) {
    program();
    const std::string anna = join("anna");
    const std::string ben = join("ben");
    add(anna, 100);
    const std::string to_ben = "POST /v1/loyalties/Club/members/" + ben + "/transfers";
    const std::string to_anna = "POST /v1/loyalties/Club/members/" + anna + "/transfers";
    auto body = [](const std::string& from, int points, const char* id) {
        return fmt::format(R"([{{"code":"{}","points":{},"source_id":"{}"}}])", from, points, id);
    };
    const auto answers = batch({{to_ben, body(anna, 60, "a")},
                                {to_ben, body(anna, 60, "b")},
                                {to_anna, body(ben, 10, "c")},
                                {to_ben, body(anna, 60, "a")}});
    EXPECT_EQ(answers[0].number("/loyalty_card/balance"), 60);
    EXPECT_EQ(answers[1].key(), "loyalty_card_points_exceeded");
    EXPECT_EQ(answers[2].number("/loyalty_card/balance"), 50);
    EXPECT_EQ(answers[3].number("/loyalty_card/balance"), 50);
    EXPECT_EQ(balance(anna), 50);
    EXPECT_EQ(balance(ben), 50);
}

TEST_P(Ledger, TransferRefusals) {
    program();
    const std::string anna = join("anna");
    const std::string ben = join("ben");
    add(anna, 10);
    EXPECT_EQ(transfer("nobody", anna, 1, "x").key(), "not_found");
    EXPECT_EQ(transfer(ben, "nobody", 1, "x").key(), "not_found");
    EXPECT_EQ(transfer(ben, ben, 1, "x").text("/errors/0/pointer"), "/0/code");
    EXPECT_EQ(transfer(ben, anna, 11, "x").key(), "loyalty_card_points_exceeded");
    EXPECT_EQ(transfer(ben, anna, 0, "x").text("/errors/0/pointer"), "/0/points");
    EXPECT_EQ(transfer(ben, anna, 1, "").text("/errors/0/pointer"), "/0/source_id");
    EXPECT_EQ(call("POST /v1/loyalties/Club/members/" + ben + "/transfers", "{}").status, 400);
    add(ben, 1, R"(,"source_id":"taken")");
    EXPECT_EQ(transfer(ben, anna, 1, "taken").key(), "duplicate_source_id");
}

TEST_P(Ledger, ListsOfAProgramGoByPages) {
    program();
    std::vector<std::string> codes;
    for (const char* who : {"a", "b", "c", "d", "e"}) {
        codes.push_back(join(who));
        add(codes.back(), 10);
    }
    std::vector<std::string> seen;
    std::string after;
    for (int page = 0; page < 10; ++page) {
        const auto list = call("GET /v1/campaigns/Club/transactions?limit=2" + after);
        for (const json::value& one : list["/data"].as_array())
            seen.emplace_back(one.at("voucher_id").as_string());
        if (!list["/has_more"].as_bool()) break;
        after = "&starting_after_id=" + list.text("/more_starting_after");
    }
    ASSERT_EQ(seen.size(), 5u);
    EXPECT_EQ(seen.front(), card(codes[4]).text("/id"));
    EXPECT_EQ(seen.back(), card(codes[0]).text("/id"));
    const std::string second = card(codes[1]).text("/id");
    const auto of_card = call("GET /v1/loyalties/Club/transactions?filters[voucher_id][conditions]"
                              "[$in][0]=" + second);
    ASSERT_EQ(of_card["/data"].as_array().size(), 1u);
    EXPECT_EQ(of_card.text("/data/0/voucher_id"), second);
    EXPECT_EQ(call("GET /v1/loyalties/Club/transactions?order=id&limit=1").text("/data/0/voucher_id"),
              card(codes[0]).text("/id"));
    EXPECT_EQ(call("GET /v1/loyalties/Club/transactions?filters[type][conditions][$is]=x").status,
              400);
}

TEST_P(Ledger, NoticesAreToldOnceEach) {
    use(webhooks::routes());
    program(R"(,"expiration_reminders":["P7D","P30D"])");
    const auto hook = call("POST /v1/webhooks", R"({"target_url":"https://shop.example/hook",
        "events":["customer.voucher.loyalty_card.points_expiring"]})");
    ASSERT_EQ(hook.status, 200) << json::serialize(hook.body);
    go_to("2024-01-10T12:00:00Z");
    const std::string code = join("anna");
    add(code, 100);  // until 10 March
    const std::string type = "customer.voucher.loyalty_card.points_expiring";
    go_to("2024-02-08T23:59:00Z");
    add(code, -10);
    EXPECT_TRUE(told(type).empty());
    go_to("2024-02-09T00:00:00Z");
    add(code, -10);
    ASSERT_EQ(told(type).size(), 1u);
    // The command came after midnight: what it took was still there.
    const json::object first = told(type)[0];
    EXPECT_EQ(first.at("expiring").at("points").as_int64(), 90);
    EXPECT_EQ(first.at("expiring").at("days_before").as_int64(), 30);
    EXPECT_EQ(first.at("expiring").at("expires_at").as_string(), "2024-03-10");
    EXPECT_EQ(first.at("customer").at("source_id").as_string(), "anna");
    add(code, -10);
    EXPECT_EQ(told(type).size(), 1u);
    go_to("2024-03-05T00:00:00Z");
    add(code, -20);
    ASSERT_EQ(told(type).size(), 2u);
    EXPECT_EQ(told(type)[1].at("expiring").at("points").as_int64(), 70);
    EXPECT_EQ(told(type)[1].at("expiring").at("days_before").as_int64(), 7);
    go_to("2024-03-11T00:00:00Z");
    add(code, 1);
    EXPECT_EQ(told(type).size(), 2u);
    EXPECT_EQ(balance(code), 1);
}

TEST_P(Ledger, SumsOfMonthsTieToTheCards) {
    program();
    const std::string anna = join("anna");
    const std::string ben = join("ben");
    const std::string mug = reward(30);
    go_to("2024-08-01T00:00:00Z");
    add(anna, 100);
    redeem(anna, mug);
    go_to("2024-09-15T00:00:00Z");
    transfer(ben, anna, 20, "t");
    go_to("2024-10-20T00:00:00Z");
    add(ben, 5);
    const auto owed = call("GET /v1/loyalties/Club/liability");
    EXPECT_EQ(owed.number("/points/net"), 25);
    EXPECT_EQ(owed.number("/ties/difference"), 0);
    EXPECT_EQ(owed["/roll_forward"].as_array().size(), 3u);
    EXPECT_EQ(owed.number("/roll_forward/2/expired"), -50);
    EXPECT_EQ(owed.number("/roll_forward/1/transferred"), 0);
    const auto then = call("GET /v1/loyalties/Club/liability?as_of=2024-09-30");
    EXPECT_EQ(then.number("/points/active"), 70);
    EXPECT_EQ(then.number("/ties/difference"), 0);
}

TEST_P(Ledger, VerifySeesASumThatWasChanged) {
    program();
    add(join("anna"), 100);
    auto change = [&](const char* by) {
        auto tx = database().begin_write();
        EXPECT_EQ(tx->execute(std::string("UPDATE sums SET total = total ") + by +
                              " WHERE name LIKE 'ledger.addition@%'"),
                  1);
        tx->commit();
    };
    change("+ 1");
    const app::Verdict verdict = app::verify(database());
    EXPECT_FALSE(verdict.holds());
    change("- 1");
}

// A database from before the months were kept: its sums stand under one name a kind.
TEST_P(Ledger, SumsFromBeforeTheMonths) {
    program();
    const std::string anna = join("anna");
    add(anna, 100);
    {
        auto tx = database().begin_write();
        EXPECT_EQ(tx->execute("UPDATE sums SET name = 'ledger.addition@before' "
                              "WHERE name LIKE 'ledger.addition@%'"),
                  1);
        tx->commit();
    }
    add(anna, -30);
    EXPECT_TRUE(app::verify(database()).holds());
    const auto owed = call("GET /v1/loyalties/Club/liability");
    EXPECT_EQ(owed.text("/roll_forward/0/month"), "before");
    EXPECT_EQ(owed.number("/roll_forward/0/closing"), 100);
    EXPECT_EQ(owed.number("/roll_forward/1/adjusted"), -30);
    EXPECT_EQ(owed.number("/ties/difference"), 0);
}

}  // namespace
}  // namespace perennial
