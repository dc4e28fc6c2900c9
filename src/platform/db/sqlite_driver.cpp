#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <cstring>
#include <filesystem>
#include <mutex>

#include "platform/db/driver.hpp"
#include "platform/db/sqlite_backup.hpp"
#include "platform/db/sqlite_checkpoints.hpp"
#include "platform/db/sqlite_connection.hpp"
#include "platform/db/turn.hpp"

namespace perennial::db {

namespace {

constexpr int page_size = 4096;
constexpr int reader_cache_mb = 4;
constexpr int application_id = 0x50455245;  // "PERE"
// Long readers keep the WAL from wrapping.
constexpr auto reading_time_max = std::chrono::seconds(30);
constexpr int steps_between_looks_at_the_clock = 100'000;

/// One server at a time serves a data file: two would be safe, but each would wait for the other's
/// locks.
class FileLock {
  public:
    explicit FileLock(const std::string& file) : path_(file + ".lock") {
        handle_ = ::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        if (handle_ < 0) {
            throw Failure(Failure::Kind::unavailable,
                          fmt::format("cannot write {}: {}", path_, std::strerror(errno)));
        }
        if (::flock(handle_, LOCK_EX | LOCK_NB) != 0) {
            ::close(handle_);
            throw Failure(
                Failure::Kind::unavailable,
                fmt::format("{} is served by another process of Perennial; stop it first, "
                            "or give this one another data folder",
                            file));
        }
    }
    ~FileLock() { ::close(handle_); }
    FileLock(const FileLock&) = delete;
    FileLock& operator=(const FileLock&) = delete;

  private:
    std::string path_;
    int handle_ = -1;
};

std::string insert_text(const Insert& form) {
    std::string marks;
    for (std::size_t i = 0; i < form.columns.size(); ++i) marks += i == 0 ? "?" : ", ?";
    std::string sql =
        fmt::format("INSERT INTO {} ({}) VALUES ({})", form.table, joined(form.columns), marks);
    if (!form.or_ignore.empty()) {
        sql += fmt::format(" ON CONFLICT ({}) DO {}", joined(form.or_ignore), conflict_text(form));
    }
    return sql;
}

/// "a = ?1 AND b = ?2"
std::string key_text(std::span<const char* const> keys) {
    std::string sql;
    for (std::size_t i = 0; i < keys.size(); ++i) {
        sql += fmt::format("{}{} = ?{}", i == 0 ? "" : " AND ", keys[i], i + 1);
    }
    return sql;
}

std::string update_text(const Update& form) {
    std::string set;
    for (std::size_t i = 0; i < form.set.size(); ++i) {
        set += fmt::format("{}{} = ?{}", i == 0 ? "" : ", ", form.set[i], form.keys.size() + i + 1);
    }
    const std::size_t before_add = form.keys.size() + form.set.size();
    for (std::size_t i = 0; i < form.add.size(); ++i) {
        set += fmt::format("{}{} = {} + ?{}", set.empty() ? "" : ", ", form.add[i], form.add[i],
                           before_add + i + 1);
    }
    std::string sql =
        fmt::format("UPDATE {} SET {} WHERE {}", form.table, set, key_text(form.keys));
    if (*form.guard != '\0') sql += fmt::format(" AND ({})", form.guard);
    return sql;
}

class SqliteTx final : public WriteTx {
  public:
    /// Writes when given the turn of the writer's connection, which it holds to its end.
    SqliteTx(SqliteConnection& connection, int buckets, Turn* turn)
        : on_(connection), buckets_(buckets) {
        if (turn != nullptr) turn_.emplace(*turn);
        on_.statement(turn == nullptr ? "BEGIN" : "BEGIN IMMEDIATE")->run();
    }
    ~SqliteTx() override { on_.rollback_if_open(); }

    Dialect dialect() const override { return Dialect::sqlite; }
    int buckets() const override { return buckets_; }

    void query(std::string_view sql, std::span<const Value> parameters,
               RowCallback callback) override {
        const auto statement = on_.statement(sql);
        statement->bind(parameters);
        statement->run(callback);
    }

    std::int64_t execute(std::string_view sql, std::span<const Value> parameters) override {
        const auto statement = on_.statement(sql);
        statement->bind(parameters);
        return statement->run();
    }

