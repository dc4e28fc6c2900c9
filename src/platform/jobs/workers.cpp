#include "platform/jobs/workers.hpp"

#include <chrono>
#include <exception>
#include <utility>

#include <boost/json.hpp>

#include "base/json.hpp"
#include "platform/jobs/finished.hpp"
#include "platform/log/log.hpp"
#include "platform/metrics/metrics.hpp"

namespace perennial::jobs {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::int64_t candidates_max = 8;
constexpr std::int64_t retry_delay_ms_max = 10 * minute_ms;
constexpr std::int64_t patience_ms = 5 * second_ms;  // with a database that does not answer

std::int64_t steady_ms() {
    return std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now().time_since_epoch())
        .count();
}

bool holds(const Job* row, const Job& job) {
    return row != nullptr && row->state == JobState::running && row->lease == job.lease;
}

metrics::Counter& count(std::string_view outcome) {
    return metrics::registry().counter("perennial_jobs_total", "Runs of durable jobs by outcome",
                                       {{"outcome", std::string(outcome)}});
}

std::string failure_json(const std::string& message) {
    return to_text(json::object{
        {"message", is_valid_utf8(message) ? message : std::string("the job has failed")}});
}

/// Runs `change` on the locked row (null: there is none) in a transaction; it says whether to save.
void on_row(work::Committer& committer, const JobKey& key,
            FunctionRef<bool(work::Batch&, Job*)> change) {
    work::Unit unit;
    unit.lane = key.id.place();
    unit.want = [&](work::Batch& batch) { batch.get<JobSet>().want(key); };
    unit.run = [&](work::Batch& batch) {
        auto& set = batch.get<JobSet>();
        Job* row = set.find(key);
        if (change(batch, row)) set.touch(*row);
    };
    committer.run(std::move(unit));
}

void give_back(const work::Batch& batch, Job& row, std::int64_t took_ms) {
    row.state = JobState::waiting;
    row.lease = 0;
    row.took_ms += took_ms;
    row.run_at = batch.machine_now;
}

void end(Job& row, JobState state, std::string result) {
    row.state = state;
    row.progress = 100;
    row.result = std::move(result);
    row.updated_at = row.created_at + row.took_ms;  // on the clock that the API shows
}

}  // namespace

std::int64_t retry_delay_ms(int attempts) {
    const int doublings = std::clamp(attempts - 1, 0, 20);
    return std::min(second_ms << doublings, retry_delay_ms_max);
}

bool JobContext::commit(work::Unit slice, std::string position, int percent) {
    const auto same = [&] { return position; };
    return commit(std::move(slice), FunctionRef<std::string()>(same), percent);
}

bool JobContext::commit(work::Unit slice, FunctionRef<std::string()> position_after, int percent) {
    if (stopping_) return false;
    bool held = false;
    std::string position;
    work::Unit unit;
    unit.lane = slice.lane;
    unit.alone = slice.alone;
    unit.want = [&](work::Batch& batch) {
        batch.get<JobSet>().want(job_.key);
        if (slice.want) slice.want(batch);
    };
    if (slice.want_more) unit.want_more = slice.want_more;
    unit.run = [&](work::Batch& batch) {
        auto& set = batch.get<JobSet>();
        Job* row = set.find(job_.key);
        held = holds(row, job_);
        if (!held) return;
        if (slice.run) slice.run(batch);
        position = position_after();
        row->position = position;
        row->progress = percent;
        row->attempts = 1;  // it gets on
        row->run_at = batch.machine_now + options_.lease_ms;
        set.touch(*row);
    };
    committer_.run(std::move(unit), work::Turn::background);
    if (!held) return false;
    job_.position = std::move(position);
    job_.progress = percent;
    job_.attempts = 1;
    return true;
}

Workers::Workers(db::Database& database, work::Committer& committer,
                 std::function<Timestamp()> machine_clock, std::vector<Kind> kinds,
                 WorkersOptions options)
    : database_(database),
      committer_(committer),
      now_(std::move(machine_clock)),
      kinds_(std::move(kinds)),
      options_(options),
      looks_(poll_ms_of(database, options.poll_ms)) {
    CHECK(options.threads > 0 && options.lease_ms > 0);
}

Workers::~Workers() { stop(); }

void Workers::start() {
    CHECK(threads_.empty());
    stopping_ = false;
    free_stale_leases();
    listener_ = jobs_enqueued().listen([this] {
        {
            const std::lock_guard lock(mutex_);
            looks_.signalled(steady_ms());
        }
        wake_.notify_all();
    });
    finished_jobs().workers_started();
    for (int i = 0; i < options_.threads; ++i) threads_.emplace_back([this] { work(); });
}

