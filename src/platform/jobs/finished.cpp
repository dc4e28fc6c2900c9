#include "platform/jobs/finished.hpp"

#include <algorithm>
#include <chrono>

namespace perennial::jobs {

void FinishedBoard::workers_started() {
    const std::lock_guard lock(mutex_);
    ++workers_;
}

void FinishedBoard::workers_stopped() {
    {
        const std::lock_guard lock(mutex_);
        --workers_;
    }
    changed_.notify_all();
}

void FinishedBoard::add(const JobKey& key) {
    {
        const std::lock_guard lock(mutex_);
        keys_.push_back(key);
        if (keys_.size() > kept) keys_.pop_front();
    }
    changed_.notify_all();
}

bool FinishedBoard::wait(const JobKey& key, std::int64_t ms) {
    std::unique_lock lock(mutex_);
    const auto has_ended = [&] { return std::ranges::find(keys_, key) != keys_.end(); };
    changed_.wait_for(lock, std::chrono::milliseconds(ms),
                      [&] { return workers_ == 0 || has_ended(); });
    return has_ended();
}

FinishedBoard& finished_jobs() {
    static FinishedBoard board;
    return board;
}

}  // namespace perennial::jobs
