// A fixed set of threads that run what is posted, in order of posting.
#pragma once
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace perennial::app {

class Workers {
  public:
    explicit Workers(std::size_t threads);
    ~Workers() { stop(); }
    /// False once stopped.
    bool post(std::move_only_function<void()> task);
    /// Runs what was posted, then ends the threads.
    void stop();

  private:
    void run();
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<std::move_only_function<void()>> tasks_;
    bool stopping_ = false;
    std::vector<std::jthread> threads_;
};

}  // namespace perennial::app
