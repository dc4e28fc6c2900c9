#include "modules/customers/routes.hpp"

#include <gtest/gtest.h>

#include "modules/customers/codec.hpp"
#include "modules/customers/store.hpp"
#include "modules/customers/tests/route_fixture.hpp"

namespace perennial::customers {
namespace {

class CustomerRoutes : public test::RouteTest {
  protected:
    void SetUp() override {
        RouteTest::SetUp();
        use(routes({.loyalty = [](db::Tx&, const Customer&, Timestamp) {
            return loyalty_json(42);
        }}));
    }

    /// Lets a change run on the stored customer, as orders and cards do.
    void with_customer(const std::string& source_id, FunctionRef<void(Customer&)> change) {
        auto tx = database().begin_write();
        work::Batch batch(*tx, ids_, now_);
        auto& set = batch.get<Set>();
        set.want_existing(batch, project_, source_id);
        batch.load();
        Customer* customer = set.find_existing(batch, project_, source_id);
        ASSERT_NE(customer, nullptr);
        change(*customer);
        set.touch_activity(*customer);
        batch.save();
        tx->commit();
    }
};
PERENNIAL_ON_ALL_DATABASES(CustomerRoutes);

TEST_P(CustomerRoutes, PostMakesThenChanges) {
    const auto made = call("POST /v1/customers", R"({"source_id":"a","name":"Ann"})");
    EXPECT_EQ(made.status, 200);
    EXPECT_TRUE(made["/updated_at"].is_null());
    const auto changed = call("POST /v1/customers", R"({"source_id":"a","email":"a@x.example"})");
    EXPECT_EQ(changed["/id"], made["/id"]);
    EXPECT_EQ(changed.text("/name"), "Ann");
    EXPECT_EQ(changed.text("/email"), "a@x.example");
    EXPECT_TRUE(changed["/updated_at"].is_string());
    EXPECT_EQ(call("GET /v1/customers").number("/total"), 1);
    EXPECT_EQ(call("GET /v1/customers/a").body, changed.body);
    EXPECT_EQ(call("GET /v1/customers/" + made.text("/id")).body, changed.body);
}

TEST_P(CustomerRoutes, PostWithoutBodyMakesAnAnonymousCustomer) {
    const auto first = call("POST /v1/customers");
    const auto second = call("POST /v1/customers", "{}");
    EXPECT_EQ(first.status, 200);
    EXPECT_NE(first["/id"], second["/id"]);
    EXPECT_TRUE(first["/source_id"].is_null());
    EXPECT_EQ(call("GET /v1/customers").number("/total"), 2);
}

TEST_P(CustomerRoutes, PostByIdChangesAndNeverMakes) {
    const auto made = call("POST /v1/customers", R"({"name":"Ann"})");
    const auto changed =
        call("POST /v1/customers", R"({"name":null,"id":")" + made.text("/id") + "\"}");
    EXPECT_TRUE(changed["/name"].is_null());
    const auto unknown = call("POST /v1/customers",
                              R"({"id":"cust_018f0a1b2c3d4e5f60718293a4b5c6d7"})");
    EXPECT_EQ(unknown.status, 404);
    EXPECT_EQ(unknown.text("/details"),
              "Cannot find customer with id cust_018f0a1b2c3d4e5f60718293a4b5c6d7");
    EXPECT_EQ(unknown.text("/resource_type"), "customer");
    EXPECT_EQ(unknown.text("/resource_id"), "cust_018f0a1b2c3d4e5f60718293a4b5c6d7");
}

TEST_P(CustomerRoutes, PutMergesAndNullClears) {
    call("POST /v1/customers", R"({"source_id":"a b/c","name":"Ann","metadata":{"x":1}})");
    const auto changed = call("PUT /v1/customers/a%20b%2Fc", R"({"name":null,"metadata":{"y":2}})");
    EXPECT_EQ(changed.status, 200);
    EXPECT_TRUE(changed["/name"].is_null());
    EXPECT_EQ(changed["/metadata"], json::parse(R"({"x":1,"y":2})"));
    EXPECT_EQ(call("PUT /v1/customers/nobody", R"({"name":"N"})").status, 404);
    EXPECT_EQ(call("GET /v1/customers").number("/total"), 1);
}

TEST_P(CustomerRoutes, SourceIdIsGivenOnce) {
    call("POST /v1/customers", R"({"source_id":"taken"})");
    const std::string id = call("POST /v1/customers", "{}").text("/id");
    const std::string path = "PUT /v1/customers/" + id;
    EXPECT_EQ(call(path, R"({"source_id":"taken"})").key(), "duplicate_found");
    EXPECT_EQ(call(path, R"({"source_id":"mine"})").text("/source_id"), "mine");
    EXPECT_EQ(call("GET /v1/customers/mine").text("/id"), id);
    EXPECT_EQ(call(path, R"({"source_id":"mine"})").status, 200);
    const auto refused = call(path, R"({"source_id":"other"})");
    EXPECT_EQ(refused.key(), "invalid_payload");
    EXPECT_EQ(refused.text("/errors/0/pointer"), "/source_id");
}

TEST_P(CustomerRoutes, TwoWritesOfOneSourceIdInOneBatchAreOneCustomer) {
    const auto answers = batch({{"POST /v1/customers", R"({"source_id":"a","name":"Ann"})"},
                                {"POST /v1/customers", R"({"source_id":"a","phone":"1"})"},
                                {"PUT /v1/customers/a", R"({"email":"e"})"}});
    EXPECT_EQ(answers[0]["/id"], answers[1]["/id"]);
    EXPECT_EQ(answers[2].text("/name"), "Ann");
    EXPECT_EQ(answers[2].text("/phone"), "1");
    EXPECT_EQ(call("GET /v1/customers/a").text("/email"), "e");
    EXPECT_EQ(call("GET /v1/customers").number("/total"), 1);
}

TEST_P(CustomerRoutes, DeleteLeavesNoCustomerAndKeepsTheClaim) {
    const auto made = call("POST /v1/customers", R"({"source_id":"a","name":"Ann"})");
    EXPECT_EQ(call("DELETE /v1/customers/a").status, 204);
    EXPECT_EQ(call("GET /v1/customers/a").status, 404);
    EXPECT_EQ(call("DELETE /v1/customers/a").status, 404);
    EXPECT_EQ(call("GET /v1/customers").number("/total"), 0);
    const auto again = call("POST /v1/customers", R"({"source_id":"a"})");
    EXPECT_EQ(again["/id"], made["/id"]);
    EXPECT_TRUE(again["/name"].is_null());
    EXPECT_EQ(call("GET /v1/customers").number("/total"), 1);
}

TEST_P(CustomerRoutes, DeleteRefusesWhoHoldsCardsOrHasOrdersOrEvents) {
    for (const std::string source : {"card", "order", "event"}) {
        call("POST /v1/customers", R"({"source_id":")" + source + "\"}");
        with_customer(source, [&](Customer& customer) {
            const RawId other = ids_.make(now_.ms, 1);
            if (source == "card") customer.cards.push_back({other, other});
            if (source == "order") customer.last_order = other;
            if (source == "event") customer.last_event = other;
        });
        const auto refused = call("DELETE /v1/customers/" + source);
        EXPECT_EQ(refused.status, 400) << source;
        EXPECT_EQ(refused.key(), "resource_in_use") << source;
    }
}

