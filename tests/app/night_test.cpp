// What falls due at one moment on many cards: answers are right before it is written down, and what is
// then written down is what they said.
#include "app/app.hpp"
#include "app/local_api.hpp"
#include "app/verify.hpp"
#include "modules/projects/store.hpp"
#include "platform/jobs/timers.hpp"
#include "tests/support/postgres_or_sqlite.hpp"

#include <fmt/format.h>

namespace perennial::app {
namespace {

constexpr int members = 60;

class Night : public test::DatabaseTest {
  protected:
    void SetUp() override {
        DatabaseTest::SetUp();
        if (IsSkipped()) return;
        config::Texts flags{{"data-dir", folder_.path()}};
        if (is_postgres()) flags = {{"database", url()}, {"committers", "2"}};
        const auto settings = config::load(flags, {});
        auto engine = Engine::open(settings->settings);
        ASSERT_TRUE(engine.has_value());
        engine_ = *std::move(engine);
        engine_->write([&](work::Batch& batch) {
            project_ = projects::create_project(batch.tx, batch.ids, "shop", {}, true,
                                                batch.machine_now).number;
        });
        api_ = std::make_unique<LocalApi>(*engine_, project_);
        go_to("2025-05-31T10:00:00Z");
    }

    // Only the clock: no timer fires.
    void go_to(const char* time) {
        engine_->write([&](work::Batch& batch) {
            projects::save_clock(batch.tx, project_, *Timestamp::parse(time));
        });
    }
    json::value post(const std::string& path, const std::string& body) {
        const auto answer = api_->call(http::Method::post, path, body);
        EXPECT_EQ(answer.status, 200) << path << answer.body;
        return json::parse(answer.body);
    }
    json::value get(const std::string& path) {
        const auto answer = api_->call(http::Method::get, path);
        EXPECT_EQ(answer.status, 200) << path << answer.body;
        return json::parse(answer.body);
    }

    // A month after the purchases, at one moment, points end, others become active, and tiers end.
    void fill() {
        post("/v1/loyalties", R"({"name":"Club","auto_join":true,"voucher":{"loyalty_card":{"points":0,
            "expiration_rules":{"period_type":"MONTH","period_value":1,"rounding_type":"END_OF_MONTH"}}},
            "loyalty_tiers_expiration":{"qualification_type":"POINTS_IN_PERIOD",
            "qualification_period":"MONTH","start_date":{"type":"IMMEDIATE"},
            "expiration_date":{"type":"END_OF_NEXT_PERIOD"}}})");
        post("/v1/loyalties/Club/tiers",
             R"([{"name":"Basic","points":{"from":0,"to":15}},{"name":"Gold","points":{"from":15}}])");
        post("/v1/loyalties/Club/earning-rules",
             R"([{"event":"order.paid","source":{"banner":"now"},
                "loyalty":{"type":"PROPORTIONAL","calculation_type":"ORDER_AMOUNT",
                "order":{"amount":{"every":100,"points":1}}}},
                {"event":"order.paid","source":{"banner":"later"},
                "pending_points":{"period_type":"DAY","period_value":31},
                "loyalty":{"type":"FIXED","points":5}}])");
        for (int i = 0; i < members; ++i) {
            const json::value order = post(
                "/v1/orders", fmt::format(R"({{"source_id":"o{}","status":"PAID","amount":{},
                    "customer":{{"source_id":"c{}"}}}})", i, 1000 + 100 * (i % 10), i));
            EXPECT_TRUE(order.as_object().contains("id"));
        }
        const json::value found = get("/v1/loyalties/Club/members?limit=100");
        for (const json::value& one : found.at("vouchers").as_array())
            codes_.emplace_back(one.at("code").as_string());
        ASSERT_EQ(std::ssize(codes_), members);
    }

    // What a member is told, without what only a saved change has: times of saving.
    std::string told(const std::string& code) {
        json::value card = get("/v1/loyalties/members/" + code).at("loyalty_card");
        const json::value tiers = get("/v1/loyalties/members/" + code + "/tiers");
        const json::value pending = get("/v1/loyalties/members/" + code + "/pending-points");
        return json::serialize(card) + json::serialize(tiers.at("data")) +
               json::serialize(pending.at("data"));
    }
    std::vector<std::string> told_to_all() {
        std::vector<std::string> out;
        for (const std::string& code : codes_) out.push_back(told(code));
        return out;
    }
    std::int64_t stored_balances() {
        std::int64_t out = 0;
        engine_->database().read([&](db::Tx& tx) {
            tx.query("SELECT sum(balance) FROM cards", {},
                     [&](const db::Row& row) { out = row.integer(0); });
        });
        return out;
    }
    std::int64_t due() {
        std::int64_t out = 0;
        engine_->database().read([&](db::Tx& tx) {
            const auto now = projects::load_project(tx, project_)->now(machine_now());
            out = std::ssize(jobs::due_timers(tx, project_, now, std::nullopt, 1000));
        });
        return out;
    }

    test::TemporaryFolder folder_;
    std::unique_ptr<Engine> engine_;
    std::unique_ptr<LocalApi> api_;
    projects::ProjectNumber project_ = 0;
    std::vector<std::string> codes_;
};
PERENNIAL_ON_ALL_DATABASES(Night);

