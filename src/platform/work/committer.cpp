#include "platform/work/committer.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <exception>
#include <future>
#include <random>
#include <thread>

#include "platform/metrics/metrics.hpp"
#include "platform/work/markers.hpp"
#include "platform/work/queue.hpp"

namespace perennial::work {

namespace {

using Clock = std::chrono::steady_clock;
using db::Failure;

constexpr auto patience = std::chrono::seconds(10);  // with a database that cannot be reached
constexpr auto probe_interval = std::chrono::seconds(1);
constexpr std::int64_t marker_age_max_ms = day_ms;
constexpr std::size_t batch_units_min = 64;  // below, what a batch costs by itself outweighs

metrics::Histogram& batch_seconds(bool background) {
    return metrics::registry().histogram(
        "perennial_batch_seconds", "Time a batch took, COMMIT included",
        metrics::latency_seconds_bounds(), {{"background", background ? "true" : "false"}});
}

/// What a unit has cost lately.
class Cost {
  public:
    void learn(double ms, std::size_t units) {
        if (units == 0) return;
        const double one = ms / static_cast<double>(units);
        ms_ = ms_ == 0 ? one : ms_ * 0.75 + one * 0.25;
    }
    double of(std::size_t units) const { return ms_ * static_cast<double>(units); }
    std::size_t fit_in(double ms) const {
        return static_cast<std::size_t>(ms / std::max(ms_, 1e-4));
    }

  private:
    double ms_ = 0;
};

struct Counters {
    std::atomic<std::uint64_t> batches{0};
    std::atomic<std::uint64_t> units{0};
    std::atomic<std::uint64_t> replays{0};
    std::atomic<std::uint64_t> retries{0};
    std::atomic<std::uint64_t> unknown_commits{0};
    std::atomic<std::uint64_t> failures{0};
    std::atomic<std::uint64_t> queued{0};
    std::atomic<bool> read_only{false};
};

bool is_passing(Failure::Kind kind) {
    return kind == Failure::Kind::retry || kind == Failure::Kind::connection ||
           kind == Failure::Kind::unavailable || kind == Failure::Kind::unknown;
}

/// Doubles up to the maximum, with up to half of it taken off at random, so that two who collided
/// do not collide again.
class Backoff {
  public:
    explicit Backoff(std::chrono::milliseconds max) : max_(max) {}
    void sleep() {
        std::uniform_int_distribution<int> between(static_cast<int>(next_.count()),
                                                   static_cast<int>(next_.count()) * 2);
        std::this_thread::sleep_for(std::chrono::microseconds(500) * between(random_));
        next_ = std::min(next_ * 2, max_);
    }

  private:
    std::chrono::milliseconds next_{1};
    std::chrono::milliseconds max_;
    std::minstd_rand random_{std::random_device{}()};
};

/// One thread with its queue.
class Worker {
  public:
    Worker(db::Database& database, Ids& ids, std::function<Timestamp()>& now,
           const CommitterOptions& options, Counters& counters)
        : database_(database),
          ids_(ids),
          now_(now),
          options_(options),
          counters_(counters),
          markers_(database, ids),
          sizes_{static_cast<std::size_t>(options.batch_max_units), background_units_min},
          thread_([this] { work(); }) {}

    ~Worker() {
        queue.close();
        thread_.join();
    }
    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;

    std::thread::id thread_id() const { return thread_.get_id(); }

    Queue queue;

  private:
    void work() {
        while (!queue.is_finished()) {
            auto until = Clock::time_point::max();
            if (counters_.read_only) until = probe_at_;
            auto units = queue.take(sizes_, until);
            if (counters_.read_only && Clock::now() >= probe_at_) probe();
            if (units.empty()) continue;
            const Queue::Counts counts = counts_of(units);
            const bool is_alone = units.front().unit.alone;
            worked_ = committed_ = {};
            const auto start = Clock::now();
            commit(units);
            batch_seconds_[counts[1] > 0 ? 1 : 0]->observe(
                std::chrono::duration<double>(Clock::now() - start).count());
            if (committed_ != Clock::duration{} && !is_alone) learn(counts);
            make_room();
        }
    }

    static Queue::Counts counts_of(const std::vector<Queued>& units) {
        Queue::Counts out{};
        for (const Queued& queued : units) ++out[Queue::index(queued.turn)];
        return out;
    }