TEST_P(CustomerRoutes, PointsComeFromTheHook) {
    call("POST /v1/customers", R"({"source_id":"a"})");
    EXPECT_EQ(call("GET /v1/customers/a").number("/loyalty/points"), 0);
    with_customer("a", [&](Customer& customer) {
        const RawId other = ids_.make(now_.ms, 1);
        customer.cards.push_back({other, other});
    });
    EXPECT_EQ(call("GET /v1/customers/a").number("/loyalty/points"), 42);
    EXPECT_EQ(call("PUT /v1/customers/a").number("/loyalty/points"), 42);
    EXPECT_EQ(call("GET /v1/customers").number("/customers/0/loyalty/points"), 42);
}

TEST_P(CustomerRoutes, ListsByAge) {
    std::vector<std::string> times;
    for (const char* source : {"a", "b", "c", "d", "e"})
        times.push_back(call("POST /v1/customers", fmt::format(R"({{"source_id":"{}"}})", source))
                            .text("/created_at"));
    const auto newest = call("GET /v1/customers?limit=2&page=2");
    EXPECT_EQ(newest.text("/data_ref"), "customers");
    EXPECT_EQ(newest.text("/customers/0/source_id"), "c");
    EXPECT_EQ(newest.text("/customers/1/source_id"), "b");
    EXPECT_EQ(newest.number("/total"), 5);
    EXPECT_EQ(newest["/has_more"], true);
    EXPECT_EQ(call("GET /v1/customers?order=created_at&limit=1").text("/customers/0/source_id"),
              "a");
    const auto between = call("GET /v1/customers?[created_at][after]=" + times[1] +
                              "&created_at[before]=" + times[4]);
    EXPECT_EQ(between.number("/total"), 2);
    EXPECT_EQ(between.text("/customers/0/source_id"), "d");
    EXPECT_EQ(between["/has_more"], false);
}

