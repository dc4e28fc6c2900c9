// The floor of "durable earn" on SQLite: a bare loop that writes the rows of one earn in batches,
// with none of the product's code. Prints one JSON line. Options and figures: docs/decisions/0002.
//   sqlite_floor [name=value …]     folder=/tmp members=1000000 seconds=10 batch=256
//     layout=clustered|rowid|narrow page=4096|8192 claims=ascending|random|none age_index=0|1
//     checkpoint=auto|beside auto_pages=1000 worth=4096 bound=32768 rest=8192 hard=131072
//     interval_ms=200 cache_mb=32 mmap_mb=0 secure_delete=1 order_bytes=700 sorted=0|1
//     customer_row=0|1 (0: the earn does not write the customer row, as if its sums lay in the
//     card) sync_beside=0|1
#include <fcntl.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "floor.hpp"

namespace {

using Clock = std::chrono::steady_clock;
using Key = std::array<unsigned char, 16>;

Options options{
    {"folder", "/tmp"},       {"members", "1000000"}, {"seconds", "10"},      {"batch", "256"},
    {"layout", "clustered"},  {"page", "4096"},       {"claims", "random"},   {"age_index", "1"},
    {"checkpoint", "beside"}, {"auto_pages", "1000"}, {"worth", "4096"},      {"bound", "32768"},
    {"rest", "8192"},         {"hard", "131072"},     {"interval_ms", "200"}, {"cache_mb", "32"},
    {"mmap_mb", "0"},         {"secure_delete", "1"}, {"order_bytes", "700"}, {"sorted", "1"},
    {"customer_row", "1"},    {"sync_beside", "1"}};

std::int64_t number(const char* name) {
    return std::atoll(options.at(name).c_str());
}

std::uint64_t random_state = 88172645463325252ULL;
std::uint64_t random_number() {
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state;
}

/// 48 bit time, 16 bit place, 64 bit random: in order of time, as the product's ids.
Key key_at(std::uint64_t ms) {
    Key key{};
    const std::uint64_t high = (ms << 16) | ((ms * 40503) & 0xffff);
    const std::uint64_t low = ms * 0x9E3779B97F4A7C15ULL;
    for (unsigned i = 0; i < 8; ++i) {
        key[i] = static_cast<unsigned char>(high >> (56 - 8 * i));
        key[8 + i] = static_cast<unsigned char>(low >> (56 - 8 * i));
    }
    return key;
}

[[noreturn]] void fail(sqlite3* db, const char* doing) {
    std::fprintf(stderr, "%s: %s\n", doing, sqlite3_errmsg(db));
    std::exit(1);
}

void run(sqlite3* db, const std::string& sql) {
    if (sqlite3_exec(db, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) {
        fail(db, sql.c_str());
    }
}

class Statement {
  public:
    Statement(sqlite3* db, const char* sql) : db_(db) {
        if (sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, &handle_, nullptr) !=
            SQLITE_OK) {
            fail(db, sql);
        }
    }
    ~Statement() { sqlite3_finalize(handle_); }
    Statement(const Statement&) = delete;
    Statement& operator=(const Statement&) = delete;

    Statement& integer(std::int64_t v) {
        sqlite3_bind_int64(handle_, ++at_, v);
        return *this;
    }
    Statement& blob(const void* v, std::size_t size) {
        sqlite3_bind_blob(handle_, ++at_, v, static_cast<int>(size), SQLITE_STATIC);
        return *this;
    }
    Statement& blob(const Key& key) { return blob(key.data(), key.size()); }
    Statement& text(const std::string& v) {
        sqlite3_bind_text(handle_, ++at_, v.data(), static_cast<int>(v.size()), SQLITE_STATIC);
        return *this;
    }
    bool step() {
        const int code = sqlite3_step(handle_);
        if (code != SQLITE_ROW && code != SQLITE_DONE) fail(db_, sqlite3_sql(handle_));
        return code == SQLITE_ROW;
    }
    void reset() {
        sqlite3_reset(handle_);
        at_ = 0;
    }
    void once() {
        step();
        reset();
    }
    sqlite3_stmt* handle() { return handle_; }

  private:
    sqlite3* db_;
    sqlite3_stmt* handle_ = nullptr;
    int at_ = 0;
};

constexpr std::int64_t first_ms = 1'700'000'000'000;
constexpr std::size_t lot_bytes = 24;
constexpr std::size_t lots_max = 12;

std::string lots(std::size_t count) {
    return std::string(count * lot_bytes, 'L');
}

void create(sqlite3* db) {
    run(db, "PRAGMA page_size = " + options["page"]);
    const bool clustered = options["layout"] == "clustered";
    const std::string key = "bucket INTEGER NOT NULL, project INTEGER NOT NULL, id BLOB NOT NULL, ";
    const std::string end =
        std::string(", PRIMARY KEY (bucket, project, id)) ") + (clustered ? "WITHOUT ROWID" : "");
    const std::string claims_end = clustered ? " WITHOUT ROWID" : "";
    run(db, "CREATE TABLE customers (" + key +
                "source_id TEXT, name TEXT, email TEXT, profile TEXT, cards BLOB, last_order BLOB, "
                "orders_count INTEGER, orders_amount INTEGER, last_order_at INTEGER, "
                "version INTEGER" +
                end);
    run(db, "CREATE TABLE cards (" + key +
                "program BLOB, customer BLOB, code TEXT, balance INTEGER, credited INTEGER, "
                "lots BLOB, tier BLOB, seq INTEGER, head BLOB, head_hash BLOB, due_at INTEGER, "
                "created_at INTEGER" +
                end);
    run(db, "CREATE TABLE orders (" + key +
                "source_id TEXT, customer BLOB, previous BLOB, status INTEGER, amount INTEGER, "
                "items TEXT, decision TEXT, created_at INTEGER" +
                end);
    run(db,
        "CREATE TABLE entries (" + key +
            "card BLOB, seq INTEGER, previous BLOB, kind INTEGER, points INTEGER, "
            "balance INTEGER, effective_at INTEGER, recorded_at INTEGER, lots BLOB, cause BLOB, "
            "detail TEXT, salt BLOB, hash BLOB" +
            end);
    run(db,
        "CREATE TABLE claims (bucket INTEGER NOT NULL, project INTEGER NOT NULL, kind INTEGER "
        "NOT NULL, word TEXT NOT NULL, id BLOB NOT NULL, PRIMARY KEY (bucket, project, kind, "
        "word))" +
            claims_end);
    run(db, "CREATE TABLE sums (name TEXT PRIMARY KEY, total INTEGER NOT NULL) WITHOUT ROWID");
    if (number("age_index") != 0) {
        run(db, "CREATE INDEX orders_by_age ON orders (project, created_at, id)");
    }
    run(db, "INSERT INTO sums VALUES ('issued', 0), ('orders', 0), ('amount', 0), ('entries', 0)");
}

void fill(const std::string& file, std::int64_t members) {
    sqlite3* db = nullptr;
    sqlite3_open(file.c_str(), &db);
    create(db);
    run(db, "PRAGMA journal_mode = OFF");
    run(db, "PRAGMA synchronous = OFF");
    run(db, "PRAGMA cache_size = -500000");
    run(db, "BEGIN");
    {
        Statement customer(db,
                           "INSERT INTO customers VALUES (0,1,?,?,?,?,?,?,?,3,4500,17000000,7)");
        Statement card(db,
                       "INSERT INTO cards VALUES (0,1,?,?,?,?,1200,1500,?,?,3,?,?,17000000,17)");
        Statement claim(db, "INSERT INTO claims VALUES (0,1,?,?,?)");
        const Key program = key_at(1);
        const std::string hash(32, 'h');
        for (std::int64_t i = 0; i < members; ++i) {
            const Key id = key_at(static_cast<std::uint64_t>(first_ms + i));
            const std::string source = "customer-" + std::to_string(i);
            const std::string name = "Jane Doe " + source;
            const std::string email = source + "@example.com";
            customer.blob(id).text(source).text(name).text(email);
            const std::string profile(60, 'p');
            customer.text(profile).blob(id).blob(id).once();
            const std::string open = lots(3 + static_cast<std::size_t>(i) % 6);
            const std::string code = "CARD-" + std::to_string(i);
            card.blob(id).blob(program).blob(id).text(code).blob(open.data(), open.size());
            card.blob(program).blob(id).blob(hash.data(), hash.size()).once();
        }
        std::vector<std::pair<std::string, std::int64_t>> words;
        for (std::int64_t i = 0; i < members; ++i) {
            words.emplace_back(
                claim_word(static_cast<std::uint64_t>(i), options["claims"] == "random"), i);
        }
        std::ranges::sort(words);
        for (const auto& [word, i] : words) {
            const Key id = key_at(static_cast<std::uint64_t>(first_ms + i));
            claim.integer(3).text(word).blob(id).once();
        }
    }
    run(db, "COMMIT");
    run(db, "PRAGMA journal_mode = WAL");
    sqlite3_close(db);
}

/// The checkpoint policy of platform/db/sqlite_checkpoints.cpp, with its bounds as options.
class Checkpoints {
  public:
    Checkpoints(const std::string& file, sqlite3* writer) : writer_(writer) {
        sqlite3_open(file.c_str(), &db_);
        // A connection that has never read does not know of the WAL, and checkpoints nothing.
        run(db_, "PRAGMA schema_version");
        sqlite3_wal_hook(writer, hook, this);
        is_beside_ = options["checkpoint"] == "beside";
        if (is_beside_) thread_ = std::thread([this] { work(); });
    }
    ~Checkpoints() {
        stop_ = true;
        if (thread_.joinable()) thread_.join();
        sqlite3_close(db_);
    }
    void between_batches() {
        if (!is_beside_) {
            if (pages_ >= number("auto_pages")) {
                const std::lock_guard lock(running_);
                checkpoint(writer_);
            }
            return;
        }
        const std::int64_t pages = pages_;
        if (pages < number("bound") || pages < again_at_) return;
        const bool must = pages >= number("hard");
        if (!must && pages - copied_ > number("rest")) return;
        std::unique_lock lock(running_, std::defer_lock);
        if (must) {
            lock.lock();
        } else if (!lock.try_lock()) {
            return;
        }
        (must ? hard_ : soft_) += 1;
        checkpoint(writer_);
        again_at_ = pages + 4096;
    }
    std::int64_t written_pages = 0;
    std::int64_t longest_wal = 0;
    int soft_ = 0;
    int hard_ = 0;