    /// Keeps the next batch within its times, judged by what units have cost lately. Of COMMIT only
    /// what the background adds to it counts: where syncs are slow, larger batches are the cure.
    void learn(const Queue::Counts& units) {
        const double work_ms = std::chrono::duration<double, std::milli>(worked_).count();
        const double commit_ms = std::chrono::duration<double, std::milli>(committed_).count();
        if (units[1] == 0) {
            live_cost_.learn(work_ms, units[0]);
            commit_cost_.learn(commit_ms, 1);
        } else {
            const double all_ms = work_ms + commit_ms;
            const double least = all_ms * static_cast<double>(units[1]) /
                                 static_cast<double>(units[0] + units[1]) / 4;
            const double theirs = all_ms - live_cost_.of(units[0]) - commit_cost_.of(1);
            background_cost_.learn(std::max(theirs, least), units[1]);
        }
        const auto max = static_cast<std::size_t>(options_.batch_max_units);
        sizes_.live = std::clamp(live_cost_.fit_in(options_.batch_max_ms),
                                 std::min(batch_units_min, max), max);
        sizes_.background = std::clamp(background_cost_.fit_in(options_.background_max_ms),
                                       std::min(background_units_min, max), max);
    }

    void make_room() {
        try {
            database_.between_batches();
        } catch (const Failure&) {  // the next batch meets it, and answers
        }
    }

    /// Answers all units, whatever happens.
    void commit(std::vector<Queued>& units) {
        if (counters_.read_only) {
            const Failure full(Failure::Kind::disk_full, "the disk is full; only reading works");
            return answer(units, &full);
        }
        try {
            commit_with_patience(units);
            counters_.batches.fetch_add(1, std::memory_order_relaxed);
            answer(units, nullptr);
        } catch (const Failure& failure) {
            give_up(units, failure);
        } catch (const std::exception& broken) {
            give_up(units, Failure(Failure::Kind::error, broken.what()));
        }
    }

    void give_up(std::vector<Queued>& units, const Failure& failure) {
        if (failure.kind() == Failure::Kind::disk_full) {
            probe_at_ = Clock::now() + probe_interval;
            counters_.read_only = true;
        }
        const bool may_be_of_one_unit = failure.kind() == Failure::Kind::error ||
                                        failure.kind() == Failure::Kind::constraint ||
                                        failure.kind() == Failure::Kind::retry;
        if (!may_be_of_one_unit || units.size() <= 1) return answer(units, &failure);
        counters_.replays.fetch_add(1, std::memory_order_relaxed);
        for (Queued& unit : units) {
            std::vector<Queued> alone;
            alone.push_back(std::move(unit));
            commit(alone);
        }
        units.clear();
    }

    /// Repeats what the database asks to repeat, and waits for a database that is away.
    void commit_with_patience(std::vector<Queued>& units) {
        const RawId marker = markers_.make(now_(), units.front().unit.lane);
        Backoff backoff(std::chrono::milliseconds(200));
        bool may_be_committed = false;
        for (int attempt = 0;; ++attempt) {
            try {
                attempt_once(units, marker, may_be_committed);
                if (markers_.are_needed()) markers_.forget(marker);
                return;
            } catch (const Failure& failure) {
                if (!is_passing(failure.kind())) throw;
                if (failure.kind() == Failure::Kind::unknown) {
                    may_be_committed = true;
                    counters_.unknown_commits.fetch_add(1, std::memory_order_relaxed);
                }
                const bool is_away = failure.kind() == Failure::Kind::connection ||
                                     failure.kind() == Failure::Kind::unavailable;
                // A batch in doubt is never given up while there is a chance to learn the truth.
                if (!is_away && attempt >= options_.retries_max && !may_be_committed) throw;
                if (Clock::now() - units.front().since > patience) throw;
                counters_.retries.fetch_add(1, std::memory_order_relaxed);
            }
            backoff.sleep();
        }
    }

    void attempt_once(std::vector<Queued>& units, const RawId& marker, bool may_be_committed) {
        auto tx = database_.begin_write();
        const Timestamp now = now_();
        bool has_removed = false;
        if (markers_.are_needed()) {
            if (!Markers::insert(*tx, marker, now, may_be_committed)) return;
            has_removed = markers_.remove_forgotten(*tx);
        }
        const auto start = Clock::now();
        Batch batch(*tx, ids_, now);
        for (Queued& queued : units) {
            if (queued.unit.want) queued.unit.want(batch);
        }
        batch.load();
        bool wants_more = false;
        for (Queued& queued : units) {
            if (!queued.unit.want_more) continue;
            queued.unit.want_more(batch);
            wants_more = true;
        }
        if (wants_more) batch.load();
        for (Queued& queued : units) {
            if (queued.unit.run) queued.unit.run(batch);
        }
        batch.save();
        const auto worked = Clock::now();
        tx->commit();
        worked_ = worked - start;
        committed_ = Clock::now() - worked;
        if (has_removed) markers_.forgotten_are_removed();
    }

