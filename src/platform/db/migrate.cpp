#include "platform/db/migrate.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <random>
#include <thread>

#include "platform/db/driver.hpp"

namespace perennial::db {

namespace {

constexpr int buckets_max = 4096;
constexpr int attempts_max = 5;

struct Word {
    std::string_view name;
    std::string_view sqlite;
    std::string_view postgres;
};
// Longer names first where one begins with another.
constexpr std::array words{
    // STRICT: a value of another type than the column's is refused, as on PostgreSQL.
    Word{"$clustered", "WITHOUT ROWID, STRICT", ""},
    Word{"$updated", "WITHOUT ROWID, STRICT", "WITH (fillfactor = 80)"},
    Word{"$small", "INTEGER", "smallint"},
    Word{"$blob", "BLOB", "bytea"},
    Word{"$text", "TEXT", "text COLLATE \"C\""},
    Word{"$int", "INTEGER", "bigint"},
};

constexpr std::string_view own_tables = R"(
CREATE TABLE IF NOT EXISTS schema_migrations (
    number $int NOT NULL PRIMARY KEY,
    name $text NOT NULL,
    checksum $text NOT NULL,
    applied_at $int NOT NULL
);
CREATE TABLE IF NOT EXISTS meta (
    name $text NOT NULL PRIMARY KEY,
    value $text NOT NULL
);
)";

std::string sha256_hex(std::string_view text) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int size = 0;
    CHECK(EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha256(), nullptr) == 1);
    std::string hex;
    for (unsigned int i = 0; i < size; ++i) hex += fmt::format("{:02x}", digest[i]);
    return hex;
}

std::int64_t machine_now_ms() {
    return std::chrono::duration_cast<std::chrono::milliseconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
}

std::string random_hex() {
    std::random_device entropy;
    std::string hex;
    for (int i = 0; i < 4; ++i) hex += fmt::format("{:08x}", entropy());
    return hex;
}

struct Applied {
    std::int64_t number;
    std::string name;
    std::string checksum;
};

std::vector<Applied> load_applied(Tx& tx) {
    std::vector<Applied> applied;
    tx.query(
        "SELECT number, name, checksum FROM schema_migrations ORDER BY number", {},
        [&](const Row& row) {
            applied.push_back({row.integer(0), std::string(row.text(1)), std::string(row.text(2))});
        });
    return applied;
}

/// Refusals in this order: newer than the binary, not of this line, changed, a gap.
Result<void> compare(std::span<const Applied> applied, std::span<const Migration> known) {
    const int newest = known.empty() ? 0 : known.back().number;
    for (std::size_t i = 0; i < applied.size(); ++i) {
        const Applied& one = applied[i];
        if (one.number > newest) {
            return refuse(
                error::service_unavailable,
                fmt::format("the database is newer than this program: it has migration {} "
                            "and the program knows up to {:04}; start a newer Perennial",
                            one.name, newest));
        }
        if (i >= known.size() || known[i].number != one.number) {
            return refuse(
                error::service_unavailable,
                fmt::format("the database has migration {}, which this program does not "
                            "know in that place; it was made by another line of Perennial",
                            one.name));
        }
        if (sha256_hex(known[i].sql) != one.checksum) {
            return refuse(
                error::service_unavailable,
                fmt::format("migration {} was applied with another text than this program "
                            "has; applied migrations are never edited",
                            one.name));
        }
    }
    return {};
}

void apply(WriteTx& tx, const Migration& migration) {
    for (const std::string& statement : split_statements(translate(migration.sql, tx.dialect()))) {
        tx.execute(statement);
    }
    tx.execute(
        "INSERT INTO schema_migrations (number, name, checksum, applied_at) VALUES (?, ?, ?, ?)",
        {migration.number, migration.name, sha256_hex(migration.sql), machine_now_ms()});
}

/// Several servers may start at once on one PostgreSQL.
void wait_for_other_starters(WriteTx& tx) {
    if (tx.dialect() == Dialect::postgres) {
        tx.execute("LOCK TABLE schema_migrations IN SHARE ROW EXCLUSIVE MODE");
    }
}

void create_own_tables(DriverDatabase& database) {
    auto tx = database.begin_migration();
    for (const std::string& statement : split_statements(translate(own_tables, tx->dialect()))) {
        tx->execute(statement);
    }
    tx->commit();
}

bool has_own_tables(DriverDatabase& database) {
    bool has = false;
    const bool is_sqlite = database.dialect() == Dialect::sqlite;
    database.read([&](Tx& tx) {
        tx.query(is_sqlite ? "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name IN "
                             "('schema_migrations', 'meta')"
                           : "SELECT count(*) FROM pg_catalog.pg_class WHERE relkind IN ('r', 'p') "
                             "AND relname IN ('schema_migrations', 'meta') AND "
                             "pg_catalog.pg_table_is_visible(oid)",
                 {}, [&](const Row& row) { has = row.integer(0) == 2; });
    });
    return has;
}

/// Two starters that create the same table collide in the catalog: whoever loses looks again.
void ensure_own_tables(DriverDatabase& database) {
    for (int attempt = 1; !has_own_tables(database); ++attempt) {
        try {
            create_own_tables(database);
            return;
        } catch (const Failure& failure) {
            const bool may_be_another = failure.kind() == Failure::Kind::constraint ||
                                        failure.kind() == Failure::Kind::retry ||
                                        failure.kind() == Failure::Kind::error;
            if (!may_be_another || attempt == attempts_max) throw;
            std::this_thread::sleep_for(std::chrono::milliseconds(20 * attempt));
        }
    }
}