TEST_P(Night, AnswersAreRightBeforeItsWork) {
    fill();
    go_to("2025-06-30T23:59:59Z");
    ASSERT_EQ(due(), 0);
    const std::vector<std::string> evening = told_to_all();
    const std::int64_t held = stored_balances();
    go_to("2025-07-01T00:00:00Z");
    ASSERT_EQ(due(), members);
    const std::vector<std::string> before = told_to_all();
    for (std::size_t i = 0; i < before.size(); ++i) EXPECT_NE(evening[i], before[i]);
    EXPECT_EQ(get("/v1/loyalties/members/" + codes_[0]).at_pointer("/loyalty_card/balance"), 5);
    EXPECT_EQ(stored_balances(), held) << "something was saved already";

    EXPECT_TRUE(engine_->fire_timers(project_));
    EXPECT_EQ(due(), 0);
    EXPECT_EQ(stored_balances(), 5 * members);
    EXPECT_EQ(told_to_all(), before);
    EXPECT_TRUE(verify(engine_->database()).holds());
}

TEST_P(Night, GoesOnWhereItWasBrokenOff) {
    fill();
    go_to("2025-07-01T00:00:00Z");
    const std::vector<std::string> before = told_to_all();
    int asked = 0;
    EXPECT_FALSE(engine_->fire_timers(project_, [&] { return ++asked < 1; }));
    EXPECT_EQ(due(), members);
    // Live orders meet cards that the night has not come to yet.
    for (int i = 0; i < 10; ++i)
        post("/v1/orders", fmt::format(R"({{"source_id":"live{}","status":"PAID","amount":1000,
            "customer":{{"source_id":"c{}"}}}})", i, i));
    EXPECT_EQ(due(), members - 10);
    EXPECT_TRUE(engine_->fire_timers(project_));
    EXPECT_EQ(due(), 0);
    EXPECT_EQ(stored_balances(), 5 * members + 10 * 10);
    EXPECT_TRUE(verify(engine_->database()).holds());
    EXPECT_TRUE(engine_->fire_timers(project_));
}

TEST_P(Night, ATimerThatOutlivedItsCardGoes) {
    engine_->write([&](work::Batch& batch) {
        batch.get<jobs::TimerSet>().add(project_, *Timestamp::parse("2025-05-30T00:00:00Z"),
                                        jobs::TimerKind::card, batch.make_id<ledger::CardId>(7));
    });
    ASSERT_EQ(due(), 1);
    EXPECT_TRUE(engine_->fire_timers(project_));
    EXPECT_EQ(due(), 0);
}

}  // namespace
}  // namespace perennial::app
