// Calendar spans as ISO 8601 writes them: "P12M", "P1Y6M", "P30D", "P2W". Their days are local days.
#pragma once
#include <optional>
#include <string_view>

#include "base/time.hpp"

namespace perennial::campaigns {

struct Span {
    int months = 0;
    int days = 0;

    bool operator==(const Span&) const = default;
    bool is_zero() const { return months == 0 && days == 0; }
    /// 31 January + 1 month = 28 February, then the days.
    Date after(Date date) const { return date.plus_months(months).plus_days(days); }
    /// Nothing for what is none, is empty, or is longer than 100 years.
    static std::optional<Span> parse(std::string_view);
};

}  // namespace perennial::campaigns
