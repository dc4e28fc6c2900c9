#include "platform/jobs/jobs.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace perennial::jobs {
namespace {

const db::Select select_jobs{
    "jobs",
    {"bucket", "project", "id"},
    {"project", "id", "kind", "action", "state", "payload", "progress", "position", "result",
     "request_id", "attempts", "run_at", "lease", "took_ms", "created_at", "updated_at"},
    true};
constexpr std::string_view columns =
    "SELECT project, id, kind, action, state, payload, progress, position, result, request_id, "
    "attempts, run_at, lease, took_ms, created_at, updated_at FROM jobs ";
const db::Insert insert_jobs{
    "jobs",
    {"bucket", "project", "id", "kind", "action", "state", "payload", "progress", "position",
     "result", "request_id", "attempts", "run_at", "lease", "took_ms", "created_at", "updated_at"}};
const db::Update update_jobs{"jobs",
                             {"bucket", "project", "id"},
                             {"state", "progress", "position", "result", "attempts", "run_at",
                              "lease", "took_ms", "updated_at"}};

Job read_job(const db::Row& row) {
    Job job;
    job.key = {static_cast<std::int32_t>(row.integer(0)), row.id<JobId>(1)};
    job.kind = row.text(2);
    job.action = row.text_or_empty(3);
    job.state = static_cast<JobState>(row.integer(4));
    job.payload = row.text(5);
    job.progress = static_cast<int>(row.integer(6));
    job.position = row.text(7);
    job.result = row.text_or_empty(8);
    job.request_id = row.text(9);
    job.attempts = static_cast<int>(row.integer(10));
    job.run_at = row.time(11);
    job.lease = row.integer(12);
    job.took_ms = row.integer(13);
    job.created_at = row.time(14);
    job.updated_at = row.time_or_null(15);
    return job;
}

db::Value text_or_null(const std::string& text) {
    return text.empty() ? db::Value() : db::Value(text);
}

Job made_from(work::Batch& batch, NewJob&& made) {
    Job job;
    job.key = {made.project, batch.make_id<JobId>(made.place)};
    job.kind = std::move(made.kind);
    job.action = std::move(made.action);
    job.payload = std::move(made.payload);
    job.request_id = std::move(made.request_id);
    job.run_at = made.run_at.value_or(batch.machine_now);
    job.created_at = made.created_at;
    return job;
}

}  // namespace

JobId JobSet::enqueue(work::Batch& batch, NewJob made) {
    return added_.emplace_back(made_from(batch, std::move(made))).key.id;
}

JobId JobSet::record_finished(work::Batch& batch, NewJob made, std::string result,
                              bool succeeded) {
    Job& job = added_.emplace_back(made_from(batch, std::move(made)));
    job.state = succeeded ? JobState::done : JobState::failed;
    job.progress = 100;
    job.result = std::move(result);
    job.updated_at = job.created_at;
    return job.key.id;
}

void JobSet::want(const JobKey& key) { wanted_.push_back(key); }

Job* JobSet::find(const JobKey& key) {
    auto found = slots_.find(key);
    return found != slots_.end() && found->second.exists ? &found->second.job : nullptr;
}

void JobSet::touch(const Job& job) {
    auto found = slots_.find(job.key);
    CHECK(found != slots_.end() && &found->second.job == &job);
    found->second.dirty = true;
}

void JobSet::load(work::Batch& batch) {
    std::erase_if(wanted_, [&](const JobKey& key) { return slots_.contains(key); });
    if (wanted_.empty()) return;
    db::Rows keys(3);
    for (const JobKey& key : wanted_) {
        if (!slots_.try_emplace(key).second) continue;
        keys.add({batch.tx.bucket(key.id.place()), key.project, key.id});
    }
    batch.tx.select(select_jobs, keys, [&](const db::Row& row) {
        Job job = read_job(row);
        Slot& slot = slots_[job.key];
        slot.job = std::move(job);
        slot.exists = true;
    });
    wanted_.clear();
}

void JobSet::save(work::Batch& batch) {
    db::Rows updated(12);
    for (auto& [key, slot] : slots_) {
        if (!slot.dirty) continue;
        const Job& job = slot.job;
        updated.add({batch.tx.bucket(key.id.place()), key.project, key.id,
                     static_cast<int>(job.state), job.progress, job.position,
                     text_or_null(job.result), job.attempts, job.run_at, job.lease, job.took_ms,
                     job.updated_at});
        slot.dirty = false;
    }
    if (!updated.empty())
        CHECK(batch.tx.update(update_jobs, updated) == static_cast<std::int64_t>(updated.count()));
    if (added_.empty()) return;
    db::Rows rows(17);
    bool waiting = false;
    for (const Job& job : added_) {
        rows.add({batch.tx.bucket(job.key.id.place()), job.key.project, job.key.id, job.kind,
                  text_or_null(job.action), static_cast<int>(job.state), job.payload,
                  job.progress, job.position, text_or_null(job.result), job.request_id,
                  job.attempts, job.run_at, job.lease, job.took_ms, job.created_at,
                  job.updated_at});
        waiting |= job.state == JobState::waiting;
    }
    batch.tx.insert(insert_jobs, rows);
    added_.clear();
    if (waiting) jobs_enqueued().raise();
}

std::optional<Job> load_job(db::Tx& tx, const JobKey& key) {
    static const std::string sql =
        std::string(columns) + "WHERE bucket = ? AND project = ? AND id = ?";
    std::optional<Job> out;
    tx.query(sql, {tx.bucket(key.id.place()), key.project, key.id},
             [&](const db::Row& row) { out = read_job(row); });
    return out;
}

std::vector<JobKey> due_jobs(db::Tx& tx, Timestamp now, std::int64_t limit) {
    std::vector<JobKey> out;
    tx.query(
        "SELECT project, id FROM jobs WHERE state < 2 AND run_at <= ? ORDER BY run_at LIMIT ?",
        {now, limit}, [&](const db::Row& row) {
            out.push_back({static_cast<std::int32_t>(row.integer(0)), row.id<JobId>(1)});
        });
    return out;
}

std::optional<Timestamp> next_due_job(db::Tx& tx) {
    std::optional<Timestamp> out;
    tx.query("SELECT min(run_at) FROM jobs WHERE state < 2", {},
             [&](const db::Row& row) { out = row.time_or_null(0); });
    return out;
}

std::vector<Job> list_actions(db::Tx& tx, std::int32_t project, const ActionQuery& query) {
    static const std::string all = std::string(columns) +
                                   "WHERE project = ? AND action IS NOT NULL "
                                   "ORDER BY created_at DESC, id DESC LIMIT ?";
    static const std::string before = std::string(columns) +
                                      "WHERE project = ? AND action IS NOT NULL AND created_at < ? "
                                      "ORDER BY created_at DESC, id DESC LIMIT ?";
    static const std::string of_kind = std::string(columns) +
                                       "WHERE project = ? AND action IS NOT NULL AND kind = ? "
                                       "ORDER BY created_at DESC, id DESC LIMIT ?";
    std::vector<Job> out;
    const auto add = [&](const db::Row& row) { out.push_back(read_job(row)); };
    if (!query.kind.empty())
        tx.query(of_kind, {project, query.kind, query.limit}, add);
    else if (query.created_before)
        tx.query(before, {project, *query.created_before, query.limit}, add);
    else
        tx.query(all, {project, query.limit}, add);
    return out;
}

Signal& jobs_enqueued() {
    static Signal signal;
    return signal;
}

}  // namespace perennial::jobs
