#include "modules/sums/store.hpp"

namespace perennial::sums {
namespace {

const db::Insert add_sums{"sums",
                          {"bucket", "project", "name", "scope", "total"},
                          {"bucket", "project", "name", "scope"},
                          {"total"}};

}  // namespace

void Set::add(std::int32_t project, std::string_view name, const RawId& scope, Place place,
              std::int64_t delta) {
    if (delta == 0) return;
    if (deltas_.empty()) place_ = place;
    deltas_[{project, std::string(name), scope}] += delta;
}

void Set::save(work::Batch& batch) {
    if (deltas_.empty()) return;
    db::Rows rows(5);
    for (const auto& [key, delta] : deltas_)
        rows.add({batch.tx.bucket(place_), key.project, key.name, key.scope, delta});
    batch.tx.insert(add_sums, rows);
    deltas_.clear();
}

std::int64_t total(db::Tx& tx, std::int32_t project, std::string_view name, const RawId& scope) {
    std::int64_t out = 0;
    // A name's rows are few: one a bucket.
    tx.query(
        "SELECT CAST(coalesce(sum(total), 0) AS bigint) FROM sums WHERE bucket >= 0 AND bucket < ? "
        "AND project = ? AND name = ? AND scope = ?",
        {tx.buckets(), project, name, scope}, [&](const db::Row& row) { out = row.integer(0); });
    return out;
}

std::vector<std::pair<std::string, std::int64_t>> list(db::Tx& tx, std::int32_t project,
                                                       std::string_view prefix,
                                                       const RawId& scope) {
    std::string end(prefix);
    CHECK(!end.empty() && end.back() < '~');
    ++end.back();
    std::vector<std::pair<std::string, std::int64_t>> out;
    tx.query(
        "SELECT name, CAST(sum(total) AS bigint) FROM sums WHERE bucket >= 0 AND bucket < ? "
        "AND project = ? AND name >= ? AND name < ? AND scope = ? GROUP BY name ORDER BY name",
        {tx.buckets(), project, prefix, end, scope},
        [&](const db::Row& row) { out.emplace_back(row.text(0), row.integer(1)); });
    return out;
}

}  // namespace perennial::sums
