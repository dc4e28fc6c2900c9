#include "cli/restore.hpp"

#include <fmt/format.h>

#include <filesystem>

#include "platform/db/database.hpp"

namespace perennial::cli {
namespace {

namespace fs = std::filesystem;

const ErrorCode restore_failed{"restore_failed", ErrorKind::rejected, "Not restored"};

}  // namespace

Result<void> restore(const config::Settings& settings, const std::string& backup) {
    if (settings.is_postgres)
        return refuse(restore_failed,
                      "A PostgreSQL database is restored with pg_restore or from "
                      "a base backup");
    std::error_code ignored;
    if (!fs::exists(backup))
        return refuse(restore_failed, fmt::format("There is no file {}", backup));
    // SQLite takes an empty file for a new database: it would become one without anything in it.
    if (fs::is_empty(backup, ignored))
        return refuse(restore_failed, fmt::format("{} is empty", backup));
    const fs::path target(settings.database);
    const fs::path fresh = target.string() + ".restoring";
    std::error_code code;
    if (!target.parent_path().empty()) fs::create_directories(target.parent_path(), code);
    fs::remove(fresh, code);
    fs::copy_file(backup, fresh, code);
    if (code)
        return refuse(restore_failed, fmt::format("Cannot copy {}: {}", backup, code.message()));
    {
        // Opening it proves that it is ours and brings its schema up to date.
        db::OpenOptions options;
        options.create = false;
        auto opened = db::open(fresh.string(), options);
        std::string why = opened ? "" : opened.error().details;
        bool whole = false;
        if (opened) try {
                (*opened)->read([&](db::Tx& tx) {
                    tx.query("PRAGMA integrity_check", {},
                             [&](const db::Row& row) { whole = row.text(0) == "ok"; });
                });
            } catch (const db::Failure& failure) {
                why = failure.what();
            }
        if (!whole) {
            fs::remove(fresh, code);
            return refuse(restore_failed, fmt::format("{} is no whole backup of Perennial: {}",
                                                      backup, why.empty() ? "it is damaged" : why));
        }
    }
    if (fs::exists(target)) {
        // Taking the writer's lock shows that no server runs; closing folds the WAL in.
        auto running = db::open(target.string(), {});
        if (!running) {
            fs::remove(fresh, code);
            return refuse(restore_failed, running.error().details);
        }
        running->reset();
        fs::rename(target, target.string() + ".before-restore", code);
        if (code)
            return refuse(restore_failed,
                          fmt::format("Cannot move {}: {}", target.string(), code.message()));
        for (const char* suffix : {"-wal", "-shm"}) fs::remove(target.string() + suffix, code);
    }
    fs::rename(fresh, target, code);
    if (code)
        return refuse(restore_failed, fmt::format("Cannot move the backup to {}: {}",
                                                  target.string(), code.message()));
    for (const char* suffix : {"-wal", "-shm", ".lock"}) fs::remove(fresh.string() + suffix, code);
    return {};
}

}  // namespace perennial::cli
