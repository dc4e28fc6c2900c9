#include "platform/metrics/metrics.hpp"

#include <gtest/gtest.h>

#include <thread>

#include "base/error.hpp"

namespace perennial::metrics {
namespace {

TEST(Metrics, WritesPrometheusText) {
    Registry registry;
    registry.gauge("app_connections", "Open connections").set(-2);
    registry
        .counter("app_requests_total", "Requests\nby route", {{"route", "a\"b\\"}, {"kind", "x"}})
        .add(3);
    const double bounds[] = {0.1, 1, 10};
    Histogram& seconds = registry.histogram("app_seconds", "Time", bounds, {{"route", "a"}});
    for (const double value : {0.05, 0.1, 0.5, 5.0, 50.0}) seconds.observe(value);
    EXPECT_EQ(registry.prometheus_text(),
              "# HELP app_connections Open connections\n"
              "# TYPE app_connections gauge\n"
              "app_connections -2\n"
              "# HELP app_requests_total Requests\\nby route\n"
              "# TYPE app_requests_total counter\n"
              "app_requests_total{kind=\"x\",route=\"a\\\"b\\\\\"} 3\n"
              "# HELP app_seconds Time\n"
              "# TYPE app_seconds histogram\n"
              "app_seconds_bucket{route=\"a\",le=\"0.1\"} 2\n"
              "app_seconds_bucket{route=\"a\",le=\"1\"} 3\n"
              "app_seconds_bucket{route=\"a\",le=\"10\"} 4\n"
              "app_seconds_bucket{route=\"a\",le=\"+Inf\"} 5\n"
              "app_seconds_sum{route=\"a\"} 55.65\n"
              "app_seconds_count{route=\"a\"} 5\n");
}

TEST(Metrics, GivesTheSameObjectForTheSameName) {
    Registry registry;
    Counter& one = registry.counter("c", "help", {{"a", "1"}, {"b", "2"}});
    EXPECT_EQ(&one, &registry.counter("c", "help", {{"b", "2"}, {"a", "1"}}));
    EXPECT_NE(&one, &registry.counter("c", "help", {{"a", "2"}}));
    EXPECT_THROW(registry.gauge("c", "help"), InvariantBroken);
}

TEST(Metrics, EstimatesQuantiles) {
    Histogram histogram(latency_seconds_bounds());
    EXPECT_EQ(histogram.quantile(0.5), 0);
    for (int i = 0; i < 100; ++i) histogram.observe(0.002);
    EXPECT_GT(histogram.quantile(0.5), 0.001);
    EXPECT_LE(histogram.quantile(0.99), 0.0025);
    histogram.observe(99);
    EXPECT_EQ(histogram.quantile(1), 10.0);
}

TEST(Metrics, LosesNothingBetweenThreads) {
    Registry registry;
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t)
        threads.emplace_back([&] {
            for (int i = 0; i < 10'000; ++i) {
                registry.counter("c", "help").add();
                registry.histogram("h", "help", batch_size_bounds()).observe(2);
            }
        });
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(registry.counter("c", "help").value(), 40'000u);
    Histogram& histogram = registry.histogram("h", "help", batch_size_bounds());
    EXPECT_EQ(histogram.count(), 40'000u);
    EXPECT_EQ(histogram.sum(), 80'000);
}

}  // namespace
}  // namespace perennial::metrics
