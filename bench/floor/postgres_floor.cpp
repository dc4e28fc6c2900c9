// The floor of "durable earn" on PostgreSQL: one connection, raw libpq, one transaction a batch
// with an array a column, the rows of one earn. Prints one JSON line.
//   postgres_floor url=postgresql://… [members=1000000] [seconds=10] [batch=256]
//     [claims=ascending|random|none] [customer_row=0|1] [fill=1] [pipeline=1] [fillfactor=100]
#include <libpq-fe.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <set>
#include <string>
#include <vector>

#include "floor.hpp"

namespace {

using Clock = std::chrono::steady_clock;

Options options{
    {"url", ""},      {"members", "1000000"}, {"seconds", "10"},
    {"batch", "256"}, {"claims", "random"},   {"customer_row", "1"},
    {"fill", "1"},    {"pipeline", "1"},      {"fillfactor", "100"}};

std::int64_t number(const char* name) {
    return std::atoll(options.at(name).c_str());
}

PGconn* connection = nullptr;

[[noreturn]] void fail(const char* doing) {
    std::fprintf(stderr, "%s: %s\n", doing, PQerrorMessage(connection));
    std::exit(1);
}

void run(const std::string& sql) {
    PGresult* result = PQexec(connection, sql.c_str());
    const auto status = PQresultStatus(result);
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) fail(sql.c_str());
    PQclear(result);
}

void put32(std::string& out, std::uint32_t v) {
    for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(v >> shift);
}
void put64(std::string& out, std::uint64_t v) {
    for (int shift = 56; shift >= 0; shift -= 8) out += static_cast<char>(v >> shift);
}

/// An array parameter in the binary format.
class Array {
  public:
    Array(std::uint32_t element, std::size_t count) {
        put32(bytes_, 1);
        put32(bytes_, 0);
        put32(bytes_, element);
        put32(bytes_, static_cast<std::uint32_t>(count));
        put32(bytes_, 1);
    }
    void add(std::int64_t v) {
        put32(bytes_, 8);
        put64(bytes_, static_cast<std::uint64_t>(v));
    }
    void add(const std::string& v) {
        put32(bytes_, static_cast<std::uint32_t>(v.size()));
        bytes_ += v;
    }
    const std::string& bytes() const { return bytes_; }

  private:
    std::string bytes_;
};
constexpr std::uint32_t int8 = 20;
constexpr std::uint32_t text = 25;
constexpr std::uint32_t bytea = 17;

std::string key_at(std::uint64_t ms) {
    std::string key;
    put64(key, (ms << 16) | ((ms * 40503) & 0xffff));
    put64(key, ms * 0x9E3779B97F4A7C15ULL);
    return key;
}
std::int64_t bucket_of(std::uint64_t ms) {
    return static_cast<std::int64_t>(((ms * 40503) & 0xffff) % 256);
}

int pending = 0;

void send(const char* name, const std::vector<const Array*>& arrays) {
    std::vector<const char*> values;
    std::vector<int> lengths;
    for (const Array* array : arrays) {
        values.push_back(array->bytes().data());
        lengths.push_back(static_cast<int>(array->bytes().size()));
    }
    const std::vector<int> formats(values.size(), 1);
    if (PQsendQueryPrepared(connection, name, static_cast<int>(values.size()), values.data(),
                            lengths.data(), formats.data(), 1) != 1) {
        fail(name);
    }
    ++pending;
    PQflush(connection);
}

void send_text(const char* sql) {
    if (PQsendQueryParams(connection, sql, 0, nullptr, nullptr, nullptr, nullptr, 1) != 1) {
        fail(sql);
    }
    ++pending;
}

/// Waits for all that was sent; rows of the last.
int receive() {
    PQpipelineSync(connection);
    int rows = 0;
    for (; pending > 0; --pending) {
        PGresult* result = PQgetResult(connection);
        const auto status = PQresultStatus(result);
        if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) fail("receive");
        rows = PQntuples(result);
        PQclear(result);
        while ((result = PQgetResult(connection)) != nullptr) PQclear(result);
    }
    PQclear(PQgetResult(connection));
    return rows;
}

