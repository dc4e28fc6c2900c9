#pragma once
#include <vector>

#include "modules/ledger/model.hpp"
#include "platform/db/database.hpp"

namespace perennial::ledger {

/// All cards of a customer, those too that were emptied when two customers became one. Reads the whole
/// table, so only for what is rare.
std::vector<CardId> cards_held_by(db::Tx&, projects::ProjectNumber, const RawId& customer);

}  // namespace perennial::ledger
