#include "modules/transfer/order_times.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>

namespace perennial::transfer {
namespace {

constexpr std::array formats{
    TimeFormat{"YYYY-MM-DD HH:MM:SS", DateOrder::year_first, '-', false, 3},
    TimeFormat{"YYYY-MM-DD HH:MM", DateOrder::year_first, '-', false, 2},
    TimeFormat{"YYYY-MM-DD", DateOrder::year_first, '-', false, 0},
    TimeFormat{"YYYYMMDD", DateOrder::year_first, 0, false, 0},
    TimeFormat{"DD/MM/YYYY HH:MM:SS", DateOrder::day_first, '/', true, 3},
    TimeFormat{"DD/MM/YYYY HH:MM", DateOrder::day_first, '/', true, 2},
    TimeFormat{"DD/MM/YYYY", DateOrder::day_first, '/', true, 0},
    TimeFormat{"DD.MM.YYYY HH:MM:SS", DateOrder::day_first, '.', true, 3},
    TimeFormat{"DD.MM.YYYY HH:MM", DateOrder::day_first, '.', true, 2},
    TimeFormat{"DD.MM.YYYY", DateOrder::day_first, '.', true, 0},
    TimeFormat{"M/D/YYYY H:MM:SS", DateOrder::month_first, '/', true, 3},
    TimeFormat{"M/D/YYYY H:MM", DateOrder::month_first, '/', true, 2},
    TimeFormat{"M/D/YYYY", DateOrder::month_first, '/', true, 0},
    TimeFormat{"ISO", DateOrder::iso},
    TimeFormat{"unix seconds", DateOrder::unix_seconds},
    TimeFormat{"unix milliseconds", DateOrder::unix_ms},
};

struct Scanner {
    std::string_view rest;

    std::optional<int> number(std::size_t least, std::size_t most) {
        std::size_t size = 0;
        int value = 0;
        while (size < most && size < rest.size() && rest[size] >= '0' && rest[size] <= '9')
            value = value * 10 + (rest[size++] - '0');
        if (size < least) return std::nullopt;
        rest.remove_prefix(size);
        return value;
    }
    bool skip(char c) {
        if (c == 0) return true;
        if (rest.empty() || rest[0] != c) return false;
        rest.remove_prefix(1);
        return true;
    }
};

std::optional<Timestamp> parse_wall(std::string_view text, const TimeFormat& format,
                                    const TimeZone& zone) {
    Scanner scanner{text};
    const std::size_t least = format.short_digits ? 1 : 2;
    std::array<int, 3> date{};  // in the order of the text
    std::array<int, 3> clock{};
    const bool year_first = format.order == DateOrder::year_first;
    for (std::size_t i = 0; i < 3; ++i) {
        if (i > 0 && !scanner.skip(format.separator)) return std::nullopt;
        const bool year = i == (year_first ? 0 : 2);
        const auto part = year ? scanner.number(4, 4) : scanner.number(least, 2);
        if (!part) return std::nullopt;
        date[i] = *part;
    }
    for (std::size_t i = 0; i < static_cast<std::size_t>(format.clock_parts); ++i) {
        if (!scanner.skip(i == 0 ? ' ' : ':')) return std::nullopt;
        const auto part = scanner.number(i == 0 ? least : 2, 2);
        if (!part) return std::nullopt;
        clock[i] = *part;
    }
    if (!scanner.rest.empty()) return std::nullopt;
    const int year = year_first ? date[0] : date[2];
    const int month = format.order == DateOrder::month_first ? date[0] : date[1];
    const int day = year_first ? date[2] : format.order == DateOrder::day_first ? date[0] : date[1];
    return zone.parse_local(fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02}", year, month, day,
                                        clock[0], clock[1], clock[2]));
}

std::optional<Timestamp> parse_iso(std::string_view text, const TimeZone* zone) {
    if (zone != nullptr)
        if (auto local = zone->parse_local(text)) return local;
    // A date alone has no zone, though Timestamp takes it as midnight UTC.
    return text.size() > 10 ? Timestamp::parse(text) : std::nullopt;
}

std::optional<Timestamp> parse_unix(std::string_view text, std::int64_t unit_ms) {
    constexpr std::int64_t year_10000_ms = 253'402'300'800'000;
    std::int64_t value = 0;
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (code != std::errc() || end != text.data() + text.size()) return std::nullopt;
    if (value < 0 || value >= year_10000_ms / unit_ms) return std::nullopt;
    return Timestamp{value * unit_ms};
}

}  // namespace

std::span<const TimeFormat> time_formats() {
    return formats;
}

std::optional<Timestamp> TimeParser::parse(std::string_view text) {
    if (last_ && text == last_text_) return last_;
    last_.reset();
    for (const TimeFormat* format : formats_) {
        switch (format->order) {
            case DateOrder::iso:
                last_ = parse_iso(text, zone_);
                break;
            case DateOrder::unix_seconds:
                last_ = parse_unix(text, second_ms);
                break;
            case DateOrder::unix_ms:
                last_ = parse_unix(text, 1);
                break;
            default:
                last_ = zone_ == nullptr ? std::nullopt : parse_wall(text, *format, *zone_);
        }
        if (last_) break;
    }
    if (last_) last_text_ = text;
    return last_;
}

}  // namespace perennial::transfer
