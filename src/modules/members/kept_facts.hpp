// What is written down with a decision about a card, so that it can be explained later.
#pragma once
#include "base/json.hpp"
#include "modules/earning/facts.hpp"
#include "modules/ledger/model.hpp"
#include "modules/tiers/model.hpp"

namespace perennial::members {

/// The facts read of the customer, for one program's decision: enough to decide the same again.
/// `whole` = metadata and address, too.
json::object stored_facts(const earning::CustomerFacts&, const ledger::Card&, bool whole);

/// What counted when a tier was decided, by the words of a tier's requirements; and back.
json::object counted_json(const tiers::Standing&);
tiers::Standing counted_from(const json::object&);

}  // namespace perennial::members
