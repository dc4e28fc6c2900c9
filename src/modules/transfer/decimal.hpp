// Numbers as they stand in a file, exact: never a double.
#pragma once
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

namespace perennial::transfer {

/// digits / 10^scale. At most 15 digits and 12 places, so that products stay within 128 bits.
struct Decimal {
    std::int64_t digits = 0;
    int scale = 0;

    bool operator==(const Decimal&) const = default;
    std::string text() const;  ///< "-2.550": as many places as the file had
};

struct NumberFormat {
    char decimal_mark = '.';
    char thousands_mark = 0;  ///< 0 = none; ' ' also takes the no-break spaces
};

/// The first 60 bytes at most, in whole characters: what a reason shows of the file.
std::string_view excerpt(std::string_view text);

/// "1,234.50", "-0.001", " 12 ". The reason in words when it is not a number of that format.
std::expected<Decimal, std::string> parse_decimal(std::string_view text, const NumberFormat&);

/// quantity x unit price in minor units of `decimals` places, a half rounded away from zero
/// (0.005 -> 0.01). Nothing when it leaves the range of values.
std::optional<std::int64_t> minor_units(const Decimal& price, std::int64_t quantity, int decimals);

}  // namespace perennial::transfer
