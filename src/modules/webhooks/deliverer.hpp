// Sends what the outbox holds: one thread, many transfers at once. Several server processes may run
// one each: a delivery belongs to whoever holds its lease, and a lease that ends brings it back. So a
// receiver sees each event at least once, always with the same webhook-id.
#pragma once
#include <functional>
#include <memory>

#include "modules/projects/snapshot.hpp"
#include "platform/work/committer.hpp"

namespace perennial::webhooks {

struct DelivererOptions {
    bool allow_private = false;        ///< receivers on private addresses, loopback, …
    std::int64_t timeout_ms = 10'000;  ///< for a receiver to answer
    std::size_t parallel_max = 64;
    /// So that a receiver that hangs does not take all.
    std::size_t parallel_of_webhook_max = 16;
    /// The longest time without a look. 0: a second on PostgreSQL, where other processes may write
    /// deliveries; a minute on SQLite, where none can.
    std::int64_t poll_ms = 0;
    std::int64_t keep_ms = 30 * day_ms;  ///< events and deliveries, whatever became of them
    std::int64_t stop_patience_ms = 3 * second_ms;
    std::function<Timestamp()> machine_clock = nullptr;  ///< nothing: the system's
};

class Deliverer {
  public:
    Deliverer(db::Database&, work::Committer&, projects::Cache&, DelivererOptions = {});
    /// Stops.
    ~Deliverer();

    void start();
    /// Waits a moment for transfers under way, gives the rest back and returns when all results are
    /// written. The committer must still live.
    void stop();
    /// Looks for work now; for tests that move the clock.
    void wake();

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace perennial::webhooks
