// What the committer's threads leave for the deliverer's thread.
#pragma once
#include <functional>
#include <mutex>
#include <utility>
#include <vector>

#include "platform/jobs/boundary.hpp"
#include "platform/net/http_sender.hpp"

namespace perennial::webhooks {

class Mailbox {
  public:
    explicit Mailbox(net::HttpSender& sender) : sender_(sender) {}

    void post(std::function<void()> message) {
        // Waking inside of the lock: whoever has seen the message may end the sender.
        const std::lock_guard lock(mutex_);
        messages_.push_back(std::move(message));
        sender_.wake();
    }
    void handle_all() {
        std::vector<std::function<void()>> messages;
        {
            const std::lock_guard lock(mutex_);
            messages.swap(messages_);
        }
        for (const auto& message : messages) jobs::attempt("webhooks", message);
    }

  private:
    net::HttpSender& sender_;
    std::mutex mutex_;
    std::vector<std::function<void()>> messages_;
};

}  // namespace perennial::webhooks
