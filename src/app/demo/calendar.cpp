#include "app/demo/calendar.hpp"

#include <algorithm>

#include "app/demo/random.hpp"

namespace perennial::app::demo {
namespace {

constexpr std::int64_t double_points_monday = 19723;  // 2024-01-01 in days since 1970
constexpr std::int64_t double_points_every_days = 91;
constexpr int launch_days = 42;

TimeZone zone(std::string_view name) {
    auto found = TimeZone::find(name);
    CHECK(found.has_value());
    return *found;
}

}  // namespace

bool is_double_points_day(const Date& date) {
    const std::int64_t since = date.days_since_epoch() - double_points_monday;
    const std::int64_t into =
        ((since % double_points_every_days) + double_points_every_days) % double_points_every_days;
    return into < 7;
}

bool is_shut_everywhere(const Date& date) {
    return (date.month == 12 && (date.day == 25 || date.day == 26)) ||
           (date.month == 1 && date.day == 1);
}

bool is_gift_time(const Date& date) {
    return (date.month == 11 && date.day >= 22) || (date.month == 12 && date.day <= 24);
}

Calendar::Calendar(Timestamp now) : now_(now) {
    const TimeZone project = zone(project_zone);
    const Date today = project.local_date(now);
    first_ = today.plus_months(-plan_months);
    days_ = static_cast<int>(today.days_since_epoch() - first_.days_since_epoch()) + 1;
    start_ = project.start_of(first_);
    for (const Store& store : stores()) {
        const TimeZone local = zone(store.zone);
        auto& midnights = midnight_ms_.emplace_back();
        for (int day = 0; day < days_; ++day) {
            const auto noon = local.parse_local(date(day).iso() + " 12:00");
            CHECK(noon.has_value());
            midnights.push_back(noon->ms - 12 * hour_ms);
        }
    }
}

Timestamp Calendar::at(const Store& store, int day, int minute, int second) const {
    const auto& midnights = midnight_ms_[static_cast<std::size_t>(store.number - 1)];
    return {midnights[static_cast<std::size_t>(day)] + minute * minute_ms + second * second_ms};
}

Hours Calendar::hours(const Store& store, int day) const {
    const Date on = date(day);
    if (day < store.opens_on_day || is_shut_everywhere(on)) return {};
    Hours hours = store.hours[static_cast<std::size_t>(on.weekday())];
    const bool eve = on.month == 12 && (on.day == 24 || on.day == 31);
    if (eve && !hours.closed()) hours.close = std::min(hours.close, 15 * 60);
    return hours;
}

std::vector<std::int64_t> sign_up_curve(const Calendar& calendar, std::uint64_t seed) {
    static constexpr std::int64_t by_month[12]{760,  880,  960, 1000, 1000, 940,
                                               820,  840, 1060, 1080, 1150, 1650};
    static constexpr std::int64_t by_weekday[7]{880, 900, 920, 950, 980, 1080, 1290};
    Random noise(seed, 1);
    std::vector<std::int64_t> curve;
    for (int day = 0; day < calendar.days(); ++day) {
        const Date date = calendar.date(day);
        std::int64_t weight = 750 + 300 * day / calendar.days();
        if (day < launch_days) weight += (launch_days - day) * 160;
        weight = weight * by_month[date.month - 1] / 1000;
        weight = weight * by_weekday[date.weekday()] / 1000;
        if (is_double_points_day(date)) weight = weight * 1350 / 1000;
        if (is_shut_everywhere(date)) weight /= 5;
        curve.push_back(weight * noise.between(800, 1200) / 1000);
    }
    return curve;
}

}  // namespace perennial::app::demo
