// The seam between the two databases is the driver: one SQL text in the common subset of SQLite and
// PostgreSQL, `?` parameters, and three bulk forms that each driver runs its own way (a prepared
// loop on SQLite, `unnest` arrays on PostgreSQL). Stores are free functions over a Tx.
//
// Values are integers (64 bit), text and blobs. Column types in migrations: $int, $text, $blob (see
// migrate.hpp). Booleans are 0/1, times are milliseconds, ids are blobs of 16.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/function_ref.hpp"
#include "base/id.hpp"
#include "base/time.hpp"

namespace perennial::db {

enum class Dialect : std::uint8_t { sqlite, postgres };

/// A parameter or a column. Text and blobs are views: into the caller's memory for parameters, into
/// the driver's for columns (valid until the row callback returns).
struct Value {
    enum class Kind : std::uint8_t { null, integer, text, blob };
    Kind kind = Kind::null;
    std::int64_t integer = 0;
    std::string_view bytes;

    Value() = default;
    Value(std::nullptr_t) {}  // NOLINT: implicit by purpose, as the following
    Value(std::int64_t v) : kind(Kind::integer), integer(v) {}
    Value(int v) : Value(static_cast<std::int64_t>(v)) {}
    Value(std::uint32_t v) : Value(static_cast<std::int64_t>(v)) {}
    Value(bool v) : Value(static_cast<std::int64_t>(v)) {}
    Value(Timestamp t) : Value(t.ms) {}
    Value(std::string_view v) : kind(Kind::text), bytes(v) {}
    Value(const std::string& v) : Value(std::string_view(v)) {}
    Value(const char* v) : Value(std::string_view(v)) {}
    Value(const RawId& id) : kind(Kind::blob), bytes(id.view()) {}
    Value(RawId&&) = delete;  ///< would dangle
    template <class T>
    Value(const std::optional<T>& v) {
        if (v) *this = Value(*v);
    }
    static Value blob(std::string_view v) {
        Value out(v);
        out.kind = Kind::blob;
        return out;
    }
    /// The id, or null for the nil id.
    static Value id_or_null(const RawId& id) { return id.is_nil() ? Value() : Value(id); }
};

/// One row of an answer. Reading a column as what it is not is a broken invariant.
class Row {
  public:
    explicit Row(std::span<const Value> columns) : columns_(columns) {}

    bool is_null(std::size_t i) const { return columns_[i].kind == Value::Kind::null; }
    std::int64_t integer(std::size_t i) const {
        CHECK(columns_[i].kind == Value::Kind::integer);
        return columns_[i].integer;
    }
    std::int64_t integer_or(std::size_t i, std::int64_t otherwise) const {
        return is_null(i) ? otherwise : integer(i);
    }
    bool boolean(std::size_t i) const { return integer(i) != 0; }
    Timestamp time(std::size_t i) const { return {integer(i)}; }
    std::optional<Timestamp> time_or_null(std::size_t i) const {
        return is_null(i) ? std::nullopt : std::optional(time(i));
    }
    std::string_view text(std::size_t i) const {
        CHECK(columns_[i].kind == Value::Kind::text);
        return columns_[i].bytes;
    }
    std::string_view text_or_empty(std::size_t i) const {
        return is_null(i) ? std::string_view() : text(i);
    }
    std::optional<std::string> text_or_null(std::size_t i) const {
        return is_null(i) ? std::nullopt : std::optional(std::string(text(i)));
    }
    std::string_view blob(std::size_t i) const {
        CHECK(columns_[i].kind == Value::Kind::blob);
        return columns_[i].bytes;
    }
    template <class IdType = RawId>
    IdType id(std::size_t i) const {
        return is_null(i) ? IdType{} : IdType(RawId::from_bytes(blob(i)));
    }
    std::size_t size() const { return columns_.size(); }

  private:
    std::span<const Value> columns_;
};

using RowCallback = FunctionRef<void(const Row&)>;

/// Rows of parameters, all of the same width; `rows.add({bucket, project, id, …})`.
class Rows {
  public:
    explicit Rows(std::size_t width) : width_(width) {}
    void add(std::initializer_list<Value> row) {
        CHECK(row.size() == width_);
        values_.insert(values_.end(), row.begin(), row.end());
    }
    void reserve(std::size_t rows) { values_.reserve(rows * width_); }
    std::size_t width() const { return width_; }
    std::size_t count() const { return width_ == 0 ? 0 : values_.size() / width_; }
    bool empty() const { return values_.empty(); }
    std::span<const Value> row(std::size_t i) const {
        return std::span(values_).subspan(i * width_, width_);
    }

  private:
    std::size_t width_;
    std::vector<Value> values_;
};

/// A database failed. What kind decides what the caller does; `message` is for the log.
class Failure : public std::runtime_error {
  public:
    enum class Kind : std::uint8_t {
        retry,        // serialization failure, deadlock, busy: repeat the transaction
        connection,   // lost before COMMIT was sent: nothing happened, repeat
        unknown,      // lost at COMMIT: the marker row decides (decisions.md 5)
        constraint,   // unique, foreign key, check
        disk_full,    // answer 503 and go read-only
        unavailable,  // cannot connect
        corrupt,      // the file is damaged or no database
        error         // anything else: a defect
    };
    Failure(Kind kind, const std::string& message) : std::runtime_error(message), kind_(kind) {}
    Kind kind() const { return kind_; }

