// (project, id): by these most tables are read and locked, after the bucket that the id says.
#pragma once
#include <algorithm>
#include <tuple>
#include <utility>
#include <vector>

#include "platform/db/database.hpp"

namespace perennial::db {

using RowKey = std::pair<std::int32_t, RawId>;

struct RowKeyHash {
    std::size_t operator()(const RowKey& key) const {
        return RawIdHash()(key.second) ^ static_cast<std::size_t>(key.first);
    }
};

/// Each once, in the order in which rows are locked everywhere.
inline void in_lock_order(const Tx& tx, std::vector<RowKey>& keys) {
    std::ranges::sort(keys, [&](const RowKey& a, const RowKey& b) {
        return std::tuple(tx.bucket(a.second.place()), a.first, a.second) <
               std::tuple(tx.bucket(b.second.place()), b.first, b.second);
    });
    keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
}

/// Of `wanted` only what has no slot yet is left, and gets one. Gives the keys of its rows, in lock order: views
/// into `wanted`.
template <class Slots>
Rows make_slots(const Tx& tx, std::vector<RowKey>& wanted, Slots& slots) {
    std::erase_if(wanted, [&](const RowKey& key) { return slots.contains(key); });
    in_lock_order(tx, wanted);
    Rows rows(3);
    rows.reserve(wanted.size());
    for (const RowKey& key : wanted) {
        slots[key];
        rows.add({tx.bucket(key.second.place()), key.first, key.second});
    }
    return rows;
}

}  // namespace perennial::db
