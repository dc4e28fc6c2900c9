// The tier that a member would hold if the definitions of today had always been in force: for programs
// that are edited. Pure.
#pragma once
#include <vector>

#include "modules/tiers/decide.hpp"

namespace perennial::tiers {

/// Something that happened, in the order of happening.
struct Fact {
    Timestamp at;
    Timestamp counts_at;           ///< an order's own time, also for what a return takes of it
    std::optional<Points> balance; ///< after it; nothing = as before
    Points points;
    Money spend;
    std::int64_t orders = 0;
};

/// Of the card only id, program and the time it was made are read. The answer has the tier with its
/// dates, and what counts for tiers as of `now`.
ledger::Card replay(const ledger::Card&, const std::vector<Fact>&, const campaigns::Program&,
                    const Tiers&, Timestamp now, const TimeZone&);

}  // namespace perennial::tiers
