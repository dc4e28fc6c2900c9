// Timestamps are UTC milliseconds; local days go through a project's time zone. `now` is always a
// parameter: nothing here reads a clock.
#pragma once
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.hpp"

namespace perennial {

class ZoneRules;

struct Timestamp {
    std::int64_t ms = 0;  ///< since 1970-01-01T00:00:00Z

    auto operator<=>(const Timestamp&) const = default;
    friend Timestamp operator+(Timestamp t, std::int64_t add_ms) { return {t.ms + add_ms}; }

    /// "2024-07-23T19:38:38.219Z"
    std::string iso() const;
    /// RFC 3339 with zone, or a date alone (midnight UTC). Years 1 to 9999.
    static std::optional<Timestamp> parse(std::string_view);
};

inline constexpr std::int64_t second_ms = 1000;
inline constexpr std::int64_t minute_ms = 60 * second_ms;
inline constexpr std::int64_t hour_ms = 60 * minute_ms;
inline constexpr std::int64_t day_ms = 24 * hour_ms;

/// A calendar date of some local calendar. Always a real date.
struct Date {
    int year = 1970;
    int month = 1;
    int day = 1;

    auto operator<=>(const Date&) const = default;

    std::string iso() const;  ///< "2024-07-23"
    static std::optional<Date> parse(std::string_view);

    std::int64_t days_since_epoch() const;
    static Date from_days(std::int64_t days_since_epoch);
    Date plus_days(std::int64_t days) const;
    /// Keeps the day where the month has it, else takes the month's last (31 Jan + 1 -> 28 Feb).
    Date plus_months(int months) const;
    Date end_of_month() const;
    int weekday() const;  ///< 0 = Sunday
};

/// A time zone of the system's zone database.
class TimeZone {
  public:
    TimeZone();  ///< UTC
    static Result<TimeZone> find(std::string_view name);

    const std::string& name() const { return name_; }
    Date local_date(Timestamp) const;
    int local_hour(Timestamp) const;
    /// The first moment of that local date (where midnight is skipped: the moment the day begins).
    Timestamp start_of(Date) const;
    /// The first moment after that local date.
    Timestamp end_of(Date date) const { return start_of(date.plus_days(1)); }
    /// "2011-03-27 01:30:00" as local wall time; an ambiguous time is taken as the earlier, one that
    /// was skipped as the moment of the jump.
    std::optional<Timestamp> parse_local(std::string_view) const;
    /// Wall time "2011-03-27T01:30:00" of a moment.
    std::string local_iso(Timestamp) const;

  private:
    std::string name_;
    const ZoneRules* zone_;
};

}  // namespace perennial
