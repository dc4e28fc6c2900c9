// The days of the plan, each store's clock, and what the time of year does to a café.
#pragma once
#include <cstdint>
#include <vector>

#include "app/demo/catalog_data.hpp"
#include "base/time.hpp"

namespace perennial::app::demo {

inline constexpr int plan_months = 18;

/// Every point counts double for one week in thirteen, from a Monday on. The same windows as those
/// of the rule "Double-leaf week" of program.json.
bool is_double_points_day(const Date&);

/// Christmas Day, Boxing Day and New Year's Day.
bool is_shut_everywhere(const Date&);

/// In the weeks before Christmas people carry boxes home.
bool is_gift_time(const Date&);

/// Day 0 is eighteen months before today; the last is today, in the project's zone.
class Calendar {
  public:
    explicit Calendar(Timestamp now);

    int days() const { return days_; }
    Date date(int day) const { return first_.plus_days(day); }
    Timestamp now() const { return now_; }
    Timestamp start() const { return start_; }
    /// `minute` and `second` after local midnight of that day at the store. Exact in opening hours;
    /// in the night of a change of clocks it may be an hour off.
    Timestamp at(const Store&, int day, int minute, int second) const;
    /// Closed days have none.
    Hours hours(const Store&, int day) const;

  private:
    Timestamp now_;
    Timestamp start_;
    Date first_;
    int days_ = 0;
    std::vector<std::vector<std::int64_t>> midnight_ms_;  // by store, by day
};

/// How many people join on each day, as weights: launch, growth, Christmas, weekends.
std::vector<std::int64_t> sign_up_curve(const Calendar&, std::uint64_t seed);

}  // namespace perennial::app::demo
