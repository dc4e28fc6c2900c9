// Tells the threads of this process that there may be work. A hint: whoever waits looks into the
// database all the same, when the next work is due and, beside other processes, each second.
#pragma once
#include <functional>
#include <map>
#include <mutex>

namespace perennial::jobs {

class Signal {
  public:
    /// `listener` is called on the raiser's thread, and must be quick. Returns its number.
    int listen(std::function<void()> listener);
    /// After this the listener is not called any more.
    void forget(int number);
    void raise();

  private:
    std::mutex mutex_;
    std::map<int, std::function<void()>> listeners_;
    int next_ = 1;
};

}  // namespace perennial::jobs
