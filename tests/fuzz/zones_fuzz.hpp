// Zone files and the rules at their ends: whatever the bytes are, a zone is refused or answers for
// every moment.
#pragma once
#include <string_view>

#include "base/error.hpp"
#include "base/time_zone.hpp"

namespace perennial::fuzz {

inline void run_zones(std::string_view bytes) {
    constexpr std::int64_t moments[] = {INT64_MIN / 1000, -5'000'000'000, 0,
                                        2'147'483'648,    4'102'444'799,  253'402'300'799,
                                        INT64_MAX / 1000};
    if (const auto rule = PosixRule::parse(bytes))
        for (const std::int64_t moment : moments) {
            CHECK(rule->next_change_s(moment) > moment);
            const std::int32_t offset = rule->offset_s(moment);
            CHECK(offset >= -25 * 3600 && offset <= 26 * 3600);
        }
    if (const auto zone = ZoneRules::read(bytes))
        for (const std::int64_t moment :
             {-5'000'000'000, 0L, 2'147'483'648, 4'102'444'799, 253'402'300'799}) {
            // A wall time that was not skipped leads back to itself.
            const std::int64_t utc_s = zone->utc_ms(moment * 1000) / 1000;
            const std::int64_t wall_s = utc_s + zone->offset_s(utc_s);
            CHECK(wall_s >= moment && wall_s <= moment + 53 * 3600);
        }
}

}  // namespace perennial::fuzz