void Workers::stop() {
    if (threads_.empty()) return;
    jobs_enqueued().forget(listener_);
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    wake_.notify_all();
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
    finished_jobs().workers_stopped();
}

/// A SQLite file has one process: leases that it finds at its start are of one that was killed.
void Workers::free_stale_leases() {
    if (database_.dialect() != db::Dialect::sqlite) return;
    work::Unit unit;
    unit.alone = true;
    unit.run = [](work::Batch& batch) {
        batch.tx.execute(
            "UPDATE jobs SET run_at = ? WHERE state < 2 AND state = 1 AND run_at > ?",
            {batch.machine_now, batch.machine_now});
    };
    committer_.run(std::move(unit));
}

void Workers::work() {
    while (auto job = next()) run(*job);
}

std::optional<Job> Workers::next() {
    const std::lock_guard leader(leader_);
    for (;;) {
        {
            std::unique_lock lock(mutex_);
            while (!stopping_ && looks_.next_look() > steady_ms())
                wake_.wait_for(lock,
                               std::chrono::milliseconds(looks_.next_look() - steady_ms()));
            if (stopping_) return std::nullopt;
        }
        std::vector<JobKey> due;
        std::optional<Timestamp> next;
        try {
            database_.read([&](db::Tx& tx) {
                due = due_jobs(tx, now_(), candidates_max);
                if (due.empty()) next = next_due_job(tx);
            });
            for (const JobKey& key : due) {
                auto job = take(key);
                if (!job) continue;  // another process was quicker
                const std::lock_guard lock(mutex_);
                looks_.found(steady_ms());
                return job;
            }
        } catch (const db::Failure& failure) {
            log::warn("jobs wait for the database", {{"error", failure.what()}});
            next = now_() + patience_ms;
        }
        const std::lock_guard lock(mutex_);
        const std::int64_t now = steady_ms();
        if (next) next->ms += now - now_().ms;
        looks_.found_nothing(now, next ? std::optional(next->ms) : std::nullopt);
    }
}

std::optional<Job> Workers::take(const JobKey& key) {
    std::optional<Job> taken;
    on_row(committer_, key, [&](work::Batch& batch, Job* row) {
        taken.reset();
        if (row == nullptr || row->state >= JobState::done || row->run_at > batch.machine_now)
            return false;
        row->state = JobState::running;
        row->lease = static_cast<std::int64_t>(batch.ids.random() >> 1);
        row->run_at = batch.machine_now + options_.lease_ms;
        ++row->attempts;
        taken = *row;
        return true;
    });
    return taken;
}

const Kind* Workers::kind_of(const Job& job) const {
    for (const Kind& kind : kinds_)
        if (kind.name == job.kind) return &kind;
    return nullptr;
}

void Workers::run(const Job& job) {
    const auto start = Clock::now();
    const auto took = [&] {
        return std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - start).count();
    };
    // The job boundary: what a handler throws ends its attempt, nothing else.
    try {
        const Kind* kind = kind_of(job);
        if (kind == nullptr) return retry(job, "no such kind of job in this version", took());
        JobContext context(database_, committer_, options_, stopping_, job);
        const Outcome outcome = kind->handler(context);
        finish(context.job(), outcome, took());
        count(outcome.kind == Outcome::Kind::done ? "done" : "ended").add();
    } catch (const std::exception& broken) {
        count("error").add();
        log::warn("job interrupted",
                  {{"job", job.key.id.text()}, {"kind", job.kind}, {"error", broken.what()}});
        try {
            retry(job, broken.what(), took());
        } catch (const db::Failure&) {  // the end of the lease brings it back
        }
    }
}

void Workers::finish(const Job& job, const Outcome& outcome, std::int64_t took_ms) {
    on_row(committer_, job.key, [&](work::Batch& batch, Job* row) {
        if (!holds(row, job)) return false;
        give_back(batch, *row, took_ms);
        if (outcome.kind == Outcome::Kind::stopped) return true;
        end(*row, outcome.kind == Outcome::Kind::done ? JobState::done : JobState::failed,
            outcome.result);
        return true;
    });
    if (outcome.kind != Outcome::Kind::stopped) finished_jobs().add(job.key);
}

void Workers::retry(const Job& job, const std::string& why, std::int64_t took_ms) {
    const Kind* kind = kind_of(job);
    const int attempts_max = kind == nullptr ? Kind{}.attempts_max : kind->attempts_max;
    on_row(committer_, job.key, [&](work::Batch& batch, Job* row) {
        if (!holds(row, job)) return false;
        give_back(batch, *row, took_ms);
        if (row->attempts < attempts_max)
            row->run_at = batch.machine_now + retry_delay_ms(row->attempts);
        else
            end(*row, JobState::failed, failure_json(why));
        return true;
    });
}

}  // namespace perennial::jobs