  private:
    static int hook(void* self, sqlite3*, const char*, int pages) {
        auto& me = *static_cast<Checkpoints*>(self);
        if (pages < me.pages_) {
            me.copied_ = 0;
            me.again_at_ = 0;
            me.written_pages += pages;
        } else {
            me.written_pages += pages - me.pages_;
        }
        me.pages_ = pages;
        me.longest_wal = std::max<std::int64_t>(me.longest_wal, pages);
        return SQLITE_OK;
    }
    void checkpoint(sqlite3* db) {
        int pages = 0;
        int copied = 0;
        const std::int64_t before = pages_;
        if (sqlite3_wal_checkpoint_v2(db, nullptr, SQLITE_CHECKPOINT_PASSIVE, &pages, &copied) ==
                SQLITE_OK &&
            pages_ >= before) {
            copied_ = copied;
        }
    }
    void work() {
        while (!stop_) {
            if (pages_ - copied_ >= number("worth")) {
                const std::lock_guard lock(running_);
                checkpoint(db_);
                // SQLite syncs the file only when the WAL is copied whole; the writer, who does
                // that in the end, would wait for all the pages copied before.
                if (number("sync_beside") != 0 && copied_ < pages_) {
                    sqlite3_file* handle = nullptr;
                    sqlite3_file_control(db_, "main", SQLITE_FCNTL_FILE_POINTER, &handle);
                    handle->pMethods->xSync(handle, SQLITE_SYNC_NORMAL);
                }
            }
            std::this_thread::sleep_for(std::chrono::milliseconds(number("interval_ms")));
        }
    }

