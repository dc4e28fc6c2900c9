#include "modules/campaigns/span.hpp"

namespace perennial::campaigns {

std::optional<Span> Span::parse(std::string_view text) {
    constexpr std::string_view units = "YMWD";
    constexpr int days_max = 36'525;
    constexpr int months_max = 1'200;
    if (text.size() < 3 || text.front() != 'P') return std::nullopt;
    Span out;
    std::size_t next_unit = 0;
    int number = 0;
    bool has_digits = false;
    for (const char c : text.substr(1)) {
        if (c >= '0' && c <= '9') {
            number = number * 10 + (c - '0');
            if (number > days_max) return std::nullopt;
            has_digits = true;
            continue;
        }
        const auto unit = units.find(c);
        // Each unit once, from the greatest to the smallest.
        if (!has_digits || unit == std::string_view::npos || unit < next_unit) return std::nullopt;
        next_unit = unit + 1;
        if (c == 'Y') out.months += number * 12;
        if (c == 'M') out.months += number;
        if (c == 'W') out.days += number * 7;
        if (c == 'D') out.days += number;
        number = 0;
        has_digits = false;
    }
    if (has_digits || out == Span{} || out.months > months_max || out.days > days_max)
        return std::nullopt;
    return out;
}

}  // namespace perennial::campaigns
