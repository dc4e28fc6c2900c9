// Rewards that members get without asking: at the midnight after their points reach the price
// (api.md 10.4, step 2 of the night).
#pragma once
#include "modules/ledger/model.hpp"
#include "modules/projects/route.hpp"

namespace perennial::flows {

/// What the timer of a card runs: as many redemptions of the program's automatic reward as the points
/// pay, at most 25 a night. A refused one is noted as any other and ends the night. A server that was
/// down redeems when it is back, from what there is then.
projects::Command auto_redeem(projects::ProjectNumber, Timestamp due_at, const ledger::CardId&);

}  // namespace perennial::flows