  private:
    Kind kind_;
};

/// A bulk form. All names are literals of the store that owns the table; the struct lives as long
/// as the program (static const), so drivers key their prepared statements by its address.
struct Insert {
    const char* table;
    std::vector<const char*> columns;
    /// Columns of the unique key on whose conflict the row is left alone; empty = a conflict fails.
    std::vector<const char*> or_ignore = {};
    /// With `or_ignore`: on a conflict these columns are incremented instead. The rows of one call
    /// differ in their keys.
    std::vector<const char*> or_add = {};
};
struct Update {
    const char* table;
    std::vector<const char*> keys;  ///< come first in each row of parameters
    std::vector<const char*> set;
    /// Columns incremented by their parameter; after `set` in each row of parameters.
    std::vector<const char*> add = {};
    /// Extra guard over the table's columns, e.g. "used + 1 <= cap"; empty = none.
    const char* guard = "";
};
/// `columns` of the rows whose `keys` equal one of the rows of parameters, in key order.
struct Select {
    const char* table;
    std::vector<const char*> keys;
    std::vector<const char*> columns;
    bool for_update = false;  ///< row locks in key order (PostgreSQL)
};
struct Delete {
    const char* table;
    std::vector<const char*> keys;
};

class Tx {
  public:
    virtual ~Tx() = default;

    virtual Dialect dialect() const = 0;
    /// N of the database: `bucket = place mod N`.
    virtual int buckets() const = 0;
    std::int64_t bucket(Place place) const { return place % buckets(); }

    virtual void query(std::string_view sql, std::span<const Value> parameters, RowCallback) = 0;
    /// Rows changed.
    virtual std::int64_t execute(std::string_view sql, std::span<const Value> parameters) = 0;

    virtual std::int64_t insert(const Insert&, const Rows&) = 0;  ///< rows inserted
    virtual std::int64_t update(const Update&, const Rows&) = 0;  ///< rows changed; no key twice
    virtual void select(const Select&, const Rows& keys, RowCallback) = 0;
    virtual std::int64_t remove(const Delete&, const Rows& keys) = 0;

    // Conveniences over the above.
    void query(std::string_view sql, std::initializer_list<Value> parameters,
               RowCallback callback) {
        query(sql, std::span(parameters.begin(), parameters.size()), callback);
    }
    std::int64_t execute(std::string_view sql, std::initializer_list<Value> parameters = {}) {
        return execute(sql, std::span(parameters.begin(), parameters.size()));
    }
};

/// A writing transaction. Destroyed without commit, it rolls back.
class WriteTx : public Tx {
  public:
    virtual void commit() = 0;
};

class Database {
  public:
    virtual ~Database() = default;

    virtual Dialect dialect() const = 0;
    virtual int buckets() const = 0;

    /// Begins a writing transaction on a connection of its own until it ends. SQLite has one
    /// writer: a second caller waits. Throws Failure.
    virtual std::unique_ptr<WriteTx> begin_write() = 0;
    /// Runs `body` in a short reading transaction (one snapshot) on a reader connection.
    virtual void read(FunctionRef<void(Tx&)> body) = 0;

    /// SQLite: checkpoint the WAL when it has passed its bound; called by the committer between two
    /// batches. PostgreSQL: nothing.
    virtual void between_batches() = 0;
    /// Copies the running database into one file while writers go on (SQLite's online backup, in
    /// steps on the writer's connection). PostgreSQL: refuses with a text that names pg_dump and
    /// pg_basebackup.
    virtual Result<void> backup_to(const std::string& file) = 0;
    /// Text for logs, without password.
    virtual std::string describe() const = 0;
};

struct OpenOptions {
    int buckets = 0;       ///< of a new database; 0 = 1 on SQLite, 256 on PostgreSQL
    int readers = 2;       ///< reader connections
    int writers = 1;       ///< PostgreSQL: writer connections
    int cache_mb = 32;     ///< SQLite page cache of the writer
    std::string vfs = {};  ///< SQLite VFS to use; empty = the default (tests inject faults)
    bool create = true;    ///< SQLite: create the file when it is missing
    /// For tools beside a running server (verify, export): no lock, no migration, begin_write
    /// throws.
    bool read_only = false;
    /// SQLite: takes the file's lock, so that a second server is refused. Tools that write a little
    /// beside a running server (keys, apply) do not.
    bool exclusive = true;
    int wal_bound_mb = 128;  ///< SQLite: the writer makes the WAL wrap past this
    /// SQLite: false = no syncs, for throw-away files only (import --check).
    bool durable = true;
};

/// Opens `postgresql://…` or a SQLite file (":memory:" is refused: readers could not see it) and
/// brings its schema up to date. Refusals say what to do. The number of buckets is written into the
/// database at creation and read back ever after.
Result<std::unique_ptr<Database>> open(const std::string& url, const OpenOptions&);

}  // namespace perennial::db
