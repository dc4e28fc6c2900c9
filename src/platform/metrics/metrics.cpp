#include "platform/metrics/metrics.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <mutex>

#include "base/error.hpp"

namespace perennial::metrics {
namespace {

enum class Kind : std::uint8_t { counter, gauge, histogram };

struct Series {
    std::string labels;  // `a="b",c="d"`, escaped, sorted by name
    std::unique_ptr<Counter> counter;
    std::unique_ptr<Gauge> gauge;
    std::unique_ptr<Histogram> histogram;
};

struct Family {
    Kind kind = Kind::counter;
    std::string help;
    std::vector<std::unique_ptr<Series>> series;
};

std::string escaped(std::string_view text, bool quotes) {
    std::string out;
    for (const char c : text) {
        if (c == '\\')
            out += "\\\\";
        else if (c == '\n')
            out += "\\n";
        else if (c == '"' && quotes)
            out += "\\\"";
        else
            out += c;
    }
    return out;
}

std::string label_text(const Labels& labels) {
    Labels sorted = labels;
    std::ranges::sort(sorted);
    std::string out;
    for (const auto& [name, value] : sorted) {
        if (!out.empty()) out += ',';
        out += fmt::format("{}=\"{}\"", name, escaped(value, true));
    }
    return out;
}

std::string number(double value) {
    if (std::isnan(value)) return "NaN";
    if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
    return fmt::format("{}", value);
}

std::string with_label(const std::string& labels, std::string_view name, const std::string& value) {
    return fmt::format("{{{}{}{}=\"{}\"}}", labels, labels.empty() ? "" : ",", name, value);
}

std::string braced(const std::string& labels) {
    return labels.empty() ? std::string() : "{" + labels + "}";
}

void append_histogram(std::string& out, const std::string& name, const Series& series) {
    const Histogram& histogram = *series.histogram;
    const auto& bounds = histogram.bounds();
    // The last bucket is read once and repeated as the count, so that the two always agree.
    std::uint64_t least = 0;
    for (std::size_t i = 0; i <= bounds.size(); ++i) {
        const std::string bound = i < bounds.size() ? number(bounds[i]) : "+Inf";
        least = std::max(least, histogram.cumulative(i));
        out += fmt::format("{}_bucket{} {}\n", name, with_label(series.labels, "le", bound), least);
    }
    out += fmt::format("{}_sum{} {}\n", name, braced(series.labels), number(histogram.sum()));
    out += fmt::format("{}_count{} {}\n", name, braced(series.labels), least);
}

}  // namespace

Histogram::Histogram(std::span<const double> upper_bounds)
    : bounds_(upper_bounds.begin(), upper_bounds.end()), buckets_(upper_bounds.size() + 1) {}

void Histogram::observe(double value) {
    const auto at = std::ranges::lower_bound(bounds_, value) - bounds_.begin();
    buckets_[static_cast<std::size_t>(at)].fetch_add(1, std::memory_order_relaxed);
    sum_.fetch_add(value, std::memory_order_relaxed);
}

std::uint64_t Histogram::cumulative(std::size_t index) const {
    std::uint64_t total = 0;
    for (std::size_t i = 0; i <= index && i < buckets_.size(); ++i)
        total += buckets_[i].load(std::memory_order_relaxed);
    return total;
}

std::uint64_t Histogram::count() const {
    return cumulative(bounds_.size());
}

double Histogram::quantile(double q) const {
    const auto total = static_cast<double>(count());
    if (total == 0 || bounds_.empty()) return 0;
    const double wanted = std::clamp(q, 0.0, 1.0) * total;
    double below = 0;
    for (std::size_t i = 0; i < bounds_.size(); ++i) {
        const auto here = static_cast<double>(buckets_[i].load(std::memory_order_relaxed));
        if (below + here >= wanted && here > 0) {
            const double lower = i == 0 ? 0.0 : bounds_[i - 1];
            return lower + (bounds_[i] - lower) * (wanted - below) / here;
        }
        below += here;
    }
    return bounds_.back();
}

std::span<const double> latency_seconds_bounds() {
    static constexpr std::array bounds{0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,
                                       0.1,    0.25,  0.5,    1.0,   2.5,  5.0,   10.0};
    return bounds;
}

std::span<const double> batch_size_bounds() {
    static constexpr std::array bounds{1.0,  2.0,   4.0,   8.0,   16.0,  32.0,
                                       64.0, 128.0, 256.0, 512.0, 1024.0};
    return bounds;
}

struct Registry::Families {
    mutable std::mutex mutex;
    std::map<std::string, Family, std::less<>> by_name;

    /// Under the mutex. The series' object is still to be made when it is new.
    Series& series(std::string_view name, Kind kind, std::string_view help, const Labels& labels) {
        auto found = by_name.find(name);
        if (found == by_name.end()) {
            found = by_name.emplace(std::string(name), Family{}).first;
            found->second.kind = kind;
            found->second.help = help;
        }
        Family& family = found->second;
        CHECK(family.kind == kind);
        std::string text = label_text(labels);
        for (const auto& one : family.series)
            if (one->labels == text) return *one;
        family.series.push_back(std::make_unique<Series>());
        family.series.back()->labels = std::move(text);
        return *family.series.back();
    }
};

Registry::Registry() : families_(std::make_unique<Families>()) {}
Registry::~Registry() = default;

Counter& Registry::counter(std::string_view name, std::string_view help, const Labels& labels) {
    const std::lock_guard lock(families_->mutex);
    Series& series = families_->series(name, Kind::counter, help, labels);
    if (!series.counter) series.counter = std::make_unique<Counter>();
    return *series.counter;
}

Gauge& Registry::gauge(std::string_view name, std::string_view help, const Labels& labels) {
    const std::lock_guard lock(families_->mutex);
    Series& series = families_->series(name, Kind::gauge, help, labels);
    if (!series.gauge) series.gauge = std::make_unique<Gauge>();
    return *series.gauge;
}

Histogram& Registry::histogram(std::string_view name, std::string_view help,
                               std::span<const double> upper_bounds, const Labels& labels) {
    const std::lock_guard lock(families_->mutex);
    Series& series = families_->series(name, Kind::histogram, help, labels);
    if (!series.histogram) series.histogram = std::make_unique<Histogram>(upper_bounds);
    return *series.histogram;
}

std::string Registry::prometheus_text() const {
    static constexpr std::string_view kind_names[] = {"counter", "gauge", "histogram"};
    const std::lock_guard lock(families_->mutex);
    std::string out;
    for (const auto& [name, family] : families_->by_name) {
        out += fmt::format("# HELP {} {}\n# TYPE {} {}\n", name, escaped(family.help, false), name,
                           kind_names[static_cast<std::size_t>(family.kind)]);
        for (const auto& series : family.series) {
            if (series->counter)
                out += fmt::format("{}{} {}\n", name, braced(series->labels),
                                   series->counter->value());
            if (series->gauge)
                out +=
                    fmt::format("{}{} {}\n", name, braced(series->labels), series->gauge->value());
            if (series->histogram) append_histogram(out, name, *series);
        }
    }
    return out;
}

Registry& registry() {
    static Registry process_registry;
    return process_registry;
}

}  // namespace perennial::metrics
