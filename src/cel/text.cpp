#include "cel/text.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>

#include "base/time.hpp"

namespace perennial::cel {
namespace {

constexpr int128 year_1_ns = int128{-62135596800} * second_ns;
constexpr int128 year_10000_ns = int128{253402300800} * second_ns;

/// Reads exactly `count` digits.
std::optional<int> take_digits(std::string_view& text, std::size_t count) {
    if (text.size() < count) return std::nullopt;
    int number = 0;
    for (std::size_t i = 0; i < count; ++i) {
        if (text[i] < '0' || text[i] > '9') return std::nullopt;
        number = number * 10 + (text[i] - '0');
    }
    text.remove_prefix(count);
    return number;
}

bool take(std::string_view& text, std::string_view expected) {
    if (!text.starts_with(expected)) return false;
    text.remove_prefix(expected.size());
    return true;
}

struct Clock {
    int hour;
    int minute;
    int second;
};

std::optional<Clock> take_clock(std::string_view& text) {
    const auto hour = take_digits(text, 2);
    if (!hour || !take(text, ":")) return std::nullopt;
    const auto minute = take_digits(text, 2);
    if (!minute || !take(text, ":")) return std::nullopt;
    const auto second = take_digits(text, 2);
    if (!second || *hour > 23 || *minute > 59 || *second > 59) return std::nullopt;
    return Clock{*hour, *minute, *second};
}

std::optional<std::int64_t> take_fraction_ns(std::string_view& text) {
    if (!take(text, ".")) return 0;
    std::int64_t ns = 0;
    std::int64_t unit = second_ns;
    std::size_t digits = 0;
    while (digits < text.size() && text[digits] >= '0' && text[digits] <= '9') {
        unit /= 10;
        ns += (text[digits] - '0') * unit;
        ++digits;
    }
    text.remove_prefix(digits);
    if (digits == 0 || digits > 9) return std::nullopt;
    return ns;
}

/// "Z" or "+02:00", in seconds east.
std::optional<int> take_offset_s(std::string_view& text) {
    if (take(text, "Z") || take(text, "z")) return 0;
    const int sign = text.starts_with('-') ? -1 : 1;
    if (!take(text, "+") && !take(text, "-")) return std::nullopt;
    const auto hour = take_digits(text, 2);
    if (!hour || !take(text, ":")) return std::nullopt;
    const auto minute = take_digits(text, 2);
    if (!minute || *hour > 23 || *minute > 59) return std::nullopt;
    return sign * (*hour * 3600 + *minute * 60);
}

std::string fraction_text(std::int64_t ns) {
    if (ns == 0) return {};
    std::string text = fmt::format(".{:09}", ns);
    while (text.back() == '0') text.pop_back();
    return text;
}

std::optional<std::int64_t> take_unit_ns(std::string_view& text) {
    constexpr std::pair<std::string_view, std::int64_t> units[] = {
        {"ms", 1'000'000}, {"us", 1'000},         {"µs", 1'000},           {"ns", 1},
        {"h", 3600 * second_ns}, {"m", 60 * second_ns}, {"s", second_ns},
    };
    for (const auto& [name, ns] : units)
        if (take(text, name)) return ns;
    return std::nullopt;
}

}  // namespace

bool is_timestamp_ns(int128 ns) { return ns >= year_1_ns && ns < year_10000_ns; }

std::optional<int128> parse_timestamp_ns(std::string_view text) {
    if (text.size() < 10) return std::nullopt;
    const auto day = Date::parse(text.substr(0, 10));
    text.remove_prefix(10);
    if (!day || (!take(text, "T") && !take(text, "t") && !take(text, " "))) return std::nullopt;
    const auto clock = take_clock(text);
    if (!clock) return std::nullopt;
    const auto fraction_ns = take_fraction_ns(text);
    if (!fraction_ns) return std::nullopt;
    const auto offset_s = take_offset_s(text);
    if (!offset_s || !text.empty()) return std::nullopt;
    const std::int64_t seconds = day->days_since_epoch() * 86400 + clock->hour * 3600 +
                                 clock->minute * 60 + clock->second - *offset_s;
    const int128 ns = int128{seconds} * second_ns + *fraction_ns;
    if (!is_timestamp_ns(ns)) return std::nullopt;
    return ns;
}

std::string timestamp_text(int128 ns) {
    std::int64_t seconds = static_cast<std::int64_t>(ns / second_ns);
    std::int64_t rest_ns = static_cast<std::int64_t>(ns % second_ns);
    if (rest_ns < 0) {
        rest_ns += second_ns;
        --seconds;
    }
    std::int64_t days = seconds / 86400;
    std::int64_t of_day = seconds % 86400;
    if (of_day < 0) {
        of_day += 86400;
        --days;
    }
    return fmt::format("{}T{:02}:{:02}:{:02}{}Z", Date::from_days(days).iso(), of_day / 3600,
                       of_day / 60 % 60, of_day % 60, fraction_text(rest_ns));
}

std::optional<std::int64_t> parse_duration_ns(std::string_view text) {
    const bool negative = take(text, "-");
    if (!negative) take(text, "+");
    if (text == "0") return 0;
    if (text.empty()) return std::nullopt;
    constexpr int128 ns_max = INT64_MAX;
    int128 total = 0;
    while (!text.empty()) {
        const auto end = text.find_first_not_of("0123456789.");
        if (end == std::string_view::npos || end == 0 || end > 30) return std::nullopt;
        const std::string_view number = text.substr(0, end);
        text.remove_prefix(end);
        const auto unit_ns = take_unit_ns(text);
        const auto point = number.find('.');
        std::string padded(number);
        if (point == 0) padded.insert(0, "0");
        if (point == number.size() - 1) padded.push_back('0');
        const auto amount = Decimal::parse(padded);
        if (!unit_ns || !amount) return std::nullopt;
        const auto product = Decimal::multiply(*amount, Decimal(*unit_ns));
        if (!product) return std::nullopt;
        int128 part = product->coefficient();
        for (int i = 0; i < product->scale(); ++i) part /= 10;
        total += part;
        if (total > ns_max) return std::nullopt;
    }
    return static_cast<std::int64_t>(negative ? -total : total);
}

std::string duration_text(std::int64_t ns) {
    const bool negative = ns < 0;
    const std::uint64_t magnitude =
        negative ? 0 - static_cast<std::uint64_t>(ns) : static_cast<std::uint64_t>(ns);
    constexpr auto second = static_cast<std::uint64_t>(second_ns);
    return fmt::format("{}{}{}s", negative ? "-" : "", magnitude / second,
                       fraction_text(static_cast<std::int64_t>(magnitude % second)));
}

std::string double_text(double number) {
    if (std::isnan(number)) return "NaN";
    if (std::isinf(number)) return number > 0 ? "+Inf" : "-Inf";
    std::array<char, 64> buffer;
    const auto written = std::to_chars(buffer.data(), buffer.data() + buffer.size(), number);
    return {buffer.data(), written.ptr};
}

std::size_t valid_utf8_length(std::string_view text) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    std::size_t i = 0;
    while (i < text.size()) {
        const unsigned first = byte(i);
        if (first < 0x80) {
            ++i;
            continue;
        }
        const std::size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
        if (first < 0xc2 || first > 0xf4 || text.size() - i < length) return i;
        // The first continuation byte excludes overlong forms, surrogates and what lies past U+10FFFF.
        const unsigned low = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
        const unsigned high = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
        if (byte(i + 1) < low || byte(i + 1) > high) return i;
        for (std::size_t k = 2; k < length; ++k)
            if ((byte(i + k) & 0xc0) != 0x80) return i;
        i += length;
    }
    return text.size();
}

std::int64_t count_code_points(std::string_view valid) {
    std::int64_t count = 0;
    for (const char c : valid) count += (static_cast<unsigned char>(c) & 0xc0) != 0x80;
    return count;
}

void append_code_point(std::string& to, std::uint32_t point) {
    const auto put = [&](std::uint32_t byte) { to.push_back(static_cast<char>(byte)); };
    if (point < 0x80) return put(point);
    if (point < 0x800) {
        put(0xc0 | point >> 6);
    } else {
        if (point < 0x10000) {
            put(0xe0 | point >> 12);
        } else {
            put(0xf0 | point >> 18);
            put(0x80 | (point >> 12 & 0x3f));
        }
        put(0x80 | (point >> 6 & 0x3f));
    }
    put(0x80 | (point & 0x3f));
}

std::string quoted(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (c == '\n') {
            out += "\\n";
        } else if (static_cast<unsigned char>(c) < 0x20) {
            out += fmt::format("\\x{:02x}", static_cast<unsigned>(c));
        } else {
            out += c;
        }
    }
    return out + '"';
}

}  // namespace perennial::cel
