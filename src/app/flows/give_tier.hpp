// A tier that somebody gives by hand, and takes away again.
#pragma once
#include <optional>
#include <string>

#include "modules/ledger/store.hpp"
#include "modules/projects/route.hpp"

namespace perennial::flows {

struct GiveTier {
    std::string campaign;  ///< id or name; empty = whatever program the card is of
    std::string member;    ///< code or "v_…"
    std::string tier;      ///< id or name; empty = back to what the member has reached
    std::optional<Timestamp> until;
    std::optional<Date> last_day;  ///< instead of `until`: a local date, that day included
    bool at_least = false;         ///< a higher tier that is reached ends it
    std::string reason;
};

void want(const GiveTier&, work::Batch&, projects::ProjectNumber);

/// Refuses in this order: not_found (campaign, card, tier), invalid_expiration_date (over already),
/// tier_not_by_hand (nothing to take away). The tier's earning rules are not started; its events are.
Result<ledger::Card*> give_tier(const GiveTier&, const projects::Context&);

}  // namespace perennial::flows
