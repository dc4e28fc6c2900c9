#include "modules/earning/validity.hpp"

#include <fmt/format.h>

#include <charconv>

#include "modules/campaigns/document.hpp"

namespace perennial::earning {
namespace {

using campaigns::array_of;
using campaigns::integer_of;
using campaigns::object_of;
using campaigns::text_of;
using campaigns::time_of;

constexpr std::int64_t number_max = 100'000;  // of one part of a duration
constexpr std::size_t windows_max = 50;

std::int64_t seconds_of(char unit, bool is_time) {
    switch (unit) {
        case 'W': return is_time ? 0 : 7 * 86'400;
        case 'D': return is_time ? 0 : 86'400;
        case 'H': return is_time ? 3600 : 0;
        case 'M': return is_time ? 60 : 0;
        case 'S': return is_time ? 1 : 0;
        default: return 0;
    }
}

/// "12:00" in minutes of the day; "24:00" is its end.
std::optional<std::int64_t> minutes_of(std::string_view text) {
    if (text.size() != 5 || text[2] != ':') return std::nullopt;
    int hours = 0;
    int minutes = 0;
    const auto h = std::from_chars(text.data(), text.data() + 2, hours);
    const auto m = std::from_chars(text.data() + 3, text.data() + 5, minutes);
    if (h.ptr != text.data() + 2 || m.ptr != text.data() + 5) return std::nullopt;
    const int of_day = hours * 60 + minutes;
    if (hours < 0 || minutes < 0 || minutes > 59 || of_day > 24 * 60) return std::nullopt;
    return of_day;
}

/// Days of the week, 0 = Sunday, each once.
json::array read_days(JsonReader& reader, std::string_view name) {
    json::array out;
    const json::array* days = reader.array(name, 7);
    if (days == nullptr) return out;
    for (const json::value& day : *days) {
        if (!day.is_int64() || day.get_int64() < 0 || day.get_int64() > 6)
            reader.wrong(name, "range", "must hold days from 0 (Sunday) to 6 (Saturday)");
        else if (std::ranges::find(out, day) == out.end())
            out.push_back(day);
    }
    return out;
}

void read_timeframe(JsonReader& rule, json::object& doc) {
    if (!campaigns::is_set(rule, "validity_timeframe")) return;
    JsonReader reader = rule.reader("validity_timeframe");
    std::optional<std::int64_t> seconds[2];
    json::object out;
    for (const int i : {0, 1}) {
        const std::string_view name = i == 0 ? "interval" : "duration";
        reader.require(name);
        const auto text = reader.text(name, 64);
        if (!text) continue;
        seconds[i] = duration_seconds(*text);
        if (!seconds[i])
            reader.wrong(name, "format",
                         "must be a span of weeks, days, hours, minutes and seconds such as P7D");
        out[name] = *text;
    }
    if (seconds[0] && seconds[1] && *seconds[1] > *seconds[0])
        reader.wrong("duration", "range", "must not be longer than the interval");
    if (!rule.has("start_date"))
        rule.wrong("start_date", "required", "is required: the first interval begins with it");
    doc["validity_timeframe"] = std::move(out);
}

void read_hours(JsonReader& rule, json::object& doc) {
    if (!campaigns::is_set(rule, "validity_hours")) return;
    for (const std::string_view name : {"validity_timeframe", "validity_day_of_week"})
        if (campaigns::is_set(rule, name))
            rule.wrong("validity_hours", "conflict", fmt::format("cannot be used with {}", name));
    JsonReader reader = rule.reader("validity_hours");
    reader.require("daily");
    const json::array* daily = reader.array("daily", windows_max);
    json::array out;
    for (std::size_t i = 0; daily != nullptr && i < daily->size(); ++i) {
        JsonReader window = reader.item("daily", i);
        json::object one;
        std::optional<std::int64_t> minutes[2];
        for (const int end : {0, 1}) {
            const std::string_view name = end == 0 ? "start_time" : "expiration_time";
            window.require(name);
            const auto text = window.text(name, 16);
            if (!text) continue;
            minutes[end] = minutes_of(*text);
            if (!minutes[end]) window.wrong(name, "format", "must be a time such as 18:30");
            one[name] = *text;
        }
        if (minutes[0] && minutes[1] && *minutes[1] <= *minutes[0])
            window.wrong("expiration_time", "range",
                         "must be after start_time; write two windows to go past midnight");
        one["days_of_week"] = read_days(window, "days_of_week");
        out.push_back(std::move(one));
    }
    doc["validity_hours"] = json::object{{"daily", std::move(out)}};
}

std::string on_days(const json::array& days) {
    std::string list;
    for (const json::value& day : days)
        list += fmt::format("{}{}", list.empty() ? "" : ", ", day.as_int64());
    return fmt::format("context.local_weekday in [{}]", list);
}

std::string in_window(const json::object& window, const std::string& zone) {
    const std::string minute =
        fmt::format("context.now.getHours('{0}') * 60 + context.now.getMinutes('{0}')", zone);
    std::string out = fmt::format("{0} >= {1} && {0} < {2}", minute,
                                  *minutes_of(text_of(window, "start_time")),
                                  *minutes_of(text_of(window, "expiration_time")));
    if (const json::array& days = array_of(window, "days_of_week"); !days.empty())
        out += " && " + on_days(days);
    return out;
}

}  // namespace

std::optional<std::int64_t> duration_seconds(std::string_view iso) {
    if (!iso.starts_with('P') || iso.ends_with('T')) return std::nullopt;
    std::int64_t total = 0;
    bool is_time = false;
    std::size_t at = 1;
    while (at < iso.size()) {
        if (iso[at] == 'T' && !is_time) {
            is_time = true;
            ++at;
            continue;
        }
        std::int64_t number = 0;
        const auto read = std::from_chars(iso.data() + at, iso.data() + iso.size(), number);
        at = static_cast<std::size_t>(read.ptr - iso.data());
        if (read.ec != std::errc() || number < 0 || number > number_max || at >= iso.size())
            return std::nullopt;
        const std::int64_t unit = seconds_of(iso[at], is_time);
        if (unit == 0) return std::nullopt;
        total += number * unit;
        ++at;
    }
    return total > 0 ? std::optional(total) : std::nullopt;
}

void read_validity(JsonReader& reader, json::object& doc) {
    read_timeframe(reader, doc);
    if (campaigns::is_set(reader, "validity_day_of_week"))
        doc["validity_day_of_week"] = read_days(reader, "validity_day_of_week");
    read_hours(reader, doc);
}

std::string full_condition(const json::object& doc, const std::string& zone) {
    std::string times;
    const auto add = [&](const std::string& text) {
        times += (times.empty() ? "" : " && ") + text;
    };
    if (const json::object& frame = object_of(doc, "validity_timeframe"); !frame.empty())
        // Whole seconds: an interval of days is 24 hours each, also where clocks change.
        add(fmt::format("(int(context.now) - {}) % {} < {}", time_of(doc, "start_date")->ms / 1000,
                        *duration_seconds(text_of(frame, "interval")),
                        *duration_seconds(text_of(frame, "duration"))));
    if (const json::array& days = array_of(doc, "validity_day_of_week"); !days.empty())
        add(on_days(days));
    std::string windows;
    for (const json::value& window : array_of(object_of(doc, "validity_hours"), "daily"))
        windows += (windows.empty() ? "" : " || ") + in_window(window.as_object(), zone);
    if (!windows.empty()) add("(" + windows + ")");
    const std::string condition(text_of(doc, "condition"));
    if (times.empty() || condition.empty()) return times + condition;
    // On a line of its own: the condition may end in a comment.
    return fmt::format("{} && ({}\n)", times, condition);
}

}  // namespace perennial::earning
