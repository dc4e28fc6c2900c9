// An exact decimal number: coefficient / 10^scale. At most 36 digits in all and 18 after the point.
// Sums and differences are exact or refused; products and quotients that need more than 18 digits
// after the point are rounded half-even at the 18th. Kept without trailing zeros after the point.
#pragma once
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/value.hpp"

namespace perennial::cel {

__extension__ using int128 = __int128;
__extension__ using uint128 = unsigned __int128;

class Decimal {
  public:
    static constexpr int scale_max = 18;
    static constexpr int digits_max = 36;

    Decimal() = default;
    explicit Decimal(std::int64_t whole) : coefficient_(whole) {}
    /// Nothing when the number leaves the range.
    static std::optional<Decimal> make(int128 coefficient, int scale);
    /// "-12.50"; no exponent, no blanks, no bare point. Nothing when it is not one, or out of range.
    static std::optional<Decimal> parse(std::string_view);
    /// The shortest decimal that reads back as this double ("0.1" for 0.1).
    static std::optional<Decimal> from_shortest(double);

    int128 coefficient() const { return coefficient_; }
    int scale() const { return scale_; }
    std::string text() const;
    double to_double() const;

    Decimal operator-() const;
    static std::optional<Decimal> add(const Decimal&, const Decimal&);
    static std::optional<Decimal> multiply(const Decimal&, const Decimal&);
    /// The divisor is not zero.
    static std::optional<Decimal> divide(const Decimal&, const Decimal&);
    /// `digits` after the point (-18..18; below 0 rounds to tens, hundreds …).
    static std::optional<Decimal> round(const Decimal&, int digits, Rounding);
    /// Nothing when there are digits after the point, or it does not fit.
    std::optional<std::int64_t> whole() const;

    std::strong_ordering operator<=>(const Decimal&) const;
    bool operator==(const Decimal& other) const { return (*this <=> other) == 0; }

  private:
    int128 coefficient_ = 0;
    int scale_ = 0;
};

}  // namespace perennial::cel