std::optional<std::string> load_meta(Tx& tx, std::string_view name) {
    std::optional<std::string> value;
    tx.query("SELECT value FROM meta WHERE name = ?", {name},
             [&](const Row& row) { value = std::string(row.text(0)); });
    return value;
}

void write_meta(WriteTx& tx, int wanted_buckets) {
    if (load_meta(tx, "buckets")) return;
    const int otherwise = tx.dialect() == Dialect::sqlite ? 1 : 256;
    const int buckets = wanted_buckets == 0 ? otherwise : wanted_buckets;
    static const Insert form{"meta", {"name", "value"}, {"name"}};
    const std::string buckets_text = fmt::format("{}", buckets);
    const std::string created_at = Timestamp{machine_now_ms()}.iso();
    const std::string id = random_hex();
    Rows rows(2);
    rows.add({"buckets", buckets_text});
    rows.add({"created_at", created_at});
    rows.add({"database_id", id});
    tx.insert(form, rows);
}

Result<void> read_buckets(DriverDatabase& database) {
    std::optional<std::string> text;
    database.read([&](Tx& tx) { text = load_meta(tx, "buckets"); });
    const int buckets = text ? std::atoi(text->c_str()) : 0;
    if (buckets < 1 || buckets > buckets_max) {
        return refuse(error::service_unavailable,
                      "the table meta of the database names no number of buckets");
    }
    database.set_buckets(buckets);
    return {};
}

Result<void> apply_pending(DriverDatabase& database, std::span<const Migration> known,
                           int buckets) {
    for (;;) {
        auto tx = database.begin_migration();
        wait_for_other_starters(*tx);
        const auto applied = load_applied(*tx);
        TRY_VOID(compare(applied, known));
        write_meta(*tx, buckets);
        if (applied.size() < known.size()) apply(*tx, known[applied.size()]);
        tx->commit();
        if (applied.size() + 1 >= known.size()) return {};
    }
}

Result<void> check_only(DriverDatabase& database, std::span<const Migration> known) {
    if (!has_own_tables(database)) {
        return refuse(error::service_unavailable, "the database holds nothing of Perennial yet");
    }
    std::vector<Applied> applied;
    database.read([&](Tx& tx) { applied = load_applied(tx); });
    TRY_VOID(compare(applied, known));
    if (applied.size() < known.size()) {
        return refuse(error::service_unavailable,
                      "the database is older than this program; run `perennial migrate` first");
    }
    return {};
}

bool is_postgres_url(const std::string& url) {
    return url.starts_with("postgresql://") || url.starts_with("postgres://");
}

}  // namespace

std::string translate(std::string_view sql, Dialect dialect) {
    std::string out;
    out.reserve(sql.size() + sql.size() / 4);
    while (!sql.empty()) {
        const auto at = sql.find('$');
        out += sql.substr(0, at);
        if (at == std::string_view::npos) break;
        sql.remove_prefix(at);
        const auto* word = std::ranges::find_if(
            words, [&](const Word& candidate) { return sql.starts_with(candidate.name); });
        if (word == words.end()) {
            out += '$';
            sql.remove_prefix(1);
            continue;
        }
        out += dialect == Dialect::sqlite ? word->sqlite : word->postgres;
        sql.remove_prefix(word->name.size());
    }
    return out;
}

std::vector<std::string> split_statements(std::string_view sql) {
    std::vector<std::string> statements;
    std::string statement;
    while (!sql.empty()) {
        const auto end = std::min(sql.find('\n'), sql.size());
        std::string_view line = sql.substr(0, end);
        sql.remove_prefix(std::min(end + 1, sql.size()));
        line = line.substr(0, line.find("--"));
        const auto last = line.find_last_not_of(" \t\r");
        line = line.substr(0, last == std::string_view::npos ? 0 : last + 1);
        if (line.empty()) continue;
        const bool is_final = line.ends_with(';');
        if (is_final) line.remove_suffix(1);
        if (!statement.empty()) statement += '\n';
        statement += line;
        if (is_final) statements.push_back(std::exchange(statement, {}));
    }
    if (!statement.empty()) statements.push_back(statement);
    return statements;
}

Result<void> bring_up_to_date(DriverDatabase& database, std::span<const Migration> known,
                              const OpenOptions& options) {
    for (std::size_t i = 0; i < known.size(); ++i) {
        CHECK(i == 0 || known[i - 1].number < known[i].number);
    }
    if (options.buckets < 0 || options.buckets > buckets_max) {
        return refuse(error::service_unavailable,
                      fmt::format("buckets must be 1 to {}", buckets_max));
    }
    if (options.read_only) {
        TRY_VOID(check_only(database, known));
    } else {
        ensure_own_tables(database);
        TRY_VOID(apply_pending(database, known, options.buckets));
    }
    return read_buckets(database);
}

Result<std::unique_ptr<Database>> open(const std::string& url, const OpenOptions& options) {
    if (url.empty() || url.starts_with(":memory:")) {
        return refuse(error::service_unavailable,
                      "a database in memory cannot be shared by its readers; name a file");
    }
    try {
        auto database =
            is_postgres_url(url) ? connect_postgres(url, options) : connect_sqlite(url, options);
        TRY_VOID(bring_up_to_date(*database, migrations(), options));
        return database;
    } catch (const Failure& failure) {
        return refuse(error::service_unavailable, failure.what());
    }
}

}  // namespace perennial::db
