// The routes of a loyalty shop on every kind of database, with a clock that stands still between
// calls.
#pragma once
#include "app/flows/events_routes.hpp"
#include "app/flows/members_routes.hpp"
#include "app/flows/orders_routes.hpp"
#include "app/flows/redemptions_routes.hpp"
#include "modules/campaigns/routes.hpp"
#include "modules/customers/tests/route_fixture.hpp"
#include "modules/earning/routes.hpp"
#include "modules/rewards/routes.hpp"
#include "modules/tiers/routes.hpp"

namespace perennial::test {

class ShopTest : public RouteTest {
  protected:
    void SetUp() override {
        RouteTest::SetUp();
        if (IsSkipped() || HasFatalFailure()) return;
        use(campaigns::routes());
        use(tiers::routes());
        use(earning::routes());
        use(rewards::routes());
        use(flows::orders_routes());
        use(flows::members_routes());
        use(flows::redemptions_routes());
        use(flows::events_routes());
    }

    void go_to(const char* time) { now_ = *Timestamp::parse(time); }

    /// Makes a program; points of it end after two months.
    std::string program(const std::string& more = "") {
        return call("POST /v1/loyalties", R"({"name":"Club","voucher":{"loyalty_card":{"points":0,
            "expiration_rules":{"period_type":"MONTH","period_value":2}}})" + more + "}").text("/id");
    }
    /// The member's card code.
    std::string join(const std::string& who) {
        const Answer answer = call("POST /v1/loyalties/Club/members",
                                   R"({"customer":{"source_id":")" + who + R"("}})");
        EXPECT_EQ(answer.status, 200) << json::serialize(answer.body);
        return answer.text("/code");
    }
    Answer add(const std::string& code, std::int64_t points, const std::string& more = "") {
        return call("POST /v1/loyalties/members/" + code + "/balance",
                    R"({"points":)" + std::to_string(points) + more + "}");
    }
    Answer card(const std::string& code) { return call("GET /v1/loyalties/members/" + code); }
    std::int64_t balance(const std::string& code) {
        return card(code).number("/loyalty_card/balance");
    }
    /// A MATERIAL reward at this price; its id.
    std::string reward(int points, const char* more = "") {
        const std::string id =
            call("POST /v1/rewards", std::string(R"({"name":"Mug")") + more + "}").text("/id");
        const Answer answer =
            call("POST /v1/loyalties/Club/rewards",
                 R"([{"reward":")" + id + R"(","parameters":{"loyalty":{"points":)" +
                     std::to_string(points) + "}}}]");
        EXPECT_EQ(answer.status, 200) << json::serialize(answer.body);
        return id;
    }
    Answer redeem(const std::string& code, const std::string& reward_id,
                  const std::string& more = "", const std::string& other = "") {
        return call("POST /v1/loyalties/members/" + code + "/redemption",
                    R"({"reward":{"id":")" + reward_id + "\"" + more + "}" + other + "}");
    }
    Answer pay(const std::string& who, const std::string& order, std::int64_t amount) {
        return call("POST /v1/orders",
                    fmt::format(R"({{"source_id":"{}","status":"PAID","amount":{},
                        "customer":{{"source_id":"{}"}}}})", order, amount, who));
    }
};

}  // namespace perennial::test
