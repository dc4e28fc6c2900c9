// Durable jobs: work that is owed, in rows. Whoever takes a job holds a lease on it; each slice of the
// work commits together with the job's position and a longer lease, so a job whose process was killed
// goes on where its last slice ended, and a process that has lost its lease can write nothing more.
#pragma once
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/id.hpp"
#include "base/time.hpp"
#include "platform/jobs/signal.hpp"
#include "platform/work/batch.hpp"

namespace perennial::jobs {

struct JobTag {
    static constexpr std::string_view prefix = "aa_";
};
using JobId = Id<JobTag>;

/// Numbers are stored: never renumber. Below `done` it is in the index of due jobs.
enum class JobState : std::uint8_t { waiting = 0, running = 1, done = 2, failed = 3 };

struct JobKey {
    std::int32_t project = 0;
    JobId id;
    bool operator==(const JobKey&) const = default;
};

struct JobKeyHash {
    std::size_t operator()(const JobKey& key) const {
        return RawIdHash()(key.id) ^ static_cast<std::size_t>(key.project);
    }
};

struct NewJob {
    std::int32_t project = 0;
    Place place = 0;
    std::string kind;        ///< which handler does it
    std::string action = {}; ///< api.md 14's type, when the API shows it as an async action
    std::string payload = "{}";
    std::string request_id = {};
    Timestamp created_at;                     ///< business time, only shown
    std::optional<Timestamp> run_at = {};     ///< machine time; nothing: at once
};

struct Job {
    JobKey key;
    std::string kind;
    std::string action;
    JobState state = JobState::waiting;
    std::string payload;
    int progress = 0;      ///< percent
    std::string position;  ///< where the next slice begins, in the handler's own words
    std::string result;    ///< JSON text; empty = none yet
    std::string request_id;
    int attempts = 0;      ///< since it last got on
    Timestamp run_at;      ///< machine time: due, or the end of the lease
    std::int64_t lease = 0;
    std::int64_t took_ms = 0;
    Timestamp created_at;
    std::optional<Timestamp> updated_at;
};

/// Set of a batch.
class JobSet {
  public:
    static constexpr int rank = 85;

    JobId enqueue(work::Batch&, NewJob);
    /// The record of what is done already, in this transaction. `result` is JSON text.
    JobId record_finished(work::Batch&, NewJob, std::string result, bool succeeded);

    /// Locks and reads the job's row.
    void want(const JobKey&);
    Job* find(const JobKey&);
    void touch(const Job&);

    void load(work::Batch&);
    void save(work::Batch&);

  private:
    struct Slot {
        Job job;
        bool exists = false;
        bool dirty = false;
    };
    std::vector<JobKey> wanted_;
    std::unordered_map<JobKey, Slot, JobKeyHash> slots_;
    std::vector<Job> added_;
};

std::optional<Job> load_job(db::Tx&, const JobKey&);
/// Keys of jobs that are due, the longest due first.
std::vector<JobKey> due_jobs(db::Tx&, Timestamp now, std::int64_t limit);
/// When the next job is due or the next lease ends.
std::optional<Timestamp> next_due_job(db::Tx&);

struct ActionQuery {
    std::optional<Timestamp> created_before;
    std::int64_t limit = 10;
    std::string kind = {};  ///< of one kind only; empty = all
};
/// Jobs that the API shows as async actions, newest first.
std::vector<Job> list_actions(db::Tx&, std::int32_t project, const ActionQuery&);

/// Raised by each batch that enqueues jobs, just before it commits.
Signal& jobs_enqueued();

}  // namespace perennial::jobs
