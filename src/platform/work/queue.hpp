// The queue of one committer thread. Live units are answered in the order in which they came, and so are
// those of the background; a live one never waits for a background one that came before it.
#pragma once
#include <array>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <vector>

#include "platform/work/committer.hpp"

namespace perennial::work {

struct Queued {
    Unit unit;
    Turn turn = Turn::live;
    std::chrono::steady_clock::time_point since;
};

/// How many units a batch takes of each kind.
struct Sizes {
    std::size_t live = 1;
    std::size_t background = 1;
};

class Queue {
  public:
    /// Units of each kind, counted since the start.
    using Counts = std::array<std::uint64_t, 2>;

    void push(Unit unit, Turn turn) {
        {
            const std::lock_guard lock(mutex_);
            waiting(turn).push_back({std::move(unit), turn, std::chrono::steady_clock::now()});
            ++submitted_[index(turn)];
        }
        filled_.notify_one();
    }

    /// The next batch: the live units that wait now, then a slice of the background, which so gets on
    /// however busy it is; a unit that wants to be alone, alone. Empty after `until`, or when it is
    /// closed and nothing is left.
    std::vector<Queued> take(Sizes max, std::chrono::steady_clock::time_point until) {
        std::unique_lock lock(mutex_);
        const auto ready = [&] { return closed_ || !is_empty(); };
        if (until == std::chrono::steady_clock::time_point::max()) {
            filled_.wait(lock, ready);
        } else {
            filled_.wait_until(lock, until, ready);
        }
        std::vector<Queued> batch;
        auto& background = waiting(Turn::background);
        const bool alone_waits = !background.empty() && background.front().unit.alone;
        if (alone_waits && passed_over_ >= passed_over_max) {
            batch.push_back(pop(background));
            passed_over_ = 0;
            return batch;
        }
        const bool is_alone = fill(batch, waiting(Turn::live), max.live);
        if (!is_alone) fill(batch, background, batch.size() + max.background);
        passed_over_ = alone_waits && !background.empty() ? passed_over_ + 1 : 0;
        return batch;
    }

    void answered(const Counts& units) {
        {
            const std::lock_guard lock(mutex_);
            for (std::size_t i = 0; i < units.size(); ++i) answered_[i] += units[i];
        }
        drained_.notify_all();
    }

    Counts submitted() {
        const std::lock_guard lock(mutex_);
        return submitted_;
    }

    void wait_until_answered(const Counts& units) {
        std::unique_lock lock(mutex_);
        drained_.wait(lock,
                      [&] { return answered_[0] >= units[0] && answered_[1] >= units[1]; });
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
        return closed_ && is_empty();
    }

    static std::size_t index(Turn turn) { return static_cast<std::size_t>(turn); }

  private:
    /// Batches that go before a background unit which wants to be alone.
    static constexpr int passed_over_max = 8;

    std::deque<Queued>& waiting(Turn turn) { return waiting_[index(turn)]; }
    bool is_empty() const { return waiting_[0].empty() && waiting_[1].empty(); }

    static Queued pop(std::deque<Queued>& from) {
        Queued out = std::move(from.front());
        from.pop_front();
        return out;
    }

    /// Up to `size` units; true when the batch is one that wants to be alone.
    static bool fill(std::vector<Queued>& batch, std::deque<Queued>& from, std::size_t size) {
        while (!from.empty() && batch.size() < size) {
            const bool is_alone = from.front().unit.alone;
            if (is_alone && !batch.empty()) return false;
            batch.push_back(pop(from));
            if (is_alone) return true;
        }
        return false;
    }

    std::mutex mutex_;
    std::condition_variable filled_;
    std::condition_variable drained_;
    std::array<std::deque<Queued>, 2> waiting_;
    Counts submitted_{};
    Counts answered_{};
    int passed_over_ = 0;
    bool closed_ = false;
};

}  // namespace perennial::work
