#pragma once
#include <string_view>

#include "modules/ledger/model.hpp"
#include "modules/projects/route.hpp"

namespace perennial::members {

inline constexpr std::string_view auto_redeem_channel = "AUTO_REDEEM";  ///< of the actor, api.md 8.4

/// Sets the card's timer for the first midnight that is not before `since`, when its points pay for
/// what its program redeems by itself; the timer decides.
void await_auto_redeem(const projects::Context&, const ledger::Card&, Timestamp since);

}  // namespace perennial::members
