// Connections to one server, made when first needed. Taking one waits while all are in use; after a
// loss it is made anew, with a pause between attempts that grows.
#pragma once
#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "platform/db/postgres_connection.hpp"

namespace perennial::db {

class PostgresPool {
  public:
    PostgresPool(PostgresConnection::Settings settings, int size)
        : settings_(std::move(settings)), free_(std::max(1, size)) {}

    /// A connection for one transaction; a broken one is dropped at the end.
    class Lease {
      public:
        explicit Lease(PostgresPool& pool) : pool_(pool), connection_(pool.take()) {}
        ~Lease() { pool_.give_back(std::move(connection_)); }
        Lease(const Lease&) = delete;
        Lease& operator=(const Lease&) = delete;
        PostgresConnection& operator*() const { return *connection_; }
        PostgresConnection* operator->() const { return connection_.get(); }

      private:
        PostgresPool& pool_;
        std::unique_ptr<PostgresConnection> connection_;
    };

  private:
    using Clock = std::chrono::steady_clock;
    static constexpr std::chrono::milliseconds pause_min{50};
    static constexpr std::chrono::milliseconds pause_max{2000};

    std::unique_ptr<PostgresConnection> take() {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return free_ > 0; });
        --free_;
        while (!idle_.empty()) {
            auto connection = std::move(idle_.back());
            idle_.pop_back();
            if (connection->is_alive_when_idle()) return connection;
        }
        try {
            return connect(lock);
        } catch (...) {
            if (!lock.owns_lock()) lock.lock();
            ++free_;
            changed_.notify_one();
            throw;
        }
    }

    std::unique_ptr<PostgresConnection> connect(std::unique_lock<std::mutex>& lock) {
        if (Clock::now() < not_before_) {
            throw Failure(Failure::Kind::unavailable, last_refusal_);
        }
        lock.unlock();
        try {
            auto connection = std::make_unique<PostgresConnection>(settings_);
            lock.lock();
            pause_ = pause_min;
            return connection;
        } catch (const Failure& failure) {
            lock.lock();
            last_refusal_ = failure.what();
            not_before_ = Clock::now() + pause_;
            pause_ = std::min(pause_ * 2, pause_max);
            throw;
        }
    }

    void give_back(std::unique_ptr<PostgresConnection> connection) {
        {
            const std::lock_guard lock(mutex_);
            ++free_;
            if (!connection->is_broken()) idle_.push_back(std::move(connection));
        }
        changed_.notify_one();
    }

    PostgresConnection::Settings settings_;
    std::mutex mutex_;
    std::condition_variable changed_;
    int free_;  ///< how many more may be in use
    std::vector<std::unique_ptr<PostgresConnection>> idle_;
    Clock::time_point not_before_{};
    std::chrono::milliseconds pause_{pause_min};
    std::string last_refusal_;
};

}  // namespace perennial::db
