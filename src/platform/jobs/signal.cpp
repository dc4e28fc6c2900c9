#include "platform/jobs/signal.hpp"

#include <utility>

namespace perennial::jobs {

int Signal::listen(std::function<void()> listener) {
    const std::lock_guard lock(mutex_);
    listeners_.emplace(next_, std::move(listener));
    return next_++;
}

void Signal::forget(int number) {
    const std::lock_guard lock(mutex_);
    listeners_.erase(number);
}

void Signal::raise() {
    const std::lock_guard lock(mutex_);
    for (const auto& [number, listener] : listeners_) listener();
}

}  // namespace perennial::jobs
