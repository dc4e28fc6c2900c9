#pragma once
#include <string_view>

#include "modules/ledger/model.hpp"
#include "modules/projects/route.hpp"

namespace perennial::members {

/// Emits the API's events of a posting that was made on the card. `move` is the event of a change
/// of tier, "customer.loyalty.tier.joined" …, else empty; `by` as in Why. The customer's events
/// need the holder in the batch; without it only the card's are sent.
void tell(const projects::Context&, const ledger::Card&, const ledger::Posting&,
          const ledger::EntryId&, std::string_view by, std::string_view move);

/// The notice that points of the card end, `days` before their last usable day.
void tell_notice(const projects::Context&, const ledger::Card&, Timestamp end, int days, Points);

}  // namespace perennial::members
