// The API's lists of values, in the order of the model's enums.
#pragma once
#include <array>
#include <string_view>

namespace perennial::campaigns::words {

inline constexpr std::array<std::string_view, 2> period_types{"MONTH", "FIXED_DAY_OF_YEAR"};
/// From ExpirationRule::Rounding::end_of_month on.
inline constexpr std::array<std::string_view, 5> roundings{
    "END_OF_MONTH", "END_OF_QUARTER", "END_OF_HALF_YEAR", "END_OF_YEAR", "PARTICULAR_MONTH"};
inline constexpr std::array<std::string_view, 2> qualification_types{"BALANCE",
                                                                     "POINTS_IN_PERIOD"};
/// From TierPolicy::Metric::points on.
inline constexpr std::array<std::string_view, 4> qualification_metrics{"POINTS", "SPEND", "ORDERS",
                                                                       "TENURE_DAYS"};
inline constexpr std::string_view all_time = "ALL_TIME";
inline constexpr std::array<std::string_view, 4> qualification_periods{"MONTH", "QUARTER",
                                                                       "HALF_YEAR", "YEAR"};
inline constexpr std::array<std::string_view, 4> tier_ends{"END_OF_PERIOD", "END_OF_NEXT_PERIOD",
                                                           "BALANCE_DROP", "CUSTOM"};
/// From ExpirationRule::Rounding::end_of_month on; CUSTOM is a particular month.
inline constexpr std::array<std::string_view, 5> tier_roundings{"MONTH", "QUARTER", "HALF_YEAR",
                                                                "YEAR", "CUSTOM"};
inline constexpr std::array<std::string_view, 3> downgrades{"TO_REACHED", "BY_ONE_LEVEL", "NEVER"};

}  // namespace perennial::campaigns::words
