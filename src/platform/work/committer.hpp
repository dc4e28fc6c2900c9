// The committer owns the transaction: it drains its queue into batches, and answers after the
// commit.
#pragma once
#include <cstdint>
#include <memory>

#include "base/function_ref.hpp"
#include "platform/work/batch.hpp"

namespace perennial::work {

struct CommitterOptions {
    int threads = 1;  ///< PostgreSQL only; SQLite has one writer
    int batch_max_units = 256;
    int batch_max_ms = 20;  ///< a batch stops taking units after this long
    /// What a batch takes of the background; a live unit waits for no more than that.
    double background_max_ms = 2;
    int queue_max = 10000;  ///< more are refused (503) instead of growing without bound
    int retries_max = 8;    ///< of a transaction that the database asks to repeat
    /// Runs its argument, which answers all units of a batch; empty = just runs it.
    std::function<void(FunctionRef<void()>)> answering = nullptr;
};

/// Whether somebody waits for a unit. What nobody waits for (timers, jobs) has a queue of its own, and
/// rides along with live units in small slices.
enum class Turn : std::uint8_t { live, background };

struct CommitterFigures {
    std::uint64_t batches = 0;
    std::uint64_t units = 0;
    std::uint64_t replays = 0;  ///< batches repeated one by one after an unexpected error
    std::uint64_t retries = 0;  ///< transactions repeated at the database's wish
    std::uint64_t unknown_commits = 0;
    std::uint64_t failures = 0;  ///< units answered with a failure
    std::uint64_t queued = 0;
    bool read_only = false;  ///< the disk is full; tried again every second
};

/// Refusals change nothing and disturb nobody; an unexpected error rolls the batch back and replays
/// it one by one; retry and connection failures repeat the batch with backoff; an unknown COMMIT is
/// decided by the batch's marker row (decisions.md 5). On a full disk units fail with
/// Failure::disk_full at once, and a probe write every second ends that state.
class Committer {
  public:
    Committer(db::Database&, Ids&, std::function<Timestamp()> machine_clock, CommitterOptions);
    ~Committer();  ///< finishes what is queued
    Committer(const Committer&) = delete;
    Committer& operator=(const Committer&) = delete;

    /// False when the queue is full (the unit is dropped without a call of `done`).
    bool submit(Unit unit, Turn turn = Turn::live);
    /// Runs one unit and waits for it; rethrows its Failure. Never from a `done`.
    void run(Unit unit, Turn turn = Turn::live);
    /// Waits until everything submitted so far has been answered.
    void drain();
    CommitterFigures figures() const;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace perennial::work
