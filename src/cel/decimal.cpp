#include "cel/decimal.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace perennial::cel {
namespace {

constexpr auto powers_of_ten = [] {
    std::array<int128, Decimal::digits_max + 2> powers{};
    powers[0] = 1;
    for (std::size_t i = 1; i < powers.size(); ++i) powers[i] = powers[i - 1] * 10;
    return powers;
}();

constexpr int128 power_of_ten(int exponent) {
    return powers_of_ten[static_cast<std::size_t>(exponent)];
}

constexpr int128 coefficient_max = power_of_ten(Decimal::digits_max) - 1;

bool in_range(int128 coefficient) {
    return coefficient >= -coefficient_max && coefficient <= coefficient_max;
}

/// quotient + 1 if the remainder of `divisor` (both not negative) rounds up.
int128 round_magnitude(int128 quotient, int128 remainder, int128 divisor, Rounding rounding,
                       bool negative) {
    if (remainder == 0) return quotient;
    const int128 rest = divisor - remainder;
    switch (rounding) {
        case Rounding::floor: return negative ? quotient + 1 : quotient;
        case Rounding::ceil: return negative ? quotient : quotient + 1;
        case Rounding::half_up: return remainder >= rest ? quotient + 1 : quotient;
        case Rounding::half_even:
            if (remainder == rest) return quotient + quotient % 2;
            return remainder > rest ? quotient + 1 : quotient;
    }
    return quotient;
}

}  // namespace

std::optional<Decimal> Decimal::make(int128 coefficient, int scale) {
    while (scale > 0 && coefficient % 10 == 0) {
        coefficient /= 10;
        --scale;
    }
    if (scale > scale_max || !in_range(coefficient)) return std::nullopt;
    Decimal made;
    made.coefficient_ = coefficient;
    made.scale_ = scale;
    return made;
}

std::optional<Decimal> Decimal::parse(std::string_view text) {
    const bool negative = text.starts_with('-');
    if (negative || text.starts_with('+')) text.remove_prefix(1);
    int128 coefficient = 0;
    int scale = -1;
    bool digit_last = false;
    for (const char c : text) {
        if (c == '.') {
            if (scale >= 0 || !digit_last) return std::nullopt;
            scale = 0;
            digit_last = false;
            continue;
        }
        if (c < '0' || c > '9') return std::nullopt;
        digit_last = true;
        coefficient = coefficient * 10 + (c - '0');
        if (!in_range(coefficient)) return std::nullopt;
        if (scale >= 0 && ++scale > digits_max) return std::nullopt;
    }
    if (!digit_last) return std::nullopt;
    return make(negative ? -coefficient : coefficient, std::max(scale, 0));
}

std::optional<Decimal> Decimal::from_shortest(double number) {
    if (!std::isfinite(number) || std::abs(number) >= 1e36) return std::nullopt;
    std::array<char, 512> buffer;
    const auto written =
        std::to_chars(buffer.data(), buffer.data() + buffer.size(), number, std::chars_format::fixed);
    return parse({buffer.data(), static_cast<std::size_t>(written.ptr - buffer.data())});
}

std::string Decimal::text() const {
    uint128 rest = static_cast<uint128>(coefficient_ < 0 ? -coefficient_ : coefficient_);
    std::string digits;
    while (rest != 0 || digits.size() <= static_cast<std::size_t>(scale_)) {
        digits.push_back(static_cast<char>('0' + static_cast<int>(rest % 10)));
        rest /= 10;
    }
    if (scale_ > 0) digits.insert(static_cast<std::size_t>(scale_), ".");
    if (coefficient_ < 0) digits.push_back('-');
    std::ranges::reverse(digits);
    return digits;
}

double Decimal::to_double() const {
    double number = 0;
    const std::string shown = text();
    std::from_chars(shown.data(), shown.data() + shown.size(), number);
    return number;
}

Decimal Decimal::operator-() const {
    Decimal negated = *this;
    negated.coefficient_ = -coefficient_;
    return negated;
}

std::optional<Decimal> Decimal::add(const Decimal& a, const Decimal& b) {
    const int scale = std::max(a.scale_, b.scale_);
    int128 left = 0;
    int128 right = 0;
    int128 sum = 0;
    if (__builtin_mul_overflow(a.coefficient_, power_of_ten(scale - a.scale_), &left) ||
        __builtin_mul_overflow(b.coefficient_, power_of_ten(scale - b.scale_), &right) ||
        __builtin_add_overflow(left, right, &sum))
        return std::nullopt;
    return make(sum, scale);
}

