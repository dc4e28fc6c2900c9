// Fires due timers of all projects, a second for each in turn, and forgets what is kept for a time only.
// One thread; it sleeps a second when nothing is due.
#pragma once
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "app/app.hpp"

namespace perennial::app {

class Clockwork {
  public:
    Clockwork(Engine& engine, std::int64_t jobs_kept_ms);
    ~Clockwork();

  private:
    void run();
    /// False: some of what is due is left.
    bool tick();
    bool is_stopping();
    Engine& engine_;
    std::int64_t jobs_kept_ms_;
    std::mutex mutex_;
    std::condition_variable changed_;
    bool stopping_ = false;
    Timestamp forgotten_at_;
    std::thread thread_;
};

}  // namespace perennial::app
