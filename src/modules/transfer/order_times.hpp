// Times as shops write them -> moments. Local times go through the mapping's zone.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/time.hpp"

namespace perennial::transfer {

enum class DateOrder : std::uint8_t {
    year_first,
    day_first,
    month_first,
    iso,
    unix_seconds,
    unix_ms
};

struct TimeFormat {
    std::string_view name;  ///< as the mapping says it
    DateOrder order;
    char separator = 0;         ///< between the parts of the date; 0 = none
    bool short_digits = false;  ///< day, month and hour may have one digit
    int clock_parts = 0;        ///< 0 = a date alone, 2 = HH:MM, 3 = HH:MM:SS

    bool has_zone() const { return order >= DateOrder::unix_seconds; }
};

std::span<const TimeFormat> time_formats();

/// Keeps the last answer: neighbouring lines tend to have the same time.
class TimeParser {
  public:
    /// `zone` may be null only where the formats say the zone themselves.
    TimeParser(std::span<const TimeFormat* const> formats, const TimeZone* zone)
        : formats_(formats), zone_(zone) {}

    std::optional<Timestamp> parse(std::string_view text);

  private:
    std::span<const TimeFormat* const> formats_;
    const TimeZone* zone_;
    std::string last_text_;
    std::optional<Timestamp> last_;
};

}  // namespace perennial::transfer
