// The queue of one committer thread. Units are answered in the order in which they came.
#pragma once
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <vector>

#include "platform/work/batch.hpp"

namespace perennial::work {

struct Queued {
    Unit unit;
    std::chrono::steady_clock::time_point since;
};

class Queue {
  public:
    void push(Unit unit) {
        {
            const std::lock_guard lock(mutex_);
            waiting_.push_back({std::move(unit), std::chrono::steady_clock::now()});
            ++submitted_;
        }
        filled_.notify_one();
    }

    /// The next batch: what waits now, at most `units_max`; a unit that wants to be alone, alone.
    /// Empty after `until`, or when it is closed and nothing is left.
    std::vector<Queued> take(std::size_t units_max, std::chrono::steady_clock::time_point until) {
        std::unique_lock lock(mutex_);
        const auto ready = [&] { return closed_ || !waiting_.empty(); };
        if (until == std::chrono::steady_clock::time_point::max()) {
            filled_.wait(lock, ready);
        } else {
            filled_.wait_until(lock, until, ready);
        }
        std::vector<Queued> batch;
        while (!waiting_.empty() && batch.size() < units_max) {
            const bool is_alone = waiting_.front().unit.alone;
            if (is_alone && !batch.empty()) break;
            batch.push_back(std::move(waiting_.front()));
            waiting_.pop_front();
            if (is_alone) break;
        }
        return batch;
    }

    void answered(std::size_t units) {
        {
            const std::lock_guard lock(mutex_);
            answered_ += units;
        }
        drained_.notify_all();
    }

    std::uint64_t submitted() {
        const std::lock_guard lock(mutex_);
        return submitted_;
    }

    void wait_until_answered(std::uint64_t units) {
        std::unique_lock lock(mutex_);
        drained_.wait(lock, [&] { return answered_ >= units; });
    }

    void close() {
        {
            const std::lock_guard lock(mutex_);
            closed_ = true;
        }
        filled_.notify_all();
    }

    bool is_finished() {
        const std::lock_guard lock(mutex_);
        return closed_ && waiting_.empty();
    }

  private:
    std::mutex mutex_;
    std::condition_variable filled_;
    std::condition_variable drained_;
    std::deque<Queued> waiting_;
    std::uint64_t submitted_ = 0;
    std::uint64_t answered_ = 0;
    bool closed_ = false;
};

}  // namespace perennial::work