    std::int64_t insert(const Insert& form, const Rows& rows) override {
        CHECK(rows.width() == form.columns.size());
        return run_for_each(&form, rows, in_given_order(rows), [&] { return insert_text(form); });
    }

    std::int64_t update(const Update& form, const Rows& rows) override {
        CHECK(rows.width() == form.keys.size() + form.set.size() + form.add.size());
        // Neighbours share pages.
        return run_for_each(&form, rows, in_key_order(rows, form.keys.size()),
                            [&] { return update_text(form); });
    }

    std::int64_t remove(const Delete& form, const Rows& keys) override {
        CHECK(keys.width() == form.keys.size());
        return run_for_each(&form, keys, distinct_in_key_order(keys), [&] {
            return fmt::format("DELETE FROM {} WHERE {}", form.table, key_text(form.keys));
        });
    }

    void select(const Select& form, const Rows& keys, RowCallback callback) override {
        CHECK(keys.width() == form.keys.size());
        if (keys.empty()) return;
        const auto statement = on_.statement(&form, [&] {
            return fmt::format("SELECT {} FROM {} WHERE {}", joined(form.columns), form.table,
                               key_text(form.keys));
        });
        for (const std::size_t i : distinct_in_key_order(keys)) {
            statement->bind(keys.row(i));
            statement->run(callback);
        }
    }

    void commit() override {
        CHECK(on_.in_transaction());
        on_.statement("COMMIT")->run();
    }

  private:
    std::int64_t run_for_each(const void* form, const Rows& rows,
                              std::span<const std::size_t> order, FunctionRef<std::string()> text) {
        if (rows.empty()) return 0;
        const auto statement = on_.statement(form, text);
        std::int64_t changed = 0;
        for (const std::size_t i : order) {
            statement->bind(rows.row(i));
            changed += statement->run();
        }
        return changed;
    }

    std::optional<Turn::Holder> turn_;
    SqliteConnection& on_;
    int buckets_;
};

class SqliteDatabase final : public DriverDatabase {
  public:
    SqliteDatabase(const std::string& file, const OpenOptions& options)
        : file_(file), options_(options) {
        if (!options.read_only && options.exclusive) lock_.emplace(file);
        writer_.emplace(settings(options.create && !options.read_only, options.cache_mb));
        if (options.read_only) {
            writer_->execute("PRAGMA query_only = ON");
        } else {
            prepare_file();
        }
        idle_readers_.reserve(static_cast<std::size_t>(options.readers));
        if (!options.read_only) {
            checkpoints_.emplace(settings(false, reader_cache_mb), options.wal_bound_mb);
            sqlite3_wal_hook(writer_->handle(), on_commit, this);
        }
    }

    ~SqliteDatabase() override {
        // The writer closes last: it checkpoints what is left and removes the WAL.
        checkpoints_.reset();
        idle_readers_.clear();
    }

    Dialect dialect() const override { return Dialect::sqlite; }

    std::unique_ptr<WriteTx> begin_write() override {
        if (options_.read_only) {
            throw Failure(Failure::Kind::error, file_ + " was opened for reading only");
        }
        if (checkpoints_->disk_failed()) {
            throw Failure(Failure::Kind::unavailable,
                          "the disk has failed to write " + file_ +
                              "; check the disk, then start the server again");
        }
        return std::make_unique<SqliteTx>(*writer_, buckets(), &turn_);
    }

    std::unique_ptr<WriteTx> begin_migration() override { return begin_write(); }

    void read(FunctionRef<void(Tx&)> body) override {
        ReaderLease reader(*this);
        SqliteConnection& connection = *reader.connection;
        // A tool beside the server (verify of a big ledger) holds up nobody.
        reader.deadline = options_.read_only ? std::chrono::steady_clock::time_point::max()
                                             : std::chrono::steady_clock::now() + reading_time_max;
        SqliteTx tx(connection, buckets(), nullptr);
        body(tx);
    }

    void between_batches() override {
        if (!checkpoints_) return;
        const Turn::Holder turn(turn_);
        checkpoints_->between_batches(*writer_);
    }

    Result<void> backup_to(const std::string& file) override {
        if (!options_.read_only) return back_up_sqlite(*writer_, turn_, file);
        // Beside a running server: one snapshot, else each of its commits would start the copy
        // anew.
        writer_->execute("BEGIN");
        writer_->pragma("SELECT count(*) FROM sqlite_master");
        auto done = back_up_sqlite(*writer_, turn_, file);
        writer_->execute("ROLLBACK");
        return done;
    }

