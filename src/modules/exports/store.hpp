#pragma once
#include <optional>
#include <vector>

#include "modules/exports/model.hpp"
#include "platform/work/batch.hpp"

namespace perennial::exports {

/// In units that run alone: exports are few.
void insert(db::Tx&, const Export&);
/// False when it was deleted meanwhile.
bool save_progress(db::Tx&, const Export&, Status, std::int64_t parts);
bool remove(db::Tx&, std::int32_t project, const ExportId&);
/// Those whose time is over, with their parts. Returns how many.
std::int64_t forget_expired(db::Tx&, Timestamp machine_now);

std::optional<Export> load(db::Tx&, std::int32_t project, const ExportId&);
/// Of any project, for its token's address.
std::optional<Export> load_anywhere(db::Tx&, const ExportId&);

struct ListQuery {
    bool by_status = false;
    bool descending = true;
    std::int64_t limit = 10;
    std::int64_t offset = 0;
};
std::vector<Export> list(db::Tx&, std::int32_t project, const ListQuery&);
std::int64_t count(db::Tx&, std::int32_t project);

}  // namespace perennial::exports
