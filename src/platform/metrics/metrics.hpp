// Counters, gauges and histograms on atomics, and their Prometheus text. Ask the registry once and
// keep the reference: it lives as long as the process.
#pragma once
#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace perennial::metrics {

class Counter {
  public:
    void add(std::uint64_t n = 1) { value_.fetch_add(n, std::memory_order_relaxed); }
    std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

  private:
    std::atomic<std::uint64_t> value_{0};
};

class Gauge {
  public:
    void set(std::int64_t value) { value_.store(value, std::memory_order_relaxed); }
    void add(std::int64_t n) { value_.fetch_add(n, std::memory_order_relaxed); }
    std::int64_t value() const { return value_.load(std::memory_order_relaxed); }

  private:
    std::atomic<std::int64_t> value_{0};
};

class Histogram {
  public:
    explicit Histogram(std::span<const double> upper_bounds);

    void observe(double value);
    std::uint64_t count() const;
    double sum() const { return sum_.load(std::memory_order_relaxed); }
    const std::vector<double>& bounds() const { return bounds_; }
    /// Observations at or below bounds()[index]; index == bounds().size() for all.
    std::uint64_t cumulative(std::size_t index) const;
    /// Interpolated inside its bucket; 0 without observations.
    double quantile(double q) const;

  private:
    std::vector<double> bounds_;
    std::vector<std::atomic<std::uint64_t>> buckets_;  // one more than bounds
    std::atomic<double> sum_{0};
};

/// 0.5 ms to 10 s.
std::span<const double> latency_seconds_bounds();
/// 1, 2, 4 … 1024.
std::span<const double> batch_size_bounds();

using Labels = std::vector<std::pair<std::string, std::string>>;

/// Thread-safe. The same name and labels give the same object; a name has one type and one help
/// text.
class Registry {
  public:
    Registry();
    ~Registry();

    Counter& counter(std::string_view name, std::string_view help, const Labels& = {});
    Gauge& gauge(std::string_view name, std::string_view help, const Labels& = {});
    Histogram& histogram(std::string_view name, std::string_view help,
                         std::span<const double> upper_bounds, const Labels& = {});
    /// Text format 0.0.4, families by name.
    std::string prometheus_text() const;

  private:
    struct Families;
    std::unique_ptr<Families> families_;
};

/// The process's own.
Registry& registry();

}  // namespace perennial::metrics