TEST_P(CustomerRoutes, ListFiltersByWhatIsStored) {
    call("POST /v1/customers", R"({"source_id":"b","name":"Ann","email":"ann@x.org",
        "address":{"city":"Val d'Is\u00e8re 100%_\"x\""}})");
    call("POST /v1/customers", R"({"source_id":"c","name":"Ann","email":"Ann@x.org",
        "address":{"city":"Oslo","state":"Ann"}})");
    call("POST /v1/customers", R"({"source_id":"a","name":"Bo"})");
    call("POST /v1/customers", R"({"source_id":"a","name":"Bob"})");
    const auto found = [&](const std::string& query) {
        const auto answer = call("GET /v1/customers?order=source_id&" + query);
        std::string ids;
        for (const json::value& one : answer["/customers"].as_array())
            ids += std::string(one.at("source_id").as_string());
        EXPECT_EQ(answer.number("/total"), static_cast<std::int64_t>(ids.size())) << query;
        return ids;
    };
    EXPECT_EQ(found(""), "abc");
    EXPECT_EQ(found("email=ANN@x.org"), "bc");
    EXPECT_EQ(found("name=Ann"), "bc");
    EXPECT_EQ(found("city=Oslo&email=ann@x.org"), "c");
    EXPECT_EQ(found("email=nobody@x.org"), "");
    EXPECT_EQ(found("city=Oslo"), "c");
    EXPECT_EQ(found("city=" + http::percent_encode("Val d'Isère 100%_\"x\"")), "b");
    EXPECT_EQ(found("city=O%25o"), "");
    EXPECT_EQ(found("city=Ann"), "");
    EXPECT_EQ(found("updated_at[after]=2024-01-01"), "a");
    EXPECT_EQ(found("updated_at[before]=2024-01-01"), "");
}

TEST_P(CustomerRoutes, ListRefusesWhatItCannotFilterBy) {
    for (const std::string query : {"segment_id=s", "updated_at[after]=soon", "order=email", "limit=0",
                                    "starting_after=2024-01-01&order=source_id",
                                    "filters[name][conditions][$is]=x"})
        EXPECT_EQ(call("GET /v1/customers?" + query).key(), "invalid_query_params") << query;
    EXPECT_EQ(call("GET /v1/customers?unheard_of=1").status, 200);
}

TEST_P(CustomerRoutes, ScrollNeverCutsAMillisecond) {
    std::vector<std::pair<std::string, std::string>> writes;
    for (int i = 0; i < 7; ++i)
        writes.push_back({"POST /v1/customers", fmt::format(R"({{"source_id":"s{}"}})", i)});
    batch(writes);
    batch({writes.begin(), writes.begin() + 1});
    call("POST /v1/customers", R"({"source_id":"last"})");
    std::string from = "2200-01-01T00:00:00Z";
    std::set<std::string> seen;
    for (int pages = 0; pages < 10; ++pages) {
        const auto page = call("GET /v1/customers?limit=3&starting_after=" + from);
        for (const auto& one : page["/customers"].as_array()) {
            EXPECT_TRUE(seen.insert(std::string(one.at("source_id").as_string())).second);
            from = one.at("created_at").as_string();
        }
        if (page["/customers"].as_array().empty() || page["/has_more"] == false) break;
    }
    EXPECT_EQ(seen.size(), 8U);
}

}  // namespace
}  // namespace perennial::customers