    void answer(std::vector<Queued>& units, const Failure* failure) {
        const Queue::Counts counts = counts_of(units);
        counters_.units.fetch_add(units.size(), std::memory_order_relaxed);
        if (failure != nullptr) {
            counters_.failures.fetch_add(units.size(), std::memory_order_relaxed);
        }
        const auto answer_all = [&] {
            for (Queued& queued : units) {
                if (!queued.unit.done) continue;
                try {
                    queued.unit.done(failure);
                } catch (const std::exception&) {  // the others want their answers
                    counters_.failures.fetch_add(1, std::memory_order_relaxed);
                }
            }
        };
        if (options_.answering)
            options_.answering(answer_all);
        else
            answer_all();
        counters_.queued.fetch_sub(units.size(), std::memory_order_relaxed);
        queue.answered(counts);
    }

    void probe() {
        probe_at_ = Clock::now() + probe_interval;
        try {
            const Timestamp now = now_();
            const RawId marker = markers_.make(now, 0);
            auto tx = database_.begin_write();
            Markers::insert(*tx, marker, now, false);
            tx->commit();
            markers_.forget(marker);
            counters_.read_only = false;
        } catch (const Failure&) {  // still full
        }
    }

    db::Database& database_;
    Ids& ids_;
    std::function<Timestamp()>& now_;
    const CommitterOptions& options_;
    Counters& counters_;
    Markers markers_;
    static constexpr std::size_t background_units_min = 8;
    Sizes sizes_;
    Cost live_cost_;
    Cost commit_cost_;  // of a batch without the background
    Cost background_cost_;
    std::array<metrics::Histogram*, 2> batch_seconds_{&batch_seconds(false), &batch_seconds(true)};
    Clock::duration worked_{};
    Clock::duration committed_{};
    Clock::time_point probe_at_{};
    std::thread thread_;
};

}  // namespace

struct Committer::State {
    State(db::Database& database_, std::function<Timestamp()> clock, CommitterOptions options_)
        : database(database_), now(std::move(clock)), options(options_) {}

    db::Database& database;
    std::function<Timestamp()> now;
    CommitterOptions options;
    Counters counters;
    std::vector<std::unique_ptr<Worker>> workers;
};

Committer::Committer(db::Database& database, Ids& ids, std::function<Timestamp()> machine_clock,
                     CommitterOptions options)
    : state_(std::make_unique<State>(database, std::move(machine_clock), options)) {
    CHECK(options.batch_max_units > 0 && options.batch_max_ms > 0 && options.queue_max > 0);
    const int threads =
        database.dialect() == db::Dialect::sqlite ? 1 : std::max(1, options.threads);
    if (database.dialect() != db::Dialect::sqlite) {
        try {
            auto tx = database.begin_write();
            Markers::remove_older_than(*tx, state_->now() + -marker_age_max_ms);
            tx->commit();
        } catch (const Failure&) {  // old rows cost nothing but their place
        }
    }
    for (int i = 0; i < threads; ++i) {
        state_->workers.push_back(std::make_unique<Worker>(database, ids, state_->now,
                                                           state_->options, state_->counters));
    }
}

Committer::~Committer() = default;

bool Committer::submit(Unit unit, Turn turn) {
    auto& queued = state_->counters.queued;
    if (queued.fetch_add(1) >= static_cast<std::uint64_t>(state_->options.queue_max)) {
        queued.fetch_sub(1);
        return false;
    }
    state_->workers[unit.lane % state_->workers.size()]->queue.push(std::move(unit), turn);
    return true;
}

void Committer::run(Unit unit, Turn turn) {
    for (const auto& worker : state_->workers) {
        CHECK(worker->thread_id() != std::this_thread::get_id());
    }
    // Shared: this thread may be gone from here before set_value returns.
    auto answer = std::make_shared<std::promise<std::optional<Failure>>>();
    auto future = answer->get_future();
    unit.done = [answer, then = std::move(unit.done)](const Failure* failure) mutable {
        try {
            if (then) then(failure);
            answer->set_value(failure == nullptr ? std::nullopt : std::optional(*failure));
        } catch (const std::exception&) {
            answer->set_exception(std::current_exception());
        }
    };
    if (!submit(std::move(unit), turn)) {
        throw Failure(Failure::Kind::unavailable, "too many writes are waiting");
    }
    if (const auto failure = future.get()) throw Failure(*failure);
}

void Committer::drain() {
    std::vector<Queue::Counts> submitted;
    for (const auto& worker : state_->workers) submitted.push_back(worker->queue.submitted());
    for (std::size_t i = 0; i < submitted.size(); ++i) {
        state_->workers[i]->queue.wait_until_answered(submitted[i]);
    }
}

CommitterFigures Committer::figures() const {
    const Counters& c = state_->counters;
    return {.batches = c.batches,
            .units = c.units,
            .replays = c.replays,
            .retries = c.retries,
            .unknown_commits = c.unknown_commits,
            .failures = c.failures,
            .queued = c.queued,
            .read_only = c.read_only};
}

}  // namespace perennial::work
