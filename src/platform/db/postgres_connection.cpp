#include "platform/db/postgres_connection.hpp"

#include <fmt/format.h>
#include <poll.h>

#include <array>
#include <cstring>
#include <optional>

namespace perennial::db {

namespace {

constexpr std::size_t cached_texts_max = 512;

// Writers find rows by key and by key only. A plan made while a table was still empty would read it
// whole, and stay in the cache until statistics come.
constexpr const char* writer_settings =
    "SET statement_timeout = '60s'; SET lock_timeout = '5s'; SET jit = off; "
    "SET idle_in_transaction_session_timeout = '60s'; SET plan_cache_mode = force_generic_plan; "
    "SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off; "
    "SELECT set_config('synchronous_commit', 'on', false) "
    "WHERE current_setting('synchronous_commit') = 'off'";
constexpr const char* reader_settings =
    "SET statement_timeout = '30s'; SET jit = off; "
    "SET idle_in_transaction_session_timeout = '60s'; SET default_transaction_read_only = on";

std::string first_line(const char* text) {
    std::string_view view(text == nullptr ? "" : text);
    return std::string(view.substr(0, view.find('\n')));
}

Failure::Kind kind_of_state(std::string_view state) {
    if (state.starts_with("40") || state == "55P03" || state == "53200") {
        return Failure::Kind::retry;
    }
    // 25006: after a failover this server has become a standby.
    if (state.starts_with("08") || state.starts_with("57P") || state == "25006") {
        return Failure::Kind::connection;
    }
    if (state.starts_with("23")) return Failure::Kind::constraint;
    if (state == "53100") return Failure::Kind::disk_full;
    if (state == "53300") return Failure::Kind::unavailable;
    if (state == "XX001" || state == "XX002") return Failure::Kind::corrupt;
    return Failure::Kind::error;
}

std::string_view diagnostic(const PGresult* result, int field) {
    const char* text = PQresultErrorField(result, field);
    return text == nullptr ? "" : text;
}

/// The statement was prepared before the table changed, or the server has forgotten it.
bool is_about_prepared(const PGresult* result, std::string_view state) {
    return state == "26000" || (state == "0A000" && diagnostic(result, PG_DIAG_SOURCE_FUNCTION) ==
                                                        "RevalidateCachedQuery");
}

/// How far a literal, a quoted name or a comment reaches that begins here; 0 when none does.
std::size_t length_of_quoted(std::string_view sql) {
    const auto up_to = [&](std::string_view end, std::size_t from) {
        const auto at = sql.find(end, from);
        return at == std::string_view::npos ? sql.size() : at + end.size();
    };
    if (sql.starts_with('\'')) return up_to("'", 1);
    if (sql.starts_with('"')) return up_to("\"", 1);
    if (sql.starts_with("--")) return up_to("\n", 2);
    if (sql.starts_with("/*")) return up_to("*/", 2);
    return 0;
}

}  // namespace

std::string with_numbered_parameters(std::string_view sql, std::span<const Value> parameters) {
    std::string out;
    std::size_t seen = 0;
    int number = 0;
    while (!sql.empty()) {
        if (const auto length = length_of_quoted(sql); length != 0) {
            out += sql.substr(0, length);
            sql.remove_prefix(length);
            continue;
        }
        if (sql[0] != '?') {
            out += sql[0];
        } else if (seen < parameters.size() && parameters[seen].kind == Value::Kind::null) {
            out += "NULL";
            ++seen;
        } else {
            out += fmt::format("${}", ++number);
            ++seen;
        }
        sql.remove_prefix(1);
    }
    if (seen != parameters.size()) {
        throw Failure(Failure::Kind::error,
                      fmt::format("PostgreSQL: {} parameters given, {} in: {}", parameters.size(),
                                  seen, out));
    }
    return out;
}

void PostgresParameters::add_null() {
    values.push_back(nullptr);
    lengths.push_back(0);
}

void PostgresParameters::add(std::string own_bytes) {
    own.push_back(std::make_unique<std::string>(std::move(own_bytes)));
    add_view(*own.back());
}

void PostgresParameters::add_view(std::string_view bytes) {
    values.push_back(bytes.data() == nullptr ? "" : bytes.data());
    lengths.push_back(static_cast<int>(bytes.size()));
}

PostgresConnection::PostgresConnection(const Settings& settings) {
    // The URL comes last but one, so that it may say otherwise; the encoding may not.
    const std::array names{"connect_timeout",     "fallback_application_name",
                           "tcp_user_timeout",    "keepalives_idle",
                           "keepalives_interval", "dbname",
                           "client_encoding",     static_cast<const char*>(nullptr)};
    const std::array values{"5",  "perennial",          "20000", "30",
                            "10", settings.url.c_str(), "UTF8",  static_cast<const char*>(nullptr)};
    handle_ = PQconnectdbParams(names.data(), values.data(), 1);
    if (handle_ == nullptr) throw std::bad_alloc();
    PQsetNoticeProcessor(handle_, [](void*, const char*) {}, nullptr);
    std::string mistake;
    if (PQstatus(handle_) != CONNECTION_OK) {
        mistake = first_line(PQerrorMessage(handle_));
    } else {
        const PostgresResult set(
            PQexec(handle_, settings.is_writer ? writer_settings : reader_settings));
        const auto status = PQresultStatus(set.get());
        if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
            mistake = first_line(PQerrorMessage(handle_));
        } else if (PQenterPipelineMode(handle_) != 1) {
            mistake = "cannot enter pipeline mode";
        }
    }
    if (!mistake.empty()) {
        PQfinish(handle_);
        throw Failure(Failure::Kind::unavailable, "PostgreSQL: " + mistake);
    }
}

