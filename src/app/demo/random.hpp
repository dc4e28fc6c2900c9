// Whole-number randomness that gives the same results with every compiler and library. Chances are
// permille or parts per million; no floating point, whose rounding may differ between machines.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>

namespace perennial::app::demo {

inline constexpr std::int64_t million = 1'000'000;

constexpr std::uint64_t mix(std::uint64_t x) {  // splitmix64's finisher
    x += 0x9E3779B97F4A7C15ULL;
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ULL;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EBULL;
    return x ^ (x >> 31);
}

/// One stream per person or store, so that one life does not disturb another.
class Random {
  public:
    constexpr Random(std::uint64_t seed, std::uint64_t stream)
        : state_(mix(mix(seed) ^ (stream * 0xD1342543DE82EF95ULL))) {}

    constexpr std::uint64_t next() {
        state_ += 0x9E3779B97F4A7C15ULL;
        return mix(state_);
    }
    /// 0 … n-1, for n up to 2^32.
    constexpr std::int64_t below(std::int64_t n) {
        return static_cast<std::int64_t>(((next() >> 32) * static_cast<std::uint64_t>(n)) >> 32);
    }
    /// Both ends included.
    constexpr std::int64_t between(std::int64_t low, std::int64_t high) {
        return low + below(high - low + 1);
    }
    constexpr bool permille(std::int64_t chance) { return below(1000) < chance; }
    constexpr bool ppm(std::int64_t chance) { return below(million) < chance; }

    /// An index, by weight. At least one weight is above 0.
    constexpr std::size_t pick(std::span<const std::int64_t> weights) {
        std::int64_t total = 0;
        for (const std::int64_t weight : weights) total += weight;
        std::int64_t at = below(total);
        for (std::size_t i = 0; i < weights.size(); ++i) {
            at -= weights[i];
            if (at < 0) return i;
        }
        return weights.size() - 1;
    }
    template <class T>
    constexpr const T& one_of(std::span<const T> things) {
        return things[static_cast<std::size_t>(below(static_cast<std::int64_t>(things.size())))];
    }

  private:
    std::uint64_t state_;
};

}  // namespace perennial::app::demo
