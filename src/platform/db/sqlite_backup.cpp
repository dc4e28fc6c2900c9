#include "platform/db/sqlite_backup.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <thread>

namespace perennial::db {

namespace {

constexpr int pages_a_step = 512;  // 2 MB: a few milliseconds in which the writer waits

void sync_path(const std::string& path, int flags) {
    const int handle = ::open(path.c_str(), flags | O_CLOEXEC);
    const bool is_synced = handle >= 0 && ::fsync(handle) == 0;
    const int number = errno;
    if (handle >= 0) ::close(handle);
    if (!is_synced) {
        throw Failure(number == ENOSPC ? Failure::Kind::disk_full : Failure::Kind::error,
                      fmt::format("cannot sync {}: {}", path, std::strerror(number)));
    }
}

void copy_in_steps(SqliteConnection& writer, Turn& turn, sqlite3* copy) {
    sqlite3_backup* backup = nullptr;
    {
        const Turn::Holder held(turn);
        backup = sqlite3_backup_init(copy, "main", writer.handle(), "main");
    }
    if (backup == nullptr) throw sqlite_failure(copy, sqlite3_extended_errcode(copy), "backup");
    int code = SQLITE_OK;
    while (code == SQLITE_OK || code == SQLITE_BUSY || code == SQLITE_LOCKED) {
        const auto start = std::chrono::steady_clock::now();
        {
            const Turn::Holder held(turn);
            code = sqlite3_backup_step(backup, pages_a_step);
        }
        // As long again for the writer alone: the backup takes at most half of the time.
        std::this_thread::sleep_for(std::chrono::steady_clock::now() - start);
    }
    {
        const Turn::Holder held(turn);
        code = sqlite3_backup_finish(backup);
    }
    if (code != SQLITE_OK) throw sqlite_failure(copy, code, "backup");
}

void copy_into(SqliteConnection& writer, Turn& turn, const std::string& file) {
    sqlite3* copy = nullptr;
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
    const int code = sqlite3_open_v2(file.c_str(), &copy, flags, nullptr);
    try {
        if (code != SQLITE_OK) throw sqlite_failure(copy, code, "open " + file);
        // The file is worth nothing before it is complete and synced: no journal, no syncs till
        // then.
        sqlite3_exec(copy, "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF", nullptr, nullptr,
                     nullptr);
        copy_in_steps(writer, turn, copy);
    } catch (...) {
        sqlite3_close(copy);
        throw;
    }
    sqlite3_close(copy);
}

}  // namespace

Result<void> back_up_sqlite(SqliteConnection& writer, Turn& turn, const std::string& file) {
    namespace fs = std::filesystem;
    if (fs::exists(file)) {
        return refuse(error::duplicate_found, file + " exists already; name another file");
    }
    const std::string unfinished = file + ".unfinished";
    std::error_code ignored;
    fs::remove(unfinished, ignored);
    try {
        copy_into(writer, turn, unfinished);
        sync_path(unfinished, O_RDONLY);
        if (::rename(unfinished.c_str(), file.c_str()) != 0) {
            throw Failure(
                Failure::Kind::error,
                fmt::format("cannot rename {} to {}: {}", unfinished, file, std::strerror(errno)));
        }
        const auto folder = fs::absolute(file).parent_path();
        sync_path(folder.string(), O_RDONLY | O_DIRECTORY);
        return {};
    } catch (const Failure& failure) {
        fs::remove(unfinished, ignored);
        return refuse(error::service_unavailable, failure.what());
    }
}

}  // namespace perennial::db
