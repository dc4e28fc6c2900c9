// Which jobs of this process have ended lately: whoever asked for one may wait a moment for it, so that
// the client finds it done when it first looks.
#pragma once
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>

#include "platform/jobs/jobs.hpp"

namespace perennial::jobs {

class FinishedBoard {
  public:
    void workers_started();
    void workers_stopped();
    void add(const JobKey&);
    /// False when it has not ended in this time, or when nobody in this process does jobs.
    bool wait(const JobKey&, std::int64_t ms);

  private:
    static constexpr std::size_t kept = 256;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<JobKey> keys_;
    int workers_ = 0;
};

FinishedBoard& finished_jobs();

}  // namespace perennial::jobs
