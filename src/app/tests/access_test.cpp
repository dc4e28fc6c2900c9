#include <gtest/gtest.h>

#include <thread>

#include "app/permissions.hpp"
#include "app/planned_routes.hpp"
#include "app/rate_meter.hpp"
#include "modules/access/oauth.hpp"
#include "platform/http/router.hpp"

namespace perennial::app {
namespace {

constexpr projects::CallLimit five_a_minute{5, minute_ms};

TEST(RateMeter, CountsWithinAWindowAndBeginsAnew) {
    RateMeter meter;
    http::RateLimit told;
    const Timestamp begin{minute_ms * 100};
    for (int i = 4; i >= 0; --i) {
        EXPECT_TRUE(meter.take(five_a_minute, begin + i, told));
        EXPECT_EQ(told.remaining, i);
        EXPECT_EQ(told.limit, 5);
        EXPECT_EQ(told.retry_at, 101 * 60);
    }
    EXPECT_FALSE(meter.take(five_a_minute, begin + (minute_ms - 1), told));
    EXPECT_EQ(told.remaining, 0);
    EXPECT_TRUE(meter.take(five_a_minute, begin + minute_ms, told));
    EXPECT_EQ(told.remaining, 4);
}

TEST(RateMeter, ExactWithManyThreads) {
    RateMeter meter;
    std::atomic<int> admitted{0};
    {
        std::vector<std::jthread> threads;
        for (int t = 0; t < 4; ++t)
            threads.emplace_back([&] {
                http::RateLimit told;
                for (int i = 0; i < 10'000; ++i)
                    if (meter.take({12'345, hour_ms}, Timestamp{hour_ms * 7 + i}, told)) ++admitted;
            });
    }
    EXPECT_EQ(admitted, 12'345);
}

TEST(KeyMeter, TellsOfTheLimitThatLeavesLeast) {
    KeyMeter meter({{100, day_ms}, {2, minute_ms}});
    http::RateLimit told;
    EXPECT_TRUE(meter.take({0}, told));
    EXPECT_EQ(told.limit, 2);
    EXPECT_TRUE(meter.take({0}, told));
    EXPECT_FALSE(meter.take({0}, told));
    EXPECT_EQ(told.limit, 2);
    EXPECT_TRUE(meter.take({minute_ms}, told));
}

TEST(AddressMeter, FiveOfOneAddress) {
    AddressMeter meter({5, 5 * second_ms});
    http::RateLimit told;
    for (int i = 0; i < 5; ++i) EXPECT_TRUE(meter.take("10.0.0.1", {0}, told));
    EXPECT_FALSE(meter.take("10.0.0.1", {4999}, told));
    EXPECT_TRUE(meter.take("10.0.0.2", {4999}, told));
    EXPECT_TRUE(meter.take("10.0.0.1", {5000}, told));
    EXPECT_EQ(told.remaining, 4);
}

TEST(AddressMeter, AddressesOfOneSubscriberAreOne) {
    EXPECT_EQ(address_block("2001:db8:1:2:3:4:5:6"), address_block("2001:db8:1:2:ffff::1"));
    EXPECT_NE(address_block("2001:db8:1:2::1"), address_block("2001:db8:1:3::1"));
    EXPECT_EQ(address_block("::ffff:10.0.0.1"), "10.0.0.1");
    EXPECT_EQ(address_block("10.0.0.1"), "10.0.0.1");
    EXPECT_EQ(address_block("no:address"), "no:address");
}

TEST(Permissions, OriginsThatAreTrusted) {
    const std::vector<std::string> trusted{"shop.example", "https://other.example:8443", "*.pages.example",
                                           "localhost:3000"};
    for (const char* origin : {"https://shop.example", "http://SHOP.example:81",
                               "https://other.example:8443", "https://a.pages.example",
                               "https://b.a.pages.example", "http://localhost:3000"})
        EXPECT_TRUE(origin_is_trusted(origin, trusted)) << origin;
    for (const char* origin :
         {"", "null", "https://evil-shop.example", "https://shop.example.evil", "https://other.example",
          "http://other.example:8443", "https://pages.example", "https://evilpages.example",
          "http://localhost:3001", "https://shop.example@evil.example"})
        EXPECT_FALSE(origin_is_trusted(origin, trusted)) << origin;
    EXPECT_TRUE(origin_is_trusted("https://any.example", std::vector<std::string>{"*"}));
    EXPECT_FALSE(origin_is_trusted("null", std::vector<std::string>{"*"}));
    EXPECT_FALSE(origin_is_trusted("https://shop.example", {}));
}

TEST(Permissions, MerchantsDoWhatATillDoes) {
    const auto route = [](http::Method method, const char* pattern, projects::Permission permission) {
        return projects::Route{method, pattern, permission, {}, nullptr, nullptr};
    };
    using enum projects::Permission;
    const auto merchant = projects::Role::merchant;
    EXPECT_TRUE(may(merchant, route(http::Method::post, "/v1/orders", write)));
    EXPECT_TRUE(may(merchant, route(http::Method::get, "/v1/rewards", read)));
    EXPECT_FALSE(may(merchant, route(http::Method::post, "/v1/rewards", write)));
    EXPECT_FALSE(may(merchant, route(http::Method::delete_, "/v1/customers/{customerId}", write)));
    EXPECT_FALSE(may(projects::Role::viewer, route(http::Method::post, "/v1/orders", write)));
}

TEST(PlannedRoutes, ARealRouteWins) {
    projects::Routes routes;
    routes.push_back({http::Method::get, "/v1/segments/{anyName}", projects::Permission::read, {},
                      [](const http::Request&, const projects::ReadContext&) -> Result<http::Response> {
                          return http::no_content();
                      },
                      nullptr});
    add_planned_routes(routes);
    http::RouteTable table;
    std::size_t gets = 0;
    for (const projects::Route& route : routes) {
        table.add(route.method, route.pattern);  // CHECKs that none is there twice
        if (route.method == http::Method::get && route.pattern.starts_with("/v1/segments/")) {
            ++gets;
            EXPECT_FALSE(is_planned(route));
        }
    }
    EXPECT_EQ(gets, 1U);
    EXPECT_GT(routes.size(), 250U);
    const auto found = table.find(http::Method::post, "/v1/segments");
    ASSERT_TRUE(found.found());
    EXPECT_TRUE(is_planned(routes[found.route]));
}

TEST(Scopes, OpenWhatLiesBelow) {
    EXPECT_TRUE(access::scope_opens("orders customers", "/v1/orders/{orderId}"));
    EXPECT_TRUE(access::scope_opens("orders customers", "/v1/customers"));
    EXPECT_FALSE(access::scope_opens("orders", "/v1/orders-of-others"));
    EXPECT_FALSE(access::scope_opens("orders", "/client/v1/events"));
    EXPECT_TRUE(access::scope_opens("api", "/v1/keys"));
    EXPECT_FALSE(access::scope_opens("api", "/client/v1/events"));
    EXPECT_TRUE(access::scope_opens("client_api", "/client/v1/events"));
    EXPECT_FALSE(access::scope_opens("", "/v1/orders"));
}

TEST(Scopes, AreParsed) {
    EXPECT_EQ(*access::parse_scope(" orders  async-actions orders "),
              (std::vector<std::string>{"orders", "async_actions"}));
    EXPECT_FALSE(access::parse_scope("orders everything"));
    EXPECT_FALSE(access::parse_scope("  "));
}

}  // namespace
}  // namespace perennial::app
