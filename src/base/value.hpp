// Values that move: whole points, and money in minor units of the project's currency. Both lie
// within +-(2^53 - 1), so that every JSON reader sees them exactly (decisions.md 19). Arithmetic is
// checked; leaving the range is a broken invariant, so decide functions test with `fits` first.
#pragma once
#include <compare>
#include <cstdint>

#include "base/error.hpp"
#include "base/wide.hpp"

namespace perennial {

inline constexpr std::int64_t value_max = (std::int64_t{1} << 53) - 1;

inline constexpr bool fits(int128_t value) { return value >= -value_max && value <= value_max; }

template <class Tag>
struct Quantity {
    std::int64_t value = 0;

    constexpr Quantity() = default;
    constexpr explicit Quantity(std::int64_t v) : value(v) {}

    auto operator<=>(const Quantity&) const = default;
    Quantity operator-() const { return Quantity(-value); }
    friend Quantity operator+(Quantity a, Quantity b) {
        CHECK(fits(static_cast<int128_t>(a.value) + b.value));
        return Quantity(a.value + b.value);
    }
    friend Quantity operator-(Quantity a, Quantity b) { return a + (-b); }
    Quantity& operator+=(Quantity other) { return *this = *this + other; }
    Quantity& operator-=(Quantity other) { return *this = *this - other; }
    bool is_zero() const { return value == 0; }
};

using Points = Quantity<struct PointsTag>;
using Money = Quantity<struct MoneyTag>;

/// How a quotient becomes whole; named at every call.
enum class Rounding : std::uint8_t { floor, ceil, half_up, half_even };

/// `numerator / denominator` made whole; the denominator is positive. half_up rounds a half away from
/// zero (2.5 -> 3, -2.5 -> -3), as shops and tax offices do.
std::int64_t divide(int128_t numerator, std::int64_t denominator, Rounding);

}  // namespace perennial
