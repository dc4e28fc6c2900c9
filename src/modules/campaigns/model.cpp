#include "modules/campaigns/model.hpp"

#include <algorithm>

namespace perennial::campaigns {
namespace {

Date last_of_month(int year, int month) { return Date{year, month, 1}.end_of_month(); }

// The fixed day of a year; 29 Feb is 28 Feb in a year without it.
Date fixed_day_of(int year, const ExpirationRule& rule) {
    const Date last = last_of_month(year, rule.fixed_month);
    return {year, rule.fixed_month, std::min(rule.fixed_day, last.day)};
}

Date round_up(Date day, ExpirationRule::Rounding rounding, int particular_month) {
    switch (rounding) {
        case ExpirationRule::Rounding::none: return day;
        case ExpirationRule::Rounding::end_of_month: return day.end_of_month();
        case ExpirationRule::Rounding::end_of_quarter:
            return last_of_month(day.year, (day.month + 2) / 3 * 3);
        case ExpirationRule::Rounding::end_of_half_year:
            return last_of_month(day.year, day.month <= 6 ? 6 : 12);
        case ExpirationRule::Rounding::end_of_year: return last_of_month(day.year, 12);
        case ExpirationRule::Rounding::particular_month:
            return last_of_month(day.month <= particular_month ? day.year : day.year + 1,
                                 particular_month);
    }
    return day;
}

// How many random characters one 64 bit number gives: the largest power of `base` that fits.
struct Draw {
    int characters = 0;
    std::uint64_t range = 1;
};

Draw draw_of(std::uint64_t base) {
    Draw draw;
    while (draw.range <= UINT64_MAX / base) {
        draw.range *= base;
        ++draw.characters;
    }
    return draw;
}

std::string random_text(const std::string& charset, std::size_t length, Ids& ids) {
    CHECK(charset.size() >= 2);
    const std::uint64_t base = charset.size();
    const Draw draw = draw_of(base);
    // Numbers past the last whole multiple are drawn again, so that all characters are equally likely.
    const std::uint64_t end = UINT64_MAX / draw.range * draw.range;
    std::string out;
    out.reserve(length);
    while (out.size() < length) {
        std::uint64_t number = ids.random();
        if (number >= end) continue;
        for (int i = 0; i < draw.characters && out.size() < length; ++i) {
            out += charset[number % base];
            number /= base;
        }
    }
    return out;
}

}  // namespace

std::optional<Date> last_usable_day(const ExpirationRule& rule, Date earned) {
    switch (rule.period) {
        case ExpirationRule::Period::none: return std::nullopt;
        case ExpirationRule::Period::months: 
            return round_up(earned.plus_months(rule.months), rule.rounding, rule.rounding_month);
        case ExpirationRule::Period::fixed_day_of_year: {
            const Date this_year = fixed_day_of(earned.year, rule);
            return earned <= this_year ? this_year : fixed_day_of(earned.year + 1, rule);
        }
    }
    return std::nullopt;
}

std::optional<Timestamp> expires_at(const ExpirationRule& rule, Timestamp earned_at,
                                    const TimeZone& zone) {
    const auto last = last_usable_day(rule, zone.local_date(earned_at));
    return last ? std::optional(zone.end_of(*last)) : std::nullopt;
}

Date last_day_of_tier(const TierPolicy& policy, Date reached) {
    return round_up(policy.extend.after(reached), policy.rounding, policy.rounding_month);
}

std::string make_code(const CodeConfig& config, Ids& ids) {
    if (config.pattern.empty())
        return config.prefix +
               random_text(config.charset, static_cast<std::size_t>(config.length), ids) +
               config.postfix;
    const auto places = static_cast<std::size_t>(std::ranges::count(config.pattern, '#'));
    const std::string random = random_text(config.charset, places, ids);
    std::string out = config.prefix;
    std::size_t used = 0;
    for (const char c : config.pattern) out += c == '#' ? random[used++] : c;
    return out + config.postfix;
}

const Program* Programs::find(const ProgramId& id) const {
    const auto found = std::ranges::find(all, id, &Program::id);
    return found == all.end() ? nullptr : &*found;
}

}  // namespace perennial::campaigns