std::optional<Decimal> Decimal::multiply(const Decimal& a, const Decimal& b) {
    const int scale = a.scale_ + b.scale_;
    int128 product = 0;
    const bool fits = !__builtin_mul_overflow(a.coefficient_, b.coefficient_, &product);
    if (fits && scale <= scale_max) return make(product, scale);
    if (scale <= scale_max) return std::nullopt;

    // a * b / 10^k without 256 bits: with a = q 10^k + r and b = s 10^k + t, it is
    // q b + r s + (r t) / 10^k, and r t < 10^36. Example: 0.5 * 0.000000000000000003 (k = 1):
    // a = 5 = 0*10 + 5, b = 3 = 0*10 + 3, r t = 15 -> 1 rest 5, half to even -> 2.
    const int128 divisor = power_of_ten(scale - scale_max);
    const bool negative = (a.coefficient_ < 0) != (b.coefficient_ < 0);
    const int128 left = a.coefficient_ < 0 ? -a.coefficient_ : a.coefficient_;
    const int128 right = b.coefficient_ < 0 ? -b.coefficient_ : b.coefficient_;
    const int128 small = (left % divisor) * (right % divisor);
    int128 high = 0;
    int128 middle = 0;
    int128 quotient = 0;
    if (__builtin_mul_overflow(left / divisor, right, &high) ||
        __builtin_mul_overflow(left % divisor, right / divisor, &middle) ||
        __builtin_add_overflow(high, middle, &quotient) ||
        __builtin_add_overflow(quotient, small / divisor, &quotient))
        return std::nullopt;
    quotient = round_magnitude(quotient, small % divisor, divisor, Rounding::half_even, negative);
    return make(negative ? -quotient : quotient, scale_max);
}

std::optional<Decimal> Decimal::divide(const Decimal& a, const Decimal& b) {
    CHECK(b.coefficient_ != 0);
    const bool negative = (a.coefficient_ < 0) != (b.coefficient_ < 0);
    const int128 dividend = a.coefficient_ < 0 ? -a.coefficient_ : a.coefficient_;
    const int128 divisor = b.coefficient_ < 0 ? -b.coefficient_ : b.coefficient_;
    int128 quotient = dividend / divisor;
    int128 remainder = dividend % divisor;
    // By hand, digit by digit: the dividend times 10^36 would need 256 bits.
    int scale = a.scale_ - b.scale_;
    for (; scale < scale_max && (remainder != 0 || scale < 0); ++scale) {
        remainder *= 10;
        if (__builtin_mul_overflow(quotient, int128{10}, &quotient)) return std::nullopt;
        quotient += remainder / divisor;
        remainder %= divisor;
        if (!in_range(quotient)) return std::nullopt;
    }
    quotient = round_magnitude(quotient, remainder, divisor, Rounding::half_even, negative);
    return make(negative ? -quotient : quotient, scale);
}

std::optional<Decimal> Decimal::round(const Decimal& number, int digits, Rounding rounding) {
    if (digits >= number.scale_) return number;
    const int dropped = number.scale_ - digits;
    const bool negative = number.coefficient_ < 0;
    const int128 magnitude = negative ? -number.coefficient_ : number.coefficient_;
    const int128 divisor = power_of_ten(dropped);
    int128 rounded = round_magnitude(magnitude / divisor, magnitude % divisor, divisor, rounding,
                                     negative);
    if (negative) rounded = -rounded;
    if (digits >= 0) return make(rounded, digits);
    if (__builtin_mul_overflow(rounded, power_of_ten(-digits), &rounded)) return std::nullopt;
    return make(rounded, 0);
}

std::optional<std::int64_t> Decimal::whole() const {
    if (scale_ != 0 || coefficient_ > INT64_MAX || coefficient_ < INT64_MIN) return std::nullopt;
    return static_cast<std::int64_t>(coefficient_);
}

std::strong_ordering Decimal::operator<=>(const Decimal& other) const {
    const auto sign = [](int128 n) { return n < 0 ? -1 : n > 0 ? 1 : 0; };
    if (sign(coefficient_) != sign(other.coefficient_))
        return sign(coefficient_) <=> sign(other.coefficient_);
    const int scale = std::max(scale_, other.scale_);
    int128 left = 0;
    int128 right = 0;
    // A side that overflows is the one further from zero: the other holds at most 36 digits.
    const bool left_over =
        __builtin_mul_overflow(coefficient_, power_of_ten(scale - scale_), &left);
    const bool right_over =
        __builtin_mul_overflow(other.coefficient_, power_of_ten(scale - other.scale_), &right);
    const bool negative = coefficient_ < 0;
    if (left_over) return negative ? std::strong_ordering::less : std::strong_ordering::greater;
    if (right_over) return negative ? std::strong_ordering::greater : std::strong_ordering::less;
    return left < right   ? std::strong_ordering::less
           : left > right ? std::strong_ordering::greater
                          : std::strong_ordering::equal;
}

}  // namespace perennial::cel
