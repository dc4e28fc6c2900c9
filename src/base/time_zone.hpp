// The rules of one time zone, from the system's zone database (TZif files, RFC 9636): the
// transitions that the file lists, and after the last of them the rule of its footer, for ever.
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace perennial {

/// "EST5EDT,M3.2.0,M11.1.0": standard time, and daylight saving between two days of each year.
class PosixRule {
  public:
    /// Nothing when it is not one. Hours of a day's change go from -167 to 167.
    static std::optional<PosixRule> parse(std::string_view);

    std::int32_t offset_s(std::int64_t utc_s) const;
    /// The first change after that moment; INT64_MAX when there is none.
    std::int64_t next_change_s(std::int64_t utc_s) const;

  private:
    friend class PosixParser;
    /// The day of a year on which the clock changes, and the second of that day.
    struct Day {
        enum class Kind : std::uint8_t {
            julian,
            julian_with_leap_day,
            weekday
        } kind = Kind::julian;
        int month = 1;
        int week = 1;  // 5 = the last
        int day = 0;
        std::int32_t second = 2 * 3600;
    };
    struct Change {
        std::int64_t utc_s = 0;
        bool begins_saving = false;
    };
    static std::int64_t day_of(const Day&, int year);
    void changes_of(int year, Change (&changes)[2]) const;

    std::int32_t standard_s_ = 0;
    std::int32_t saving_s_ = 0;
    bool has_saving_ = false;
    Day begin_;
    Day end_;
};

class ZoneRules {
  public:
    /// By its name, as "Europe/London"; null when the system has no such zone. Lives as long as the
    /// program.
    static const ZoneRules* find(std::string_view name);
    static const ZoneRules* utc();
    /// The bytes of a TZif file of version 2 or later; nothing when they are not one.
    static std::optional<ZoneRules> read(std::string_view tzif);

    /// What to add to UTC for the wall's time.
    std::int32_t offset_s(std::int64_t utc_s) const;
    /// The moment of a wall time: the earlier of two; of one that was skipped, the moment of the
    /// jump.
    std::int64_t utc_ms(std::int64_t local_ms) const;

  private:
    std::int64_t next_change_s(std::int64_t utc_s) const;

    std::int32_t first_offset_s_ = 0;      // before the first transition
    std::vector<std::int64_t> changes_s_;  // ascending
    std::vector<std::int32_t> offsets_s_;  // after each of them
    std::optional<PosixRule> after_;       // after the last of them
};

}  // namespace perennial
