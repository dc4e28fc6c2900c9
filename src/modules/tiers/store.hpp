#pragma once
#include <vector>

#include "modules/ledger/model.hpp"
#include "platform/db/database.hpp"

namespace perennial::tiers {

/// The next cards of a program by age, after this one (nil: from the oldest).
std::vector<ledger::CardId> next_members(db::Tx&, projects::ProjectNumber, const ledger::ProgramId&,
                                         const ledger::CardId& after, std::int64_t limit);

}  // namespace perennial::tiers
