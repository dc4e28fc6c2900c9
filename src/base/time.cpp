#include "base/time.hpp"

#include <date/date.h>
#include <fmt/format.h>

#include <algorithm>

#include "base/time_zone.hpp"

namespace perennial {
namespace {

const ErrorCode unknown_time_zone{"invalid_time_zone", ErrorKind::invalid, "Unknown time zone"};

bool digits(std::string_view text, std::size_t at, std::size_t count, int& out) {
    if (at + count > text.size()) return false;
    out = 0;
    for (std::size_t i = at; i < at + count; ++i) {
        if (text[i] < '0' || text[i] > '9') return false;
        out = out * 10 + (text[i] - '0');
    }
    return true;
}

struct Wall {
    Date date;
    std::int64_t ms_of_day = 0;
    std::size_t used = 0;  // characters read
};

// YYYY-MM-DD[(T| )HH:MM[:SS[.fff…]]]
std::optional<Wall> parse_wall(std::string_view text) {
    Wall wall;
    int hour = 0;
    int minute = 0;
    int second = 0;
    std::int64_t ms = 0;
    if (text.size() < 10) return std::nullopt;
    auto date = Date::parse(text.substr(0, 10));
    if (!date) return std::nullopt;
    wall.date = *date;
    wall.used = 10;
    if (text.size() > 10 && (text[10] == 'T' || text[10] == 't' || text[10] == ' ')) {
        if (!digits(text, 11, 2, hour) || text.size() < 16 || text[13] != ':' ||
            !digits(text, 14, 2, minute))
            return std::nullopt;
        wall.used = 16;
        if (text.size() > 16 && text[16] == ':') {
            if (!digits(text, 17, 2, second)) return std::nullopt;
            wall.used = 19;
            if (text.size() > 19 && text[19] == '.') {
                std::size_t i = 20;
                std::int64_t scale = 100;
                for (; i < text.size() && text[i] >= '0' && text[i] <= '9'; ++i, scale /= 10)
                    ms += (text[i] - '0') * scale;
                if (i == 20) return std::nullopt;
                wall.used = i;
            }
        }
        if (hour > 23 || minute > 59 || second > 59) return std::nullopt;
    }
    wall.ms_of_day = hour * hour_ms + minute * minute_ms + second * second_ms + ms;
    return wall;
}

std::int64_t floor_div(std::int64_t a, std::int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }

std::int64_t local_ms_of(const ZoneRules& zone, Timestamp t) {
    return t.ms + zone.offset_s(floor_div(t.ms, second_ms)) * second_ms;
}

}  // namespace

std::string Timestamp::iso() const {
    const std::int64_t days = floor_div(ms, day_ms);
    const std::int64_t rest = ms - days * day_ms;
    const Date d = Date::from_days(days);
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", d.year, d.month, d.day,
                       rest / hour_ms, rest / minute_ms % 60, rest / second_ms % 60, rest % 1000);
}

std::optional<Timestamp> Timestamp::parse(std::string_view text) {
    auto wall = parse_wall(text);
    if (!wall) return std::nullopt;
    std::int64_t ms = wall->date.days_since_epoch() * day_ms + wall->ms_of_day;
    std::string_view rest = text.substr(wall->used);
    if (wall->used == 10 && rest.empty()) return Timestamp{ms};
    if (rest == "Z" || rest == "z") return Timestamp{ms};
    int hours = 0;
    int minutes = 0;
    if (rest.size() == 6 && (rest[0] == '+' || rest[0] == '-') && digits(rest, 1, 2, hours) &&
        rest[3] == ':' && digits(rest, 4, 2, minutes) && hours < 24 && minutes < 60) {
        const std::int64_t offset = hours * hour_ms + minutes * minute_ms;
        return Timestamp{rest[0] == '+' ? ms - offset : ms + offset};
    }
    return std::nullopt;
}

std::string Date::iso() const { return fmt::format("{:04}-{:02}-{:02}", year, month, day); }

std::optional<Date> Date::parse(std::string_view text) {
    Date d;
    if (text.size() != 10 || text[4] != '-' || text[7] != '-' || !digits(text, 0, 4, d.year) ||
        !digits(text, 5, 2, d.month) || !digits(text, 8, 2, d.day))
        return std::nullopt;
    const date::year_month_day ymd{date::year(d.year), date::month(static_cast<unsigned>(d.month)),
                                   date::day(static_cast<unsigned>(d.day))};
    if (!ymd.ok() || d.year < 1) return std::nullopt;
    return d;
}

std::int64_t Date::days_since_epoch() const {
    return date::sys_days(date::year_month_day{date::year(year),
                                               date::month(static_cast<unsigned>(month)),
                                               date::day(static_cast<unsigned>(day))})
        .time_since_epoch()
        .count();
}

Date Date::from_days(std::int64_t days) {
    const date::year_month_day ymd{date::sys_days{date::days(days)}};
    return {int(ymd.year()), static_cast<int>(unsigned(ymd.month())),
            static_cast<int>(unsigned(ymd.day()))};
}

Date Date::plus_days(std::int64_t days) const { return from_days(days_since_epoch() + days); }

Date Date::plus_months(int months) const {
    const int total = year * 12 + (month - 1) + months;
    Date out{total / 12, total % 12 + 1, 1};
    out.day = std::min(day, out.end_of_month().day);
    return out;
}

Date Date::end_of_month() const {
    const date::year_month_day_last last{
        date::year(year), date::month_day_last(date::month(static_cast<unsigned>(month)))};
    return {year, month, static_cast<int>(unsigned(last.day()))};
}

int Date::weekday() const {
    return static_cast<int>(date::weekday(date::sys_days{date::days(days_since_epoch())}).c_encoding());
}

TimeZone::TimeZone() : name_("UTC"), zone_(ZoneRules::utc()) {}

Result<TimeZone> TimeZone::find(std::string_view name) {
    TimeZone out;
    out.zone_ = ZoneRules::find(name);
    if (!out.zone_)
        return refuse(unknown_time_zone,
                      fmt::format("'{}' is no time zone; use a name such as Europe/London", name));
    out.name_ = std::string(name);
    return out;
}

Date TimeZone::local_date(Timestamp t) const {
    return Date::from_days(floor_div(local_ms_of(*zone_, t), day_ms));
}

int TimeZone::local_hour(Timestamp t) const {
    const std::int64_t local = local_ms_of(*zone_, t);
    return static_cast<int>((local - floor_div(local, day_ms) * day_ms) / hour_ms);
}

Timestamp TimeZone::start_of(Date d) const {
    return Timestamp{zone_->utc_ms(d.days_since_epoch() * day_ms)};
}

std::optional<Timestamp> TimeZone::parse_local(std::string_view text) const {
    auto wall = parse_wall(text);
    if (!wall || wall->used != text.size()) return std::nullopt;
    return Timestamp{zone_->utc_ms(wall->date.days_since_epoch() * day_ms + wall->ms_of_day)};
}

std::string TimeZone::local_iso(Timestamp t) const {
    return Timestamp{local_ms_of(*zone_, t)}.iso().substr(0, 19);
}

}  // namespace perennial