    sqlite3* writer_;
    sqlite3* db_ = nullptr;
    bool is_beside_ = false;
    std::mutex running_;
    std::atomic<std::int64_t> pages_{0};
    std::atomic<std::int64_t> copied_{0};
    std::int64_t again_at_ = 0;
    std::atomic<bool> stop_{false};
    std::thread thread_;
};

double cpu_us() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return 1e6 * static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

struct Member {
    Key id;
    std::string lots;
};

void measure(const std::string& file) {
    sqlite3* db = nullptr;
    sqlite3_open_v2(file.c_str(), &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
    run(db, "PRAGMA synchronous = FULL");
    run(db, "PRAGMA wal_autocheckpoint = 0");
    run(db, "PRAGMA cache_size = -" + std::to_string(number("cache_mb") * 1024));
    run(db, "PRAGMA mmap_size = " + std::to_string(number("mmap_mb") << 20));
    run(db, "PRAGMA secure_delete = " + options["secure_delete"]);
    run(db, "PRAGMA journal_size_limit = 268435456");
    std::vector<double> batch_ms;
    std::int64_t earns = 0;
    double wall_s = 0;
    double cpu = 0;
    {
        Checkpoints checkpoints(file, db);
        Statement begin(db, "BEGIN IMMEDIATE");
        Statement commit(db, "COMMIT");
        Statement read_customer(db,
                                "SELECT source_id, name, email, profile, cards, last_order, "
                                "orders_count FROM customers WHERE bucket=0 AND project=1 AND "
                                "id=?");
        Statement read_card(db,
                            "SELECT lots, balance, seq, head, head_hash FROM cards WHERE "
                            "bucket=0 AND project=1 AND id=?");
        Statement order(db, "INSERT INTO orders VALUES (0,1,?,?,?,?,2,4500,?,?,?)");
        Statement entry(db,
                        "INSERT INTO entries VALUES (0,1,?,?,4,?,1,45,1245,17000000,17000000,?,"
                        "?,?,?,?)");
        Statement customer(db,
                           "UPDATE customers SET last_order=?, orders_count=orders_count+1, "
                           "orders_amount=orders_amount+4500, last_order_at=17000001, "
                           "version=version+1 WHERE bucket=0 AND project=1 AND id=?");
        Statement card(db,
                       "UPDATE cards SET balance=balance+45, credited=credited+45, lots=?, "
                       "seq=seq+1, head=?, head_hash=? WHERE bucket=0 AND project=1 AND id=?");
        Statement claim(db, "INSERT INTO claims VALUES (0,1,2,?,?) ON CONFLICT DO NOTHING");
        Statement sum(db, "UPDATE sums SET total=total+? WHERE name=?");
        const std::int64_t members = number("members");
        const auto batch = static_cast<std::size_t>(number("batch"));
        const std::string items(static_cast<std::size_t>(number("order_bytes")) - 270, 'i');
        const std::string decision(150, 'd');
        const std::string detail(90, 'e');
        const std::string hash(32, 'h');
        const char* names[] = {"issued", "orders", "amount", "entries"};
        const bool has_claims = options["claims"] != "none";
        const bool is_random = options["claims"] == "random";
        std::uint64_t next = static_cast<std::uint64_t>(first_ms + members);
        std::vector<Member> chosen(batch);
        const double cpu_start = cpu_us();
        const auto start = Clock::now();
        const auto end = start + std::chrono::seconds(number("seconds"));
        auto last = start;
        while (last < end) {
            begin.once();
            for (Member& member : chosen) {
                member.id = key_at(static_cast<std::uint64_t>(first_ms) +
                                   random_number() % static_cast<std::uint64_t>(members));
            }
            if (number("sorted") != 0) {
                std::ranges::sort(chosen, {}, [](const Member& m) { return m.id; });
            }
            for (Member& member : chosen) {
                read_customer.blob(member.id);
                if (!read_customer.step()) std::exit(2);
                read_customer.reset();
            }
            for (Member& member : chosen) {
                read_card.blob(member.id);
                if (!read_card.step()) std::exit(3);
                const auto held =
                    static_cast<std::size_t>(sqlite3_column_bytes(read_card.handle(), 0)) /
                    lot_bytes;
                member.lots = lots(held >= lots_max ? 3 : held + 1);
                read_card.reset();
            }
            std::uint64_t id = next;
            for (const Member& member : chosen) {
                const Key key = key_at(id++);
                const std::string source = claim_word(id, is_random);
                order.blob(key).text(source).blob(member.id).blob(member.id).text(items);
                order.text(decision).integer(static_cast<std::int64_t>(id)).once();
            }
            if (has_claims) {
                std::vector<std::pair<std::string, std::uint64_t>> words;
                for (std::size_t i = 0; i < batch; ++i) {
                    words.emplace_back(claim_word(next + i, is_random), next + i);
                }
                if (number("sorted") != 0) std::ranges::sort(words);
                for (const auto& [word, of] : words) {
                    const Key key = key_at(of);
                    claim.text(word).blob(key).once();
                }
            }
            id = next;
            for (const Member& member : chosen) {
                const Key key = key_at(id++);
                const std::string of_lots = lots(1);
                entry.blob(key).blob(member.id).blob(member.id).blob(of_lots.data(), lot_bytes);
                entry.blob(key).text(detail).blob(member.id);
                entry.blob(hash.data(), hash.size()).once();
            }
            id = next;
            for (const Member& member : chosen) {
                if (number("customer_row") == 0) break;
                const Key key = key_at(id++);
                customer.blob(key).blob(member.id).once();
            }
            id = next;
            for (const Member& member : chosen) {
                const Key key = key_at(id++);
                card.blob(member.lots.data(), member.lots.size()).blob(key);
                card.blob(hash.data(), hash.size()).blob(member.id).once();
            }
            for (const char* name : names) {
                const std::string text = name;
                sum.integer(45).text(text).once();
            }
            commit.once();
            checkpoints.between_batches();
            next += batch;
            earns += static_cast<std::int64_t>(batch);
            const auto now = Clock::now();
            batch_ms.push_back(std::chrono::duration<double, std::milli>(now - last).count());
            last = now;
        }
        wall_s = std::chrono::duration<double>(last - start).count();
        cpu = cpu_us() - cpu_start;
        std::ranges::sort(batch_ms);
        const auto count = static_cast<double>(earns);
        const double pages = static_cast<double>(checkpoints.written_pages) / count;
        begin_figures("sqlite_floor", options, "folder");
        figure("earns_per_s", count / wall_s);
        figure("cpu_us_per_earn", cpu / count);
        figure("wal_pages_per_earn", pages);
        figure("wal_bytes_per_earn", pages * static_cast<double>(number("page") + 24));
        figure("batch_p50_ms", quantile(batch_ms, 0.5));
        figure("batch_p99_ms", quantile(batch_ms, 0.99));
        figure("batch_max_ms", batch_ms.back());
        figure("wal_max_mb",
               static_cast<double>(checkpoints.longest_wal * number("page")) / 1048576);
        figure("finished_by_writer", checkpoints.soft_);
        figure("forced", checkpoints.hard_);
        std::printf("}\n");
    }
    sqlite3_close(db);
}

}  // namespace

int main(int argc, char** argv) {
    namespace fs = std::filesystem;
    read_options(argc, argv, options);
    const std::string folder = options["folder"];
    const std::string filled = folder + "/floor_" + options["layout"] + "_" + options["page"] +
                               "_" + options["claims"] + "_" + options["age_index"] + "_" +
                               options["members"] + ".db";
    if (!fs::exists(filled)) fill(filled, number("members"));
    const std::string file = folder + "/floor_run.db";
    for (const char* end : {"", "-wal", "-shm"}) fs::remove(file + end);
    fs::copy_file(filled, file);
    ::sync();
    measure(file);
    for (const char* end : {"", "-wal", "-shm"}) fs::remove(file + end);
}
