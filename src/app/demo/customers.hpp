// Who joined, when and where.
#pragma once
#include <cstdint>
#include <vector>

#include "app/demo/archetypes.hpp"
#include "app/demo/calendar.hpp"
#include "app/demo/plan.hpp"
#include "app/demo/random.hpp"

namespace perennial::app::demo {

struct Newcomer {
    Timestamp at;
    int day = 0;
    int minute = 0;  ///< of the local day
    Kind kind = Kind::commuter;
    Customer customer;
};

/// By sign-up; those whose sign-up lies after `now` are left out.
std::vector<Newcomer> draw_newcomers(const Calendar&, std::uint64_t seed, std::size_t members);

/// A minute of the local day within opening hours, by the archetype's weights; the store is open.
int draw_minute(Random&, const Archetype&, Hours);

}  // namespace perennial::app::demo
