// The source ids of changes of points: the same one again changes nothing.
#pragma once
#include <optional>
#include <string>

#include "modules/ledger/store.hpp"
#include "modules/projects/route.hpp"

namespace perennial::flows {

/// No text is no source id, here and below.
void want_source_id(work::Batch&, projects::ProjectNumber, const std::string& source_id);
/// The entry that it made, maybe in this very batch; nothing when it made none yet.
std::optional<ledger::Entry> made_by(const projects::Context&, const std::string& source_id);
/// From now on it is that of this entry.
void claim_source_id(const projects::Context&, const std::string& source_id, const ledger::EntryId&);
std::unexpected<Error> refuse_source_id(const std::string& source_id);

}  // namespace perennial::flows
