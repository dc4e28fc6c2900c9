#include "platform/jobs/parts.hpp"

namespace perennial::jobs {
namespace {

const db::Insert insert_parts{"job_parts", {"bucket", "project", "owner", "part", "data"}};
const db::Delete delete_parts{"job_parts", {"bucket", "project", "owner", "part"}};
const db::Delete delete_owners{"job_parts", {"bucket", "project", "owner"}};

}  // namespace

void PartSet::add(std::int32_t project, const RawId& owner, std::int64_t part, std::string data) {
    added_.push_back({project, owner, part, std::move(data)});
}

void PartSet::remove(std::int32_t project, const RawId& owner, std::int64_t part) {
    removed_.push_back({project, owner, part, {}});
}

void PartSet::remove_all(std::int32_t project, const RawId& owner) {
    emptied_.push_back({project, owner, 0, {}});
}

void PartSet::save(work::Batch& batch) {
    const auto bucket = [&](const Part& part) { return batch.tx.bucket(part.owner.place()); };
    db::Rows emptied(3);
    for (const Part& part : emptied_) emptied.add({bucket(part), part.project, part.owner});
    if (!emptied.empty()) batch.tx.remove(delete_owners, emptied);
    db::Rows removed(4);
    for (const Part& part : removed_)
        removed.add({bucket(part), part.project, part.owner, part.number});
    if (!removed.empty()) batch.tx.remove(delete_parts, removed);
    db::Rows added(5);
    for (const Part& part : added_)
        added.add({bucket(part), part.project, part.owner, part.number,
                   db::Value::blob(part.data)});
    if (!added.empty()) batch.tx.insert(insert_parts, added);
    emptied_.clear();
    removed_.clear();
    added_.clear();
}

std::uint64_t parts_bytes(db::Tx& tx, std::int32_t project, const RawId& owner) {
    std::uint64_t out = 0;
    tx.query("SELECT length(data) FROM job_parts WHERE bucket = ? AND project = ? AND owner = ?",
             {tx.bucket(owner.place()), project, owner},
             [&](const db::Row& row) { out += static_cast<std::uint64_t>(row.integer(0)); });
    return out;
}

std::optional<std::string> load_part(db::Tx& tx, std::int32_t project, const RawId& owner,
                                     std::int64_t part) {
    std::optional<std::string> out;
    tx.query("SELECT data FROM job_parts WHERE bucket = ? AND project = ? AND owner = ? AND part = ?",
             {tx.bucket(owner.place()), project, owner, part},
             [&](const db::Row& row) { out = std::string(row.blob(0)); });
    return out;
}

std::int64_t forget_jobs_before(db::Tx& tx, Timestamp jobs_before, Timestamp parts_before) {
    // Ids begin with the machine's time, so they tell the age on test clocks too.
    const RawId oldest_job = RawId::make(jobs_before.ms, 0, 0);
    const RawId oldest_owner = RawId::make(parts_before.ms, 0, 0);
    return tx.execute("DELETE FROM jobs WHERE bucket >= 0 AND state >= 2 AND id < ?", {oldest_job}) +
           tx.execute("DELETE FROM job_parts WHERE owner < ? AND NOT EXISTS (SELECT 1 FROM jobs "
                      "WHERE jobs.bucket = job_parts.bucket AND jobs.project = job_parts.project "
                      "AND jobs.id = job_parts.owner)",
                      {oldest_owner});
}

}  // namespace perennial::jobs
