// Who may use the writer's connection now. First come, first served, so that a backup, which comes
// back again and again, neither starves nor is starved. May be given back by another thread.
#pragma once
#include <condition_variable>
#include <cstdint>
#include <mutex>

namespace perennial::db {

class Turn {
  public:
    class Holder {
      public:
        explicit Holder(Turn& turn) : turn_(turn) { turn_.take(); }
        ~Holder() { turn_.give_back(); }
        Holder(const Holder&) = delete;
        Holder& operator=(const Holder&) = delete;

      private:
        Turn& turn_;
    };

  private:
    void take() {
        std::unique_lock lock(mutex_);
        const std::uint64_t mine = next_++;
        changed_.wait(lock, [&] { return serving_ == mine; });
    }
    void give_back() {
        {
            const std::lock_guard lock(mutex_);
            ++serving_;
        }
        changed_.notify_all();
    }

    std::mutex mutex_;
    std::condition_variable changed_;
    std::uint64_t next_ = 0;
    std::uint64_t serving_ = 0;
};

}  // namespace perennial::db
