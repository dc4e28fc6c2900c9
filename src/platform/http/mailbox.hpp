// Answers on their way from other threads to the IO thread of their connection. However many arrive
// at once, the IO thread is woken once: a committer answers whole batches (GatheredAnswers).
#pragma once
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "platform/http/server.hpp"

namespace perennial::http {

class Connection;

struct Mail {
    std::weak_ptr<Connection> to;
    std::uint64_t sequence = 0;
    Response response;
};

class Mailbox : public std::enable_shared_from_this<Mailbox> {
  public:
    /// `wake` makes the IO thread call `take`; it is never called after `close`.
    explicit Mailbox(std::function<void()> wake) : wake_(std::move(wake)) {}

    void post(Mail mail) {
        const std::lock_guard lock(mutex_);
        if (closed_) return;
        mails_.push_back(std::move(mail));
        if (mails_.size() > 1) return;
        if (GatheredAnswers* gathered = GatheredAnswers::of_this_thread())
            gathered->wake_later(weak_from_this());
        else
            wake_();
    }
    void wake() {
        const std::lock_guard lock(mutex_);
        if (!closed_ && !mails_.empty()) wake_();
    }
    void take(std::vector<Mail>& into) {
        into.clear();
        const std::lock_guard lock(mutex_);
        mails_.swap(into);
    }
    void close() {
        const std::lock_guard lock(mutex_);
        closed_ = true;
        mails_.clear();
    }

  private:
    std::mutex mutex_;
    std::vector<Mail> mails_;
    bool closed_ = false;
    std::function<void()> wake_;
};

}  // namespace perennial::http
