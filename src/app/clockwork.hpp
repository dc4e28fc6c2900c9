// Fires due timers of all projects, and forgets what is kept for a time only. One thread; it sleeps
// until something can be due, at most a second.
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
    void tick();
    Engine& engine_;
    std::int64_t jobs_kept_ms_;
    std::mutex mutex_;
    std::condition_variable changed_;
    bool stopping_ = false;
    Timestamp forgotten_at_;
    std::thread thread_;
};

}  // namespace perennial::app
