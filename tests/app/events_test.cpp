#include "modules/customers/store.hpp"
#include "modules/events/store.hpp"
#include "tests/app/shop_fixture.hpp"

namespace perennial {
namespace {

class Events : public test::ShopTest {
  protected:
    void rule(const std::string& more) {
        const auto made = call("POST /v1/loyalties/Club/earning-rules",
                               R"([{"event":"review_written",)" + more + "}]");
        EXPECT_EQ(made.status, 200) << json::serialize(made.body);
    }
    test::Answer record(const std::string& who, const std::string& more = "") {
        return call("POST /v1/events", R"({"event":"review_written","customer":{"source_id":")" +
                                           who + "\"}" + more + "}");
    }
};
PERENNIAL_ON_ALL_DATABASES(Events);

TEST_P(Events, UpsertTheCustomerAndEarn) {
    program();
    rule(R"("condition":"event.metadata.stars >= 4","loyalty":{"type":"FIXED","points":25})");
    const std::string code = join("anna");
    const auto made = call("POST /v1/events", R"({"event":"review_written",
        "customer":{"source_id":"anna","name":"Anna B"},"metadata":{"stars":5}})");
    ASSERT_EQ(made.status, 200) << json::serialize(made.body);
    EXPECT_EQ(made.text("/object"), "event");
    EXPECT_EQ(made.text("/type"), "review_written");
    EXPECT_EQ(made.text("/customer/name"), "Anna B");
    EXPECT_EQ(made.number("/metadata/stars"), 5);
    EXPECT_EQ(made["/referral"], nullptr);
    EXPECT_EQ(balance(code), 25);
    record("anna", R"(,"metadata":{"stars":3})");
    record("anna");
    EXPECT_EQ(balance(code), 25);
    const auto moved = call("GET /v1/loyalties/members/" + code + "/transactions");
    ASSERT_EQ(moved["/data"].as_array().size(), 1u);
    EXPECT_EQ(moved.text("/data/0/details/custom_event/type"), "review_written");
    EXPECT_EQ(call("GET /v1/loyalties/members/" + code + "/statement").text("/lines/0/reason")
                  .find("(event review_written)") != std::string::npos, true);
}

TEST_P(Events, KeepTheDecision) {
    program(R"(,"auto_join":true)");
    rule(R"("loyalty":{"type":"FIXED","points":25})");
    record("anna", R"(,"metadata":{"stars":5})");
    record("anna");
    call("POST /v1/events", R"({"event":"other","customer":{"source_id":"anna"}})");
    std::vector<events::Event> seen;
    database().read([&](db::Tx& tx) {
        const auto anna = customers::load_customer(tx, project_, std::string_view("anna"));
        ASSERT_TRUE(anna.has_value());
        events::walk_events(tx, project_, events::EventId(anna->last_event),
                            [&](const events::Event& event) {
                                seen.push_back(event);
                                return true;
                            });
    });
    ASSERT_EQ(seen.size(), 3u);
    EXPECT_EQ(seen[0].name, "other");
    EXPECT_FALSE(seen[0].decision.has_value());
    const events::Event& first = seen[2];
    EXPECT_EQ(first.metadata.at("stars").as_int64(), 5);
    ASSERT_TRUE(first.decision.has_value());
    EXPECT_GT(first.decision->definitions, 0);
    ASSERT_EQ(first.decision->awards.size(), 1u);
    EXPECT_EQ(first.decision->awards[0].points, Points(25));
    EXPECT_EQ(first.decision->facts.size(), 1u);
    EXPECT_EQ(call("GET /v1/loyalties/Club/members?customer=anna")
                  .number("/vouchers/0/loyalty_card/balance"), 50);
}

TEST_P(Events, AutoJoinOnlyWhereItIsOn) {
    program();
    rule(R"("loyalty":{"type":"FIXED","points":25})");
    record("anna");
    EXPECT_EQ(call("GET /v1/loyalties/Club/members").number("/total"), 0);
}

TEST_P(Events, OneCardOnly) {
    program(R"(,"auto_join":true)");
    rule(R"("loyalty":{"type":"FIXED","points":25})");
    const std::string code = join("anna");
    const std::string bens = join("ben");
    EXPECT_EQ(record("anna", R"(,"loyalty":{"code":")" + code + "\"}").text("/loyalty/code"), code);
    EXPECT_EQ(balance(code), 25);
    EXPECT_EQ(record("anna", R"(,"loyalty":{"code":")" + bens + "\"}").key(), "not_found");
    EXPECT_EQ(record("anna", R"(,"loyalty":{"code":"none"})").key(), "not_found");
}

TEST_P(Events, WrongBodiesNameAllMistakes) {
    const auto wrong = call("POST /v1/events", R"({"event":"","customer":{"name":"Anna"},
        "metadata":7})");
    EXPECT_EQ(wrong.status, 400);
    EXPECT_EQ(wrong["/errors"].as_array().size(), 3u);
    EXPECT_EQ(call("POST /v1/events", R"({"event":"a","customer":null})").key(),
              "invalid_payload");
    EXPECT_EQ(call("POST /v1/events",
                   R"({"event":"a","customer":{"id":"cust_00000000000000000000000000000001"}})")
                  .key(), "not_found");
}

}  // namespace
}  // namespace perennial
