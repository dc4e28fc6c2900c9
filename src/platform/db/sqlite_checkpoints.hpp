// Checkpoints beside the writer: a connection and a thread of their own copy what is committed from
// the WAL into the file (PASSIVE: nobody waits). A WAL that is never seen whole never wraps, so
// past a bound the writer finishes the rest between two batches. Figures: docs/decisions/0002.
#pragma once
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <thread>

#include "platform/db/sqlite_connection.hpp"

namespace perennial::db {

class SqliteCheckpoints {
  public:
    SqliteCheckpoints(const SqliteConnection::Settings&, int wal_bound_mb);
    ~SqliteCheckpoints();
    SqliteCheckpoints(const SqliteCheckpoints&) = delete;
    SqliteCheckpoints& operator=(const SqliteCheckpoints&) = delete;

    /// After each commit of the writer: the WAL's length now.
    void committed(std::int64_t wal_pages);
    /// Between two batches, on the writer's thread and connection.
    void between_batches(SqliteConnection& writer);
    /// A sync has failed: what the disk holds is not known until the file is opened anew.
    bool disk_failed() const { return disk_failed_.load(std::memory_order_relaxed); }

  private:
    void work();
    void checkpoint(SqliteConnection&);
    void sync_file();

    const std::int64_t bound_;     ///< pages in the WAL at which the writer takes part
    const std::int64_t worth_it_;  ///< pages not yet copied that are worth a checkpoint
    SqliteConnection connection_;
    const bool durable_;
    std::mutex running_;  ///< held during a checkpoint
    std::mutex mutex_;
    std::condition_variable wake_;
    std::atomic<std::int64_t> pages_{0};         ///< in the WAL
    std::atomic<std::int64_t> copied_{0};        ///< of these, already in the file
    std::atomic<std::int64_t> try_again_at_{0};  ///< pages at which the writer may try anew
    std::atomic<bool> asleep_{false};
    std::atomic<bool> disk_failed_{false};
    bool stop_ = false;
    std::thread thread_;
};

}  // namespace perennial::db
