#include "modules/counters/store.hpp"

#include <algorithm>
#include <tuple>

namespace perennial::counters {
namespace {

const db::Select select_counters{
    "counters", {"bucket", "project", "id"}, {"project", "id", "used"}, true};
const db::Insert insert_counters{"counters",
                                 {"bucket", "project", "id", "used"},
                                 {"bucket", "project", "id"}};
constexpr std::string_view add_within =
    "UPDATE counters SET used = used + ? WHERE bucket = ? AND project = ? AND id = ? "
    "AND used + ? <= ?";

}  // namespace

void Set::want(std::int32_t project, const RawId& id) { wanted_.emplace_back(project, id); }

void Set::load(work::Batch& batch) {
    const db::Rows keys = db::make_slots(batch.tx, wanted_, slots_);
    if (keys.empty()) return;
    // A row that is not there cannot be locked, so it is made first.
    db::Rows zeros(4);
    for (const auto& [project, id] : wanted_)
        zeros.add({batch.tx.bucket(id.place()), project, id, 0});
    batch.tx.insert(insert_counters, zeros);
    batch.tx.select(select_counters, keys, [&](const db::Row& row) {
        slots_.at({static_cast<std::int32_t>(row.integer(0)), row.id(1)}).used = row.integer(2);
    });
    wanted_.clear();
}

std::int64_t Set::used(std::int32_t project, const RawId& id) const {
    const auto found = slots_.find({project, id});
    CHECK(found != slots_.end());
    return found->second.used + found->second.added;
}

void Set::add(std::int32_t project, const RawId& id, std::int64_t n,
              std::optional<std::int64_t> limit) {
    const auto found = slots_.find({project, id});
    CHECK(found != slots_.end());
    found->second.added += n;
    found->second.limit = limit;
}

void Set::save(work::Batch& batch) {
    for (auto& [key, slot] : slots_) {
        if (slot.added == 0) continue;
        const auto& [project, id] = key;
        // Less use always fits, also under a limit that was lowered below what is used.
        const std::int64_t limit = slot.added > 0 ? slot.limit.value_or(INT64_MAX) : INT64_MAX;
        const auto changed = batch.tx.execute(
            add_within, {slot.added, batch.tx.bucket(id.place()), project, id, slot.added, limit});
        CHECK(changed == 1);
        slot.used += slot.added;
        slot.added = 0;
    }
}

std::int64_t used(db::Tx& tx, std::int32_t project, const RawId& id) {
    std::int64_t out = 0;
    tx.query("SELECT used FROM counters WHERE bucket = ? AND project = ? AND id = ?",
             {tx.bucket(id.place()), project, id},
             [&](const db::Row& row) { out = row.integer(0); });
    return out;
}

}  // namespace perennial::counters
