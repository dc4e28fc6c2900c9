// One SQLite connection with its prepared statements. Not thread-safe: one thread at a time.
#pragma once
#include <sqlite3.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "platform/db/database.hpp"

namespace perennial::db {

/// What a result code means for the caller. `handle` may be null.
Failure sqlite_failure(sqlite3* handle, int code, std::string_view doing);

class SqliteStatement {
  public:
    SqliteStatement(sqlite3* handle, std::string_view sql);
    ~SqliteStatement();
    SqliteStatement(const SqliteStatement&) = delete;
    SqliteStatement& operator=(const SqliteStatement&) = delete;

    void bind(std::span<const Value> parameters);
    /// Runs to the end; hands on each row.
    void run(RowCallback);
    /// Runs a statement that answers no rows; rows changed.
    std::int64_t run();
    void reset() { sqlite3_reset(statement_); }

    bool in_use = false;

  private:
    void read_columns();

    sqlite3* handle_;
    sqlite3_stmt* statement_ = nullptr;
    bool changes_rows_;
    std::vector<Value> columns_;
};

/// A statement for one use; given back (and reset) at the end of the scope.
class SqliteLease {
  public:
    explicit SqliteLease(SqliteStatement* cached) : statement_(cached) { cached->in_use = true; }
    explicit SqliteLease(std::unique_ptr<SqliteStatement> own)
        : own_(std::move(own)), statement_(own_.get()) {}
    ~SqliteLease() {
        statement_->reset();
        statement_->in_use = false;
    }
    SqliteLease(const SqliteLease&) = delete;
    SqliteLease& operator=(const SqliteLease&) = delete;
    SqliteStatement* operator->() const { return statement_; }

  private:
    std::unique_ptr<SqliteStatement> own_;
    SqliteStatement* statement_;
};

class SqliteConnection {
  public:
    struct Settings {
        std::string file;
        std::string vfs;
        bool create = false;
        int cache_mb = 8;
        bool query_only = false;
        bool durable = true;
    };
    explicit SqliteConnection(const Settings&);
    ~SqliteConnection();
    SqliteConnection(const SqliteConnection&) = delete;
    SqliteConnection& operator=(const SqliteConnection&) = delete;

    sqlite3* handle() const { return handle_; }
    void execute(const char* sql);
    std::int64_t pragma(const char* sql);
    bool in_transaction() const { return sqlite3_get_autocommit(handle_) == 0; }
    void rollback_if_open();

    SqliteLease statement(std::string_view sql);
    /// Of a bulk form: `text` is asked only the first time.
    SqliteLease statement(const void* form, FunctionRef<std::string()> text);

  private:
    struct TextHash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const {
            return std::hash<std::string_view>{}(text);
        }
    };
    sqlite3* handle_ = nullptr;
    std::unordered_map<const void*, std::unique_ptr<SqliteStatement>> by_form_;
    std::unordered_map<std::string, std::unique_ptr<SqliteStatement>, TextHash, std::equal_to<>>
        by_text_;
};

}  // namespace perennial::db