PostgresConnection::~PostgresConnection() {
    PQfinish(handle_);
}

bool PostgresConnection::is_alive_when_idle() {
    if (is_broken()) return false;
    pollfd socket{.fd = PQsocket(handle_), .events = POLLIN, .revents = 0};
    if (poll(&socket, 1, 0) <= 0) return true;
    // A changed setting of the server is told like this too; the end of the connection is not.
    return PQconsumeInput(handle_) == 1 && (poll(&socket, 1, 0) <= 0);
}

void PostgresConnection::check_sent(int is_sent) {
    if (is_sent == 1) return;
    broken_ = true;
    throw Failure(Failure::Kind::connection, "PostgreSQL: " + first_line(PQerrorMessage(handle_)));
}

void PostgresConnection::send(const char* sql) {
    check_sent(PQsendQueryParams(handle_, sql, 0, nullptr, nullptr, nullptr, nullptr, 1));
    pending_.push_back({});
}

void PostgresConnection::send(PostgresStatement& statement, const PostgresParameters& parameters) {
    if (!statement.is_prepared) {
        check_sent(PQsendPrepare(handle_, statement.name.c_str(), statement.sql.c_str(),
                                 static_cast<int>(statement.parameter_types.size()),
                                 statement.parameter_types.data()));
        pending_.push_back({.prepares = &statement});
        statement.is_prepared = true;
    }
    const std::vector<int> formats(parameters.values.size(), 1);
    check_sent(PQsendQueryPrepared(
        handle_, statement.name.c_str(), static_cast<int>(parameters.values.size()),
        parameters.values.data(), parameters.lengths.data(), formats.data(), 1));
    pending_.push_back({});
    // The server works on it while the next statement is made.
    if (PQflush(handle_) < 0) check_sent(0);
}

Failure PostgresConnection::failure_of(const PGresult* result) {
    const std::string_view state = diagnostic(result, PG_DIAG_SQLSTATE);
    Failure::Kind kind = state.empty() ? Failure::Kind::connection : kind_of_state(state);
    if (is_about_prepared(result, state)) {
        kind = Failure::Kind::retry;
        broken_ = true;
    }
    if (kind == Failure::Kind::connection) broken_ = true;
    return {kind,
            fmt::format("PostgreSQL: {} ({})", first_line(PQresultErrorMessage(result)), state)};
}

void PostgresConnection::throw_lost(bool is_commit) {
    broken_ = true;
    pending_.clear();
    throw Failure(is_commit ? Failure::Kind::unknown : Failure::Kind::connection,
                  "PostgreSQL: the connection is lost: " + first_line(PQerrorMessage(handle_)));
}

PostgresResult PostgresConnection::receive(bool is_commit) {
    if (PQpipelineSync(handle_) != 1) throw_lost(is_commit);
    std::optional<Failure> first_failure;
    PostgresResult last;
    for (std::size_t i = 0; i < pending_.size(); ++i) {
        PostgresResult result(PQgetResult(handle_));
        if (!result) throw_lost(is_commit);
        const auto status = PQresultStatus(result.get());
        const bool is_done = status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
        if (!is_done && pending_[i].prepares != nullptr) pending_[i].prepares->is_prepared = false;
        if (!is_done && status != PGRES_PIPELINE_ABORTED && !first_failure) {
            first_failure = failure_of(result.get());
            // Whatever COMMIT itself answers but success: the marker row decides.
            if (is_commit && i + 1 == pending_.size()) {
                first_failure = Failure(Failure::Kind::unknown, first_failure->what());
            }
        }
        last = std::move(result);
        while (const PostgresResult rest{PQgetResult(handle_)}) {
        }
        if (PQstatus(handle_) == CONNECTION_BAD) {
            // Unless a statement before COMMIT was refused, and so the transaction with it.
            if (first_failure && first_failure->kind() != Failure::Kind::connection && is_commit) {
                break;
            }
            throw_lost(is_commit);
        }
    }
    pending_.clear();
    if (PQstatus(handle_) != CONNECTION_BAD) {
        const PostgresResult sync(PQgetResult(handle_));
        if (PQresultStatus(sync.get()) != PGRES_PIPELINE_SYNC) broken_ = true;
    }
    if (first_failure) throw Failure(*first_failure);
    return last;
}

PostgresStatement& PostgresConnection::statement(const void* form) {
    auto& cached = by_form_[form];
    if (!cached) {
        cached = std::make_unique<PostgresStatement>();
        cached->name = fmt::format("s{}", ++statements_made_);
    }
    return *cached;
}

PostgresStatement& PostgresConnection::statement(std::string_view sql,
                                                 std::span<const Value> parameters) {
    std::string key(sql);
    for (const Value& value : parameters) key += static_cast<char>(value.kind);
    auto& cached = by_text_[key];
    if (!cached) {
        auto made = std::make_unique<PostgresStatement>();
        made->name = fmt::format("s{}", ++statements_made_);
        made->sql = with_numbered_parameters(sql, parameters);
        for (const Value& value : parameters) {
            if (value.kind == Value::Kind::null) continue;
            made->parameter_types.push_back(type_of_kind(value.kind));
        }
        cached = std::move(made);
    }
    return *cached;
}

void PostgresConnection::trim_statements() {
    if (by_text_.size() <= cached_texts_max) return;
    send("DEALLOCATE ALL");
    receive();
    by_text_.clear();
    by_form_.clear();
}

}  // namespace perennial::db
