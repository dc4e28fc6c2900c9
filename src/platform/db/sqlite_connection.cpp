#include "platform/db/sqlite_connection.hpp"

#include <fmt/format.h>

#include <cerrno>

#include "platform/db/driver.hpp"
#include "platform/db/sqlite_page_cache.hpp"

namespace perennial::db {

namespace {

constexpr int busy_timeout_ms = 5000;
constexpr std::size_t cached_texts_max = 512;

bool is_out_of_space(sqlite3* handle) {
    const int number = handle == nullptr ? 0 : sqlite3_system_errno(handle);
    return number == ENOSPC || number == EDQUOT;
}

Failure::Kind kind_of(sqlite3* handle, int code) {
    switch (code & 0xff) {
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
            return Failure::Kind::retry;
        case SQLITE_FULL:
            return Failure::Kind::disk_full;
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB:
            return Failure::Kind::corrupt;
        case SQLITE_CONSTRAINT:
            return Failure::Kind::constraint;
        case SQLITE_CANTOPEN:
        case SQLITE_READONLY:
        case SQLITE_PERM:
            return Failure::Kind::unavailable;
        case SQLITE_IOERR:
            return is_out_of_space(handle) ? Failure::Kind::disk_full : Failure::Kind::unavailable;
        default:
            return Failure::Kind::error;
    }
}

}  // namespace

Failure sqlite_failure(sqlite3* handle, int code, std::string_view doing) {
    const char* text = handle == nullptr ? sqlite3_errstr(code) : sqlite3_errmsg(handle);
    return {kind_of(handle, code), fmt::format("SQLite: {} ({}) in: {}", text, code, doing)};
}

SqliteStatement::SqliteStatement(sqlite3* handle, std::string_view sql)
    : handle_(handle), changes_rows_(changes_rows(sql)) {
    const char* rest = nullptr;
    const int code = sqlite3_prepare_v3(handle, sql.data(), static_cast<int>(sql.size()),
                                        SQLITE_PREPARE_PERSISTENT, &statement_, &rest);
    if (code != SQLITE_OK) {
        throw sqlite_failure(handle, sqlite3_extended_errcode(handle), sql);
    }
    const std::string_view left(rest, static_cast<std::size_t>(sql.data() + sql.size() - rest));
    if (statement_ == nullptr || left.find_first_not_of("; \t\r\n") != std::string_view::npos) {
        sqlite3_finalize(statement_);
        throw Failure(Failure::Kind::error, fmt::format("SQLite: not one statement: {}", sql));
    }
}

SqliteStatement::~SqliteStatement() {
    sqlite3_finalize(statement_);
}

void SqliteStatement::bind(std::span<const Value> parameters) {
    const int wanted = sqlite3_bind_parameter_count(statement_);
    if (std::cmp_not_equal(wanted, parameters.size())) {
        throw Failure(Failure::Kind::error,
                      fmt::format("SQLite: {} parameters given, {} in: {}", parameters.size(),
                                  wanted, sqlite3_sql(statement_)));
    }
    int number = 0;
    for (const Value& value : parameters) {
        ++number;
        // A null pointer would bind NULL, and an empty view may carry one.
        const char* bytes = value.bytes.data() == nullptr ? "" : value.bytes.data();
        int code = SQLITE_OK;
        switch (value.kind) {
            case Value::Kind::null:
                code = sqlite3_bind_null(statement_, number);
                break;
            case Value::Kind::integer:
                code = sqlite3_bind_int64(statement_, number, value.integer);
                break;
            case Value::Kind::text:
                code = sqlite3_bind_text64(statement_, number, bytes, value.bytes.size(),
                                           SQLITE_STATIC, SQLITE_UTF8);
                break;
            case Value::Kind::blob:
                code = sqlite3_bind_blob64(statement_, number, bytes, value.bytes.size(),
                                           SQLITE_STATIC);
                break;
        }
        if (code != SQLITE_OK) throw sqlite_failure(handle_, code, sqlite3_sql(statement_));
    }
}

void SqliteStatement::read_columns() {
    columns_.resize(static_cast<std::size_t>(sqlite3_column_count(statement_)));
    int number = 0;
    for (Value& column : columns_) {
        const int i = number++;
        column = Value();
        sqlite3_value* const got = sqlite3_column_value(statement_, i);
        switch (sqlite3_value_type(got)) {
            case SQLITE_NULL:
                break;
            case SQLITE_INTEGER:
                column = Value(static_cast<std::int64_t>(sqlite3_value_int64(got)));
                break;
            case SQLITE_TEXT: {
                const auto* text = reinterpret_cast<const char*>(sqlite3_value_text(got));
                const auto size = static_cast<std::size_t>(sqlite3_value_bytes(got));
                column = Value(std::string_view(text, size));
                break;
            }
            case SQLITE_BLOB: {
                const auto* blob = static_cast<const char*>(sqlite3_value_blob(got));
                const auto size = static_cast<std::size_t>(sqlite3_value_bytes(got));
                column = Value::blob(std::string_view(blob == nullptr ? "" : blob, size));
                break;
            }
            default:
                throw Failure(Failure::Kind::error,
                              fmt::format("SQLite: a floating point number in column {} of: {}", i,
                                          sqlite3_sql(statement_)));
        }
    }
}

void SqliteStatement::run(RowCallback callback) {
    for (;;) {
        const int code = sqlite3_step(statement_);
        if (code == SQLITE_DONE) break;
        if (code != SQLITE_ROW) {
            throw sqlite_failure(handle_, sqlite3_extended_errcode(handle_),
                                 sqlite3_sql(statement_));
        }
        read_columns();
        callback(Row(columns_));
    }
    sqlite3_reset(statement_);
}

std::int64_t SqliteStatement::run() {
    int code = SQLITE_ROW;
    while (code == SQLITE_ROW) code = sqlite3_step(statement_);
    if (code != SQLITE_DONE) {
        throw sqlite_failure(handle_, sqlite3_extended_errcode(handle_), sqlite3_sql(statement_));
    }
    const std::int64_t changed = changes_rows_ ? sqlite3_changes64(handle_) : 0;
    sqlite3_reset(statement_);
    return changed;
}

SqliteConnection::SqliteConnection(const Settings& settings) {
    set_up_sqlite_page_cache();
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
    if (settings.create) flags |= SQLITE_OPEN_CREATE;
    const char* vfs = settings.vfs.empty() ? nullptr : settings.vfs.c_str();
    const int code = sqlite3_open_v2(settings.file.c_str(), &handle_, flags, vfs);
    if (code != SQLITE_OK) {
        const Failure failure = sqlite_failure(handle_, code, "open " + settings.file);
        sqlite3_close(handle_);
        throw failure;
    }
    try {
        sqlite3_busy_timeout(handle_, busy_timeout_ms);
        execute("PRAGMA foreign_keys = ON");
        execute("PRAGMA temp_store = MEMORY");
        // As PostgreSQL's LIKE.
        execute("PRAGMA case_sensitive_like = ON");
        execute(fmt::format("PRAGMA cache_size = -{}", settings.cache_mb * 1024).c_str());
        execute(settings.durable ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = OFF");
        if (settings.query_only) execute("PRAGMA query_only = ON");

    } catch (...) {
        sqlite3_close(handle_);
        throw;
    }
}

SqliteConnection::~SqliteConnection() {
    by_form_.clear();
    by_text_.clear();
    sqlite3_close(handle_);
}

void SqliteConnection::execute(const char* sql) {
    if (sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr) != SQLITE_OK) {
        throw sqlite_failure(handle_, sqlite3_extended_errcode(handle_), sql);
    }
}

std::int64_t SqliteConnection::pragma(const char* sql) {
    std::int64_t value = 0;
    SqliteStatement(handle_, sql).run([&](const Row& row) { value = row.integer(0); });
    return value;
}

void SqliteConnection::rollback_if_open() {
    if (in_transaction()) sqlite3_exec(handle_, "ROLLBACK", nullptr, nullptr, nullptr);
}

SqliteLease SqliteConnection::statement(std::string_view sql) {
    auto found = by_text_.find(sql);
    if (found == by_text_.end()) {
        auto made = std::make_unique<SqliteStatement>(handle_, sql);
        // What runs once (definitions of tables, texts with literals) must not pile up.
        if (!changes_rows(sql) && !starts_with_word(sql, "select")) {
            return SqliteLease(std::move(made));
        }
        if (by_text_.size() >= cached_texts_max) {
            std::erase_if(by_text_, [](const auto& entry) { return !entry.second->in_use; });
        }
        found = by_text_.emplace(std::string(sql), std::move(made)).first;
    }
    if (found->second->in_use) {
        return SqliteLease(std::make_unique<SqliteStatement>(handle_, sql));
    }
    return SqliteLease(found->second.get());
}

SqliteLease SqliteConnection::statement(const void* form, FunctionRef<std::string()> text) {
    auto& cached = by_form_[form];
    if (!cached) cached = std::make_unique<SqliteStatement>(handle_, text());
    if (cached->in_use) return SqliteLease(std::make_unique<SqliteStatement>(handle_, text()));
    return SqliteLease(cached.get());
}

}  // namespace perennial::db