void wait_if_not_pipelined() {
    if (number("pipeline") == 0) receive();
}

constexpr std::uint64_t first_ms = 1'700'000'000'000;

void fill() {
    const std::string factor = " WITH (fillfactor = " + options["fillfactor"] + ")";
    const std::string key =
        "bucket smallint NOT NULL, project smallint NOT NULL, id bytea NOT NULL, ";
    const std::string end = ", PRIMARY KEY (bucket, project, id))";
    run("SET client_min_messages = error");
    run("DROP TABLE IF EXISTS customers, cards, orders, entries, claims, sums");
    run("CREATE TABLE customers (" + key +
        "source_id text COLLATE \"C\", name text, email text, profile text, cards bytea, "
        "last_order "
        "bytea, orders_count bigint, orders_amount bigint, last_order_at bigint, version bigint" +
        end + factor);
    run("CREATE TABLE cards (" + key +
        "program bytea, customer bytea, code text, balance bigint, credited bigint, lots bytea, "
        "tier "
        "bytea, seq bigint, head bytea, head_hash bytea, due_at bigint, created_at bigint" +
        end + factor);
    run("CREATE TABLE orders (" + key +
        "source_id text, customer bytea, previous bytea, status smallint, amount bigint, items "
        "text, "
        "decision text, created_at bigint" +
        end);
    run("CREATE INDEX orders_by_age ON orders (project, created_at, id)");
    run("CREATE TABLE entries (" + key +
        "card bytea, seq bigint, previous bytea, kind smallint, points bigint, balance bigint, "
        "effective_at bigint, recorded_at bigint, lots bytea, cause bytea, detail text, salt "
        "bytea, "
        "hash bytea" +
        end);
    run("CREATE TABLE claims (bucket smallint NOT NULL, project smallint NOT NULL, kind smallint "
        "NOT "
        "NULL, word text COLLATE \"C\" NOT NULL, id bytea NOT NULL, PRIMARY KEY (bucket, project, "
        "kind, word))");
    run("CREATE TABLE sums (name text PRIMARY KEY, total bigint NOT NULL) WITH (fillfactor = 10)");
    run("INSERT INTO sums VALUES ('issued', 0), ('orders', 0), ('amount', 0), ('entries', 0)");
    run("PREPARE c AS INSERT INTO customers SELECT b, 1, id, 'customer-' || n, 'Jane Doe "
        "customer-' "
        "|| n, 'customer-' || n || '@example.com', repeat('p', 60), id, id, 3, 4500, 17000000, 7 "
        "FROM unnest($1::bigint[], $2::bytea[], $3::bigint[]) k(b, id, n)");
    run("PREPARE a AS INSERT INTO cards SELECT b, 1, id, id, id, 'CARD-' || n, 1200, 1500, "
        "decode(repeat('4c', (24 * (3 + n % 6))::int), 'hex'), id, 3, id, sha256(id), 17000000, "
        "17000000 FROM unnest($1::bigint[], $2::bytea[], $3::bigint[]) k(b, id, n)");
    constexpr std::size_t step = 5000;
    const auto members = static_cast<std::uint64_t>(number("members"));
    PQenterPipelineMode(connection);
    for (std::uint64_t from = 0; from < members; from += step) {
        Array buckets(int8, step);
        Array ids(bytea, step);
        Array numbers(int8, step);
        for (std::uint64_t n = from; n < from + step; ++n) {
            buckets.add(bucket_of(first_ms + n));
            ids.add(key_at(first_ms + n));
            numbers.add(static_cast<std::int64_t>(n));
        }
        send("c", {&buckets, &ids, &numbers});
        send("a", {&buckets, &ids, &numbers});
        receive();
    }
    PQexitPipelineMode(connection);
    run("VACUUM ANALYZE customers");
    run("VACUUM ANALYZE cards");
    run("CHECKPOINT");
}

