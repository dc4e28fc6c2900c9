// A program was edited: what each member's tier is under the definitions of today, from the card's
// entries and its holder's orders.
#pragma once
#include <optional>

#include "modules/ledger/store.hpp"
#include "modules/members/roll.hpp"
#include "modules/projects/route.hpp"

namespace perennial::flows {

struct Retiered {
    ledger::Card card;   ///< as it is now
    ledger::Card under;  ///< what replay makes of it
    bool by_hand = false;

    bool moves() const { return !by_hand && card.tier != under.tier; }
};

/// Nothing for a card that is gone, disabled or held by nobody. What was returned counts as never
/// bought.
std::optional<Retiered> look_at_tier(db::Tx&, const projects::Snapshot&, projects::ProjectNumber,
                                     const ledger::CardId&, Timestamp now);

/// Whether the card, rolled forward, is another one than was looked at.
bool has_moved_on(const projects::Context&, const ledger::Card&, const Retiered&);
/// Posts the new tier, and keeps what counts. One given by hand stays; what follows it is made anew.
void move_tier(const projects::Context&, ledger::Card&, const Retiered&);

/// POST /v1/loyalties/{campaignId}/retier and …/retier/preview (ours).
projects::Routes retier_routes();

}  // namespace perennial::flows
