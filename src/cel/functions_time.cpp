#include "base/time_zone.hpp"
#include "cel/functions.hpp"
#include "cel/text.hpp"

namespace perennial::cel {
namespace {

/// Wall time, as seconds since 1970 on the wall.
struct Wall {
    std::int64_t seconds = 0;
    std::int64_t rest_ns = 0;

    std::int64_t days() const { return (seconds - second_of_day()) / 86400; }
    std::int64_t second_of_day() const { return ((seconds % 86400) + 86400) % 86400; }
    Date date() const { return Date::from_days(days()); }
};

/// "+02:00", "-02:30", "02:00".
std::optional<std::int64_t> fixed_offset_s(std::string_view zone) {
    const std::int64_t sign = zone.starts_with('-') ? -1 : 1;
    if (zone.starts_with('-') || zone.starts_with('+')) zone.remove_prefix(1);
    if (zone.size() != 5 || zone[2] != ':') return std::nullopt;
    for (const std::size_t i : {0u, 1u, 3u, 4u})
        if (zone[i] < '0' || zone[i] > '9') return std::nullopt;
    const int hours = (zone[0] - '0') * 10 + (zone[1] - '0');
    const int minutes = (zone[3] - '0') * 10 + (zone[4] - '0');
    if (hours > 23 || minutes > 59) return std::nullopt;
    return sign * (hours * 3600 + minutes * 60);
}

std::optional<std::int64_t> offset_s(std::string_view zone, std::int64_t utc_seconds) {
    if (zone == "UTC" || zone == "Z") return 0;
    if (const auto fixed = fixed_offset_s(zone)) return fixed;
    const ZoneRules* const rules = ZoneRules::find(zone);
    if (!rules) return std::nullopt;
    return rules->offset_s(utc_seconds);
}

template <class Part>
Value part_of_moment(Call& call, std::string_view name, std::span<const Value> arguments, Part part) {
    const bool is_call = (arguments.size() == 1 ||
                          (arguments.size() == 2 && arguments[1].is(Kind::string))) &&
                         arguments[0].is(Kind::timestamp);
    if (!is_call) return no_overload(call, name, arguments);
    const int128 ns = arguments[0].as_timestamp_ns();
    Wall wall;
    wall.rest_ns = static_cast<std::int64_t>(ns % second_ns);
    wall.seconds = static_cast<std::int64_t>(ns / second_ns);
    if (wall.rest_ns < 0) {
        wall.rest_ns += second_ns;
        --wall.seconds;
    }
    if (arguments.size() == 2) {
        const auto offset = offset_s(arguments[1].as_text(), wall.seconds);
        if (!offset)
            return call.fail("{}(): {} is no time zone; write one as \"Europe/Berlin\" or \"+02:00\"",
                             name, to_text(arguments[1]));
        wall.seconds += *offset;
    }
    return Value::integer(part(wall));
}

bool is_span(std::span<const Value> arguments) {
    return arguments.size() == 1 && arguments[0].is(Kind::duration);
}

}  // namespace

Value call_timestamp(Call& call, std::span<const Value> arguments) {
    if (arguments.size() != 1) return no_overload(call, "timestamp", arguments);
    const Value& of = arguments[0];
    switch (of.kind()) {
        case Kind::timestamp: return of;
        case Kind::string: {
            const auto ns = parse_timestamp_ns(of.as_text());
            if (ns) return Value::timestamp_ns(*ns);
            return call.fail("timestamp(): {} is not a moment of the years 1 to 9999 like "
                             "\"2024-07-23T19:38:38Z\"",
                             to_text(of));
        }
        case Kind::integer: {
            const int128 ns = int128{of.as_int()} * second_ns;
            if (is_timestamp_ns(ns)) return Value::timestamp_ns(ns);
            return call.fail("timestamp(): {} seconds are out of range", of.as_int());
        }
        default: return no_overload(call, "timestamp", arguments);
    }
}

Value call_duration(Call& call, std::span<const Value> arguments) {
    if (arguments.size() == 1 && arguments[0].is(Kind::duration)) return arguments[0];
    if (arguments.size() != 1 || !arguments[0].is(Kind::string))
        return no_overload(call, "duration", arguments);
    const auto ns = parse_duration_ns(arguments[0].as_text());
    if (ns) return Value::duration_ns(*ns);
    return call.fail("duration(): {} is not a span of at most 292 years like \"36h\" or \"1h30m\" "
                     "(units: h m s ms us ns)",
                     to_text(arguments[0]));
}

Value call_full_year(Call& call, std::span<const Value> arguments) {
    return part_of_moment(call, "getFullYear", arguments,
                          [](const Wall& wall) { return wall.date().year; });
}

Value call_month(Call& call, std::span<const Value> arguments) {
    return part_of_moment(call, "getMonth", arguments,
                          [](const Wall& wall) { return wall.date().month - 1; });
}

Value call_date(Call& call, std::span<const Value> arguments) {
    return part_of_moment(call, "getDate", arguments,
                          [](const Wall& wall) { return wall.date().day; });
}

Value call_day_of_month(Call& call, std::span<const Value> arguments) {
    return part_of_moment(call, "getDayOfMonth", arguments,
                          [](const Wall& wall) { return wall.date().day - 1; });
}

Value call_day_of_week(Call& call, std::span<const Value> arguments) {
    return part_of_moment(call, "getDayOfWeek", arguments,
                          [](const Wall& wall) { return wall.date().weekday(); });
}

Value call_day_of_year(Call& call, std::span<const Value> arguments) {
    return part_of_moment(call, "getDayOfYear", arguments, [](const Wall& wall) {
        return wall.days() - Date{wall.date().year, 1, 1}.days_since_epoch();
    });
}

Value call_hours(Call& call, std::span<const Value> arguments) {
    if (is_span(arguments)) return Value::integer(arguments[0].as_duration_ns() / (3600 * second_ns));
    return part_of_moment(call, "getHours", arguments,
                          [](const Wall& wall) { return wall.second_of_day() / 3600; });
}

Value call_minutes(Call& call, std::span<const Value> arguments) {
    if (is_span(arguments)) return Value::integer(arguments[0].as_duration_ns() / (60 * second_ns));
    return part_of_moment(call, "getMinutes", arguments,
                          [](const Wall& wall) { return wall.second_of_day() / 60 % 60; });
}

Value call_seconds(Call& call, std::span<const Value> arguments) {
    if (is_span(arguments)) return Value::integer(arguments[0].as_duration_ns() / second_ns);
    return part_of_moment(call, "getSeconds", arguments,
                          [](const Wall& wall) { return wall.second_of_day() % 60; });
}

Value call_milliseconds(Call& call, std::span<const Value> arguments) {
    // As the spec: of a span only the part below a second.
    if (is_span(arguments))
        return Value::integer(arguments[0].as_duration_ns() % second_ns / 1'000'000);
    return part_of_moment(call, "getMilliseconds", arguments,
                          [](const Wall& wall) { return wall.rest_ns / 1'000'000; });
}

}  // namespace perennial::cel
