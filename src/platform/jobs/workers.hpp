// The threads that do jobs, and what a handler sees of its job.
#pragma once
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "platform/jobs/jobs.hpp"
#include "platform/jobs/look_schedule.hpp"
#include "platform/work/committer.hpp"

namespace perennial::jobs {

struct WorkersOptions {
    int threads = 2;
    std::int64_t lease_ms = 60 * second_ms;  ///< no slice may take longer
    std::int64_t poll_ms = 0;  ///< see poll_ms_of
};

/// How a call of a handler ended.
struct Outcome {
    enum class Kind : std::uint8_t { done, failed, stopped };
    Kind kind = Kind::done;
    std::string result = {};  ///< JSON text of done and failed

    static Outcome done(std::string result) { return {Kind::done, std::move(result)}; }
    /// For good. What may pass (a provider is down) is thrown instead, and tried again.
    static Outcome failed(std::string result) { return {Kind::failed, std::move(result)}; }
    /// A slice was not committed: the server stops, or the lease is lost.
    static Outcome stopped() { return {Kind::stopped}; }
};

class JobContext {
  public:
    const Job& job() const { return job_; }
    db::Database& database() { return database_; }

    /// Commits one slice: the unit together with where the next one begins. False when the handler
    /// has to return Outcome::stopped(); then nothing of the slice is written. Throws db::Failure.
    [[nodiscard]] bool commit(work::Unit slice, std::string position, int percent);
    /// The same; where the next slice begins is asked once the slice has run.
    [[nodiscard]] bool commit(work::Unit slice, FunctionRef<std::string()> position, int percent);

  private:
    friend class Workers;
    JobContext(db::Database& database, work::Committer& committer, const WorkersOptions& options,
               const std::atomic<bool>& stopping, Job job)
        : database_(database),
          committer_(committer),
          options_(options),
          stopping_(stopping),
          job_(std::move(job)) {}

    db::Database& database_;
    work::Committer& committer_;
    const WorkersOptions& options_;
    const std::atomic<bool>& stopping_;
    Job job_;
};

struct Kind {
    std::string name;
    std::function<Outcome(JobContext&)> handler;
    int attempts_max = 10;  ///< without getting on; then the job has failed
};

/// 1 s after the first attempt, doubling to 10 minutes.
std::int64_t retry_delay_ms(int attempts);

class Workers {
  public:
    Workers(db::Database&, work::Committer&, std::function<Timestamp()> machine_clock,
            std::vector<Kind>, WorkersOptions = {});
    /// Stops.
    ~Workers();

    void start();
    /// Ends with the slices that run now. The committer must still live.
    void stop();

  private:
    void work();
    /// Waits for a job and takes it; nothing when stopping.
    std::optional<Job> next();
    std::optional<Job> take(const JobKey&);
    void run(const Job&);
    void finish(const Job&, const Outcome&, std::int64_t took_ms);
    void retry(const Job&, const std::string& why, std::int64_t took_ms);
    void free_stale_leases();
    const Kind* kind_of(const Job&) const;

    db::Database& database_;
    work::Committer& committer_;
    std::function<Timestamp()> now_;
    std::vector<Kind> kinds_;
    WorkersOptions options_;
    int listener_ = 0;
    std::atomic<bool> stopping_{false};
    std::mutex leader_;  ///< one idle thread looks for all
    std::mutex mutex_;
    std::condition_variable wake_;
    LookSchedule looks_;
    std::vector<std::thread> threads_;
};

}  // namespace perennial::jobs
