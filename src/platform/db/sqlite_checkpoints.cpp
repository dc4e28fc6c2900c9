#include "platform/db/sqlite_checkpoints.hpp"

#include <algorithm>
#include <chrono>

namespace perennial::db {

namespace {

// Measured by bench/floor (docs/decisions/0002-sqlite-policy.md).
constexpr std::int64_t pages_a_mb = 256;
constexpr std::int64_t worth_a_checkpoint_max = 1'000;  // pages: 4 MB
constexpr auto interval = std::chrono::milliseconds(50);

}  // namespace

SqliteCheckpoints::SqliteCheckpoints(const SqliteConnection::Settings& settings, int wal_bound_mb)
    : bound_(wal_bound_mb * pages_a_mb),
      worth_it_(std::min(worth_a_checkpoint_max, bound_ / 4)),
      connection_(settings),
      durable_(settings.durable) {
    // A connection that has never read does not know of the WAL, and would checkpoint nothing.
    connection_.execute("PRAGMA schema_version");
    thread_ = std::thread([this] { work(); });
}

SqliteCheckpoints::~SqliteCheckpoints() {
    {
        const std::lock_guard lock(mutex_);
        stop_ = true;
    }
    wake_.notify_one();
    thread_.join();
}

void SqliteCheckpoints::committed(std::int64_t wal_pages) {
    if (wal_pages < pages_.load(std::memory_order_relaxed)) {
        copied_ = 0;  // the WAL has wrapped
        try_again_at_ = 0;
    }
    pages_ = wal_pages;
    if (wal_pages - copied_ >= worth_it_ && asleep_.exchange(false)) {
        const std::lock_guard lock(mutex_);
        wake_.notify_one();
    }
}

void SqliteCheckpoints::work() {
    std::unique_lock lock(mutex_);
    const auto worth_it = [this] { return pages_ - copied_ >= worth_it_; };
    while (!stop_) {
        asleep_ = true;
        wake_.wait(lock, [&] { return stop_ || worth_it(); });
        asleep_ = false;
        if (stop_) break;
        lock.unlock();
        {
            const std::lock_guard running(running_);
            checkpoint(connection_);
            if (durable_ && copied_ < pages_) sync_file();
        }
        lock.lock();
        wake_.wait_for(lock, interval, [&] { return stop_; });
    }
}

void SqliteCheckpoints::checkpoint(SqliteConnection& connection) {
    int pages = 0;
    int copied = 0;
    const std::int64_t before = pages_;
    const int code = sqlite3_wal_checkpoint_v2(connection.handle(), nullptr,
                                               SQLITE_CHECKPOINT_PASSIVE, &pages, &copied);
    if (code == SQLITE_OK) {
        if (pages_ >= before && copied >= 0) copied_ = copied;
    } else if (const int what = sqlite3_extended_errcode(connection.handle());
               what == SQLITE_IOERR_FSYNC || what == SQLITE_IOERR_DIR_FSYNC) {
        disk_failed_ = true;
    }
}

/// SQLite syncs the file only when the WAL has been copied whole; the writer, who does that in the
/// end, would wait for all the pages copied before (measured: 180 ms against 64).
void SqliteCheckpoints::sync_file() {
    sqlite3_file* file = nullptr;
    sqlite3_file_control(connection_.handle(), "main", SQLITE_FCNTL_FILE_POINTER,
                         static_cast<void*>(&file));
    if (file == nullptr || file->pMethods == nullptr) return;
    if (file->pMethods->xSync(file, SQLITE_SYNC_NORMAL) != SQLITE_OK) disk_failed_ = true;
}

void SqliteCheckpoints::between_batches(SqliteConnection& writer) {
    const std::int64_t pages = pages_;
    if (pages < bound_ || pages < try_again_at_) return;
    // The rest is left to the writer when it is small; and when nothing else helps.
    const bool must = pages >= bound_ * 4;
    if (!must && pages - copied_ > bound_ / 4) return;
    std::unique_lock running(running_, std::defer_lock);
    if (must) {
        running.lock();
    } else if (!running.try_lock()) {
        return;
    }
    checkpoint(writer);
    // A reader may still need the WAL: it then grows on, and a later batch tries anew.
    try_again_at_ = pages + bound_ / 8;
}

}  // namespace perennial::db
