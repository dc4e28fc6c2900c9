// One PostgreSQL connection, always in pipeline mode: statements are sent as they come, and results
// are read when one of them is needed. Not thread-safe: one thread at a time.
#pragma once
#include <libpq-fe.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "platform/db/postgres_values.hpp"

namespace perennial::db {

struct ResultDeleter {
    void operator()(PGresult* result) const { PQclear(result); }
};
using PostgresResult = std::unique_ptr<PGresult, ResultDeleter>;

/// A statement that the server knows by name on one connection.
struct PostgresStatement {
    std::string name;
    std::string sql;
    std::vector<Oid> parameter_types;
    bool is_prepared = false;
};

/// Binary parameters. Those made here (numbers, arrays) live in `own`.
struct PostgresParameters {
    void add_null();
    void add(std::string own_bytes);
    void add_view(std::string_view bytes);

    std::vector<std::unique_ptr<std::string>> own;
    std::vector<const char*> values;
    std::vector<int> lengths;
};

class PostgresConnection {
  public:
    struct Settings {
        std::string url;
        bool is_writer = false;
    };
    /// Throws Failure (unavailable) when the server cannot be reached or refuses.
    explicit PostgresConnection(const Settings&);
    ~PostgresConnection();
    PostgresConnection(const PostgresConnection&) = delete;
    PostgresConnection& operator=(const PostgresConnection&) = delete;

    /// An idle connection has nothing to read; if there is something, the server is going away.
    bool is_alive_when_idle();
    bool is_broken() const { return broken_ || PQstatus(handle_) == CONNECTION_BAD; }

    void send(const char* sql);
    void send(PostgresStatement&, const PostgresParameters&);
    /// Waits for all that was sent and answers the last result. Throws the first Failure; with
    /// `is_commit` the last statement's own failure, or a lost connection, is `unknown`.
    PostgresResult receive(bool is_commit = false);
    bool has_pending() const { return !pending_.empty(); }

    /// The connection's statement of a bulk form; new ones have no text yet.
    PostgresStatement& statement(const void* form);
    /// … of a text with `?`, for parameters of these kinds.
    PostgresStatement& statement(std::string_view sql, std::span<const Value> parameters);
    /// Forgets all when there are many; only between two transactions.
    void trim_statements();

    PGconn* handle() const { return handle_; }

  private:
    struct Pending {
        PostgresStatement* prepares = nullptr;
    };
    void check_sent(int is_sent);
    Failure failure_of(const PGresult*);
    [[noreturn]] void throw_lost(bool is_commit);

    PGconn* handle_ = nullptr;
    bool broken_ = false;
    std::vector<Pending> pending_;
    std::uint64_t statements_made_ = 0;
    std::unordered_map<const void*, std::unique_ptr<PostgresStatement>> by_form_;
    std::unordered_map<std::string, std::unique_ptr<PostgresStatement>> by_text_;
};

/// `?` becomes `$1`, `$2` … outside of literals, quoted names and comments; a null parameter
/// becomes NULL, so that its type needs no guessing.
std::string with_numbered_parameters(std::string_view sql, std::span<const Value> parameters);

}  // namespace perennial::db