void prepare(const char* name, const char* sql) {
    PGresult* result = PQprepare(connection, name, sql, 0, nullptr);
    if (PQresultStatus(result) != PGRES_COMMAND_OK) fail(sql);
    PQclear(result);
}

void measure() {
    run("SET plan_cache_mode = force_generic_plan");
    run("SET enable_seqscan = off");
    run("SET enable_hashjoin = off");
    run("SET enable_mergejoin = off");
    const std::string keys =
        "JOIN unnest($1::bigint[], $2::bytea[]) AS k(b, i) ON t.bucket = k.b AND "
        "t.project = 1 AND t.id = k.i ORDER BY t.bucket, t.id FOR NO KEY UPDATE "
        "OF t";
    const std::string load_customers =
        "SELECT source_id, name, email, profile, cards, last_order, "
        "orders_count FROM customers t " +
        keys;
    const std::string load_cards =
        "SELECT lots, balance, seq, head, head_hash FROM cards t " + keys;
    prepare("load_customers", load_customers.c_str());
    prepare("load_cards", load_cards.c_str());
    prepare("orders",
            "INSERT INTO orders SELECT b, 1, i, s, c, c, 2, 4500, $5, $6, a FROM "
            "unnest($1::bigint[], $2::bytea[], $3::text[], $4::bytea[], $7::bigint[]) AS "
            "k(b, i, s, c, a)");
    prepare("entries",
            "INSERT INTO entries SELECT b, 1, i, c, 4, c, 1, 45, 1245, 17000000, 17000000, "
            "l, i, $5, c, $6 FROM unnest($1::bigint[], $2::bytea[], $3::bytea[], "
            "$4::bytea[]) AS k(b, i, c, l)");
    prepare("claims",
            "INSERT INTO claims SELECT b, 1, 2, w, i FROM unnest($1::bigint[], $2::text[], "
            "$3::bytea[]) AS k(b, w, i) ON CONFLICT DO NOTHING");
    prepare("customers",
            "UPDATE customers t SET last_order = o, orders_count = orders_count + 1, "
            "orders_amount = orders_amount + 4500, last_order_at = 17000001, version = "
            "version + 1 FROM unnest($1::bigint[], $2::bytea[], $3::bytea[]) AS k(b, i, "
            "o) WHERE t.bucket = k.b AND t.project = 1 AND t.id = k.i");
    prepare("cards",
            "UPDATE cards t SET balance = balance + 45, credited = credited + 45, lots = l, "
            "seq = seq + 1, head = o, head_hash = $5 FROM unnest($1::bigint[], $2::bytea[], "
            "$3::bytea[], $4::bytea[]) AS k(b, i, o, l) WHERE t.bucket = k.b AND t.project "
            "= 1 AND t.id = k.i");
    prepare("sums",
            "UPDATE sums t SET total = total + v FROM unnest($1::text[], $2::bigint[]) AS "
            "k(n, v) WHERE t.name = k.n");
    PQenterPipelineMode(connection);
    const auto members = static_cast<std::uint64_t>(number("members"));
    const auto batch = static_cast<std::size_t>(number("batch"));
    const bool is_random = options["claims"] == "random";
    const bool has_claims = options["claims"] != "none";
    std::uint64_t next = first_ms + members +
                         static_cast<std::uint64_t>(Clock::now().time_since_epoch().count() / 1000);
    std::uint64_t random_state = next;
    std::vector<double> batch_ms;
    std::int64_t earns = 0;
    const auto start = Clock::now();
    const auto end = start + std::chrono::seconds(number("seconds"));
    auto last = start;
    while (last < end) {
        std::set<std::pair<std::int64_t, std::uint64_t>> drawn;
        while (drawn.size() < batch) {
            random_state = random_state * 6364136223846793005ULL + 1442695040888963407ULL;
            const std::uint64_t member = first_ms + (random_state >> 20) % members;
            drawn.emplace(bucket_of(member), member);
        }
        std::vector<std::uint64_t> chosen;
        for (const auto& [bucket, member] : drawn) chosen.push_back(member);
        Array buckets(int8, batch);
        Array members_array(bytea, batch);
        Array order_ids(bytea, batch);
        Array sources(text, batch);
        Array ages(int8, batch);
        Array lots(bytea, batch);
        Array claim_buckets(int8, batch);
        for (std::size_t i = 0; i < batch; ++i) {
            buckets.add(bucket_of(chosen[i]));
            members_array.add(key_at(chosen[i]));
            order_ids.add(key_at(next + i));
            const std::string word = claim_word(next + i, is_random);
            sources.add(word);
            claim_buckets.add(static_cast<std::int64_t>(word.back()));
            ages.add(static_cast<std::int64_t>(next + i));
            lots.add(std::string(24 * (3 + i % 9), 'L'));
        }
        Array names(text, 4);
        Array values(int8, 4);
        for (const char* name : {"issued", "orders", "amount", "entries"}) {
            names.add(std::string(name));
            values.add(45);
        }
        send_text("BEGIN");
        wait_if_not_pipelined();
        send("load_customers", {&buckets, &members_array});
        receive();
        send("load_cards", {&buckets, &members_array});
        if (receive() != static_cast<int>(batch)) std::exit(2);
        const auto send_mixed = [&](const char* name, std::vector<std::string> parameters) {
            std::vector<const char*> bytes;
            std::vector<int> lengths;
            for (const auto& parameter : parameters) {
                bytes.push_back(parameter.data());
                lengths.push_back(static_cast<int>(parameter.size()));
            }
            const std::vector<int> formats(bytes.size(), 1);
            if (PQsendQueryPrepared(connection, name, static_cast<int>(bytes.size()), bytes.data(),
                                    lengths.data(), formats.data(), 1) != 1) {
                fail(name);
            }
            ++pending;
            PQflush(connection);
            wait_if_not_pipelined();
        };
        send_mixed("orders",
                   {buckets.bytes(), order_ids.bytes(), sources.bytes(), members_array.bytes(),
                    std::string(430, 'i'), std::string(150, 'd'), ages.bytes()});
        if (has_claims) {
            send_mixed("claims", {claim_buckets.bytes(), sources.bytes(), order_ids.bytes()});
        }
        send_mixed("entries", {buckets.bytes(), order_ids.bytes(), members_array.bytes(),
                               lots.bytes(), std::string(90, 'e'), std::string(32, 'h')});
        if (number("customer_row") != 0) {
            send_mixed("customers", {buckets.bytes(), members_array.bytes(), order_ids.bytes()});
        }
        send_mixed("cards", {buckets.bytes(), members_array.bytes(), order_ids.bytes(),
                             lots.bytes(), std::string(32, 'h')});
        send_mixed("sums", {names.bytes(), values.bytes()});
        send_text("COMMIT");
        receive();
        next += batch;
        earns += static_cast<std::int64_t>(batch);
        const auto now = Clock::now();
        batch_ms.push_back(std::chrono::duration<double, std::milli>(now - last).count());
        last = now;
    }
    const double wall_s = std::chrono::duration<double>(last - start).count();
    std::ranges::sort(batch_ms);
    begin_figures("postgres_floor", options, "url");
    figure("earns_per_s", static_cast<double>(earns) / wall_s);
    figure("batch_p50_ms", quantile(batch_ms, 0.5));
    figure("batch_p99_ms", quantile(batch_ms, 0.99));
    figure("batch_max_ms", batch_ms.back());
    std::printf("}\n");
}

}  // namespace

int main(int argc, char** argv) {
    read_options(argc, argv, options);
    connection = PQconnectdb(options["url"].c_str());
    if (PQstatus(connection) != CONNECTION_OK) fail("connect");
    if (number("fill") != 0) fill();
    measure();
    PQfinish(connection);
}
