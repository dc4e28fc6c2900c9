#include "modules/rewards/store.hpp"

namespace perennial::rewards {

std::map<RawId, std::int64_t> load_redeemed(db::Tx& tx, projects::ProjectNumber project,
                                            std::span<const RawId> rewards) {
    static const db::Select counters{"counters", {"bucket", "project", "id"}, {"id", "used"}};
    db::Rows keys(3);
    keys.reserve(rewards.size());
    for (const RawId& id : rewards) keys.add({tx.bucket(id.place()), project, id});
    std::map<RawId, std::int64_t> out;
    if (keys.empty()) return out;
    tx.select(counters, keys, [&](const db::Row& row) { out[row.id(0)] = row.integer(1); });
    return out;
}

}  // namespace perennial::rewards