    std::string describe() const override { return "SQLite file " + file_; }

  private:
    struct ReaderLease {
        explicit ReaderLease(SqliteDatabase& of) : database(of) {
            std::unique_lock lock(database.readers_mutex_);
            database.reader_free_.wait(lock, [&] {
                return !database.idle_readers_.empty() ||
                       database.readers_made_ < std::max(1, database.options_.readers);
            });
            if (!database.idle_readers_.empty()) {
                connection = std::move(database.idle_readers_.back());
                database.idle_readers_.pop_back();
            } else {
                ++database.readers_made_;
                lock.unlock();
                make();
            }
            sqlite3_progress_handler(connection->handle(), steps_between_looks_at_the_clock,
                                     is_too_late, this);
        }
        ~ReaderLease() {
            if (!connection) return;
            sqlite3_progress_handler(connection->handle(), 0, nullptr, nullptr);
            const std::lock_guard lock(database.readers_mutex_);
            database.idle_readers_.push_back(std::move(connection));
            database.reader_free_.notify_one();
        }
        void make() {
            try {
                auto reader_settings = database.settings(false, reader_cache_mb);
                reader_settings.query_only = true;
                connection = std::make_unique<SqliteConnection>(reader_settings);
            } catch (...) {
                const std::lock_guard lock(database.readers_mutex_);
                --database.readers_made_;
                database.reader_free_.notify_one();
                throw;
            }
        }
        static int is_too_late(void* lease) {
            return std::chrono::steady_clock::now() > static_cast<ReaderLease*>(lease)->deadline;
        }
        ReaderLease(const ReaderLease&) = delete;
        ReaderLease& operator=(const ReaderLease&) = delete;

        SqliteDatabase& database;
        std::unique_ptr<SqliteConnection> connection;
        std::chrono::steady_clock::time_point deadline;
    };

    SqliteConnection::Settings settings(bool create, int cache_mb) const {
        return {.file = file_,
                .vfs = options_.vfs,
                .create = create,
                .cache_mb = cache_mb,
                .durable = options_.durable};
    }

    void prepare_file() {
        const bool is_empty = writer_->pragma("SELECT count(*) FROM sqlite_master") == 0;
        if (is_empty) {
            writer_->execute(fmt::format("PRAGMA page_size = {}", page_size).c_str());
            writer_->execute(fmt::format("PRAGMA application_id = {}", application_id).c_str());
        } else if (writer_->pragma("PRAGMA application_id") != application_id) {
            throw Failure(Failure::Kind::corrupt,
                          file_ + " is a SQLite file, but not one of Perennial");
        }
        writer_->execute("PRAGMA journal_mode = WAL");
        writer_->execute("PRAGMA secure_delete = ON");
        writer_->execute("PRAGMA wal_autocheckpoint = 0");
        const std::int64_t wal_size_kept = std::int64_t{options_.wal_bound_mb} << 21;
        writer_->execute(fmt::format("PRAGMA journal_size_limit = {}", wal_size_kept).c_str());
    }

    static int on_commit(void* self, sqlite3*, const char*, int wal_pages) {
        static_cast<SqliteDatabase*>(self)->checkpoints_->committed(wal_pages);
        return SQLITE_OK;
    }

    std::string file_;
    OpenOptions options_;
    std::optional<FileLock> lock_;
    Turn turn_;
    std::optional<SqliteConnection> writer_;
    std::mutex readers_mutex_;
    std::condition_variable reader_free_;
    int readers_made_ = 0;
    std::vector<std::unique_ptr<SqliteConnection>> idle_readers_;
    std::optional<SqliteCheckpoints> checkpoints_;
};

}  // namespace

std::unique_ptr<DriverDatabase> connect_sqlite(const std::string& file,
                                               const OpenOptions& options) {
    // Another VFS may keep its files elsewhere.
    const bool exists = !options.vfs.empty() || std::filesystem::exists(file);
    if (!exists && (!options.create || options.read_only)) {
        throw Failure(Failure::Kind::unavailable, "there is no file " + file);
    }
    return std::make_unique<SqliteDatabase>(file, options);
}

}  // namespace perennial::db
