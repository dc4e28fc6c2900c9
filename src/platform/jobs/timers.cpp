#include "platform/jobs/timers.hpp"

#include <algorithm>

namespace perennial::jobs {
namespace {

const db::Insert insert_timers{"timers",
                               {"bucket", "project", "due_at", "kind", "subject"},
                               {"bucket", "project", "due_at", "kind", "subject"}};
const db::Delete delete_timers{"timers", {"bucket", "project", "due_at", "kind", "subject"}};

db::Rows rows_of(work::Batch& batch, const std::vector<Timer>& timers) {
    db::Rows rows(5);
    rows.reserve(timers.size());
    for (const Timer& t : timers)
        rows.add({batch.tx.bucket(t.subject.place()), t.project, t.due_at, static_cast<int>(t.kind),
                  t.subject});
    return rows;
}

}  // namespace

void TimerSet::add(std::int32_t project, Timestamp due_at, TimerKind kind, const RawId& subject) {
    added_.push_back({project, due_at, kind, subject});
}

void TimerSet::remove(std::int32_t project, Timestamp due_at, TimerKind kind,
                      const RawId& subject) {
    removed_.push_back({project, due_at, kind, subject});
}

bool TimerSet::is_set(work::Batch& batch, const Timer& timer) const {
    const bool removed = std::ranges::any_of(removed_, [&](const Timer& one) {
        return one.project == timer.project && one.due_at == timer.due_at &&
               one.kind == timer.kind && one.subject == timer.subject;
    });
    bool found = false;
    if (!removed)
        batch.tx.query(
            "SELECT 1 FROM timers WHERE bucket = ? AND project = ? AND due_at = ? AND kind = ? AND "
            "subject = ?",
            {batch.tx.bucket(timer.subject.place()), timer.project, timer.due_at,
             static_cast<int>(timer.kind), timer.subject},
            [&](const db::Row&) { found = true; });
    return found;
}

void TimerSet::save(work::Batch& batch) {
    if (!removed_.empty()) batch.tx.remove(delete_timers, rows_of(batch, removed_));
    if (!added_.empty()) batch.tx.insert(insert_timers, rows_of(batch, added_));
    removed_.clear();
    added_.clear();
}

std::vector<Timer> due_timers(db::Tx& tx, std::int32_t project, Timestamp now,
                              const std::optional<Timer>& after, std::int64_t limit) {
    const Timer from = after.value_or(Timer{project, Timestamp{INT64_MIN}, TimerKind::card, RawId()});
    std::vector<Timer> out;
    tx.query("SELECT due_at, kind, subject FROM timers WHERE bucket >= 0 AND project = ? AND "
             "due_at <= ? AND (due_at, subject, kind) > (?, ?, ?) "
             "ORDER BY due_at, subject, kind LIMIT ?",
             {project, now, from.due_at, from.subject, static_cast<int>(from.kind), limit},
             [&](const db::Row& row) {
                 out.push_back({project, row.time(0), static_cast<TimerKind>(row.integer(1)),
                                row.id(2)});
             });
    return out;
}

std::optional<Timestamp> next_due(db::Tx& tx, std::int32_t project) {
    std::optional<Timestamp> out;
    tx.query("SELECT min(due_at) FROM timers WHERE bucket >= 0 AND project = ?", {project},
             [&](const db::Row& row) { out = row.time_or_null(0); });
    return out;
}

}  // namespace perennial::jobs
