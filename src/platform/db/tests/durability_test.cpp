// What was committed survives a power cut at any moment; a batch is there whole or not at all.
#include <gtest/gtest.h>

#include <cstdlib>
#include <random>

#include "platform/db/fault_vfs.hpp"
#include "tests/support/postgres_or_sqlite.hpp"

namespace perennial::db {
namespace {

constexpr int rows_a_batch = 5;
constexpr int batches = 120;

const Insert insert_facts{"facts", {"batch", "number", "body"}};
const Update update_total{"totals", {"name"}, {"total"}};

/// 60 KB a batch, so that checkpoints happen on the way. The body says where it belongs.
std::string body_of(int batch, int number) {
    std::string body;
    while (body.size() < 12'000) {
        body += std::to_string(batch * 1000 + number) + ",";
    }
    return body;
}

OpenOptions options_on(const std::string& vfs, bool durable) {
    OpenOptions options;
    options.vfs = vfs;
    options.durable = durable;
    options.wal_bound_mb = 1;  // so that the WAL wraps on the way
    return options;
}

std::unique_ptr<Database> open_on(const std::string& file, const OpenOptions& options) {
    auto opened = open(file, options);
    return opened ? std::move(*opened) : nullptr;
}

void define(Database& database) {
    auto tx = database.begin_write();
    tx->execute(
        "CREATE TABLE facts (batch INTEGER, number INTEGER, body TEXT, "
        "PRIMARY KEY (batch, number)) WITHOUT ROWID");
    tx->execute("CREATE TABLE totals (name TEXT PRIMARY KEY, total INTEGER)");
    tx->execute("INSERT INTO totals VALUES ('batches', 0)");
    tx->commit();
}

void write_batch(Database& database, int batch) {
    std::vector<std::string> bodies;
    for (int number = 0; number < rows_a_batch; ++number) bodies.push_back(body_of(batch, number));
    Rows rows(3);
    for (int number = 0; number < rows_a_batch; ++number) {
        rows.add({batch, number, bodies[static_cast<std::size_t>(number)]});
    }
    Rows total(2);
    total.add({"batches", batch});
    auto tx = database.begin_write();
    tx->insert(insert_facts, rows);
    tx->update(update_total, total);
    tx->commit();
}

/// Writes until the power goes; the last batch that was acknowledged.
int write_until_cut(const std::string& file, const OpenOptions& options) {
    int acknowledged = 0;
    const auto database = open_on(file, options);
    if (!database) return 0;
    try {
        for (int batch = 1; batch <= batches; ++batch) {
            write_batch(*database, batch);
            acknowledged = batch;
            database->between_batches();
        }
    } catch (const Failure&) {  // the power
    }
    return acknowledged;
}

/// Empty when the file holds what it must, else what is wrong.
std::string wrong_after(const std::string& file, const OpenOptions& options, int acknowledged) {
    const auto opened = open(file, options);
    if (!opened) return opened.error().details;
    std::string wrong;
    try {
        (*opened)->read([&](Tx& tx) {
            tx.query("PRAGMA integrity_check", {}, [&](const Row& row) {
                if (row.text(0) != "ok") wrong += std::string(row.text(0)) + "; ";
            });
            std::int64_t total = -1;
            tx.query("SELECT total FROM totals", {},
                     [&](const Row& row) { total = row.integer(0); });
            if (total != acknowledged && total != acknowledged + 1) {
                wrong += "acknowledged " + std::to_string(acknowledged) + ", there is " +
                         std::to_string(total) + "; ";
            }
            std::int64_t seen = 0;
            tx.query("SELECT batch, number, body FROM facts ORDER BY batch, number", {},
                     [&](const Row& row) {
                         const auto batch = static_cast<int>(seen / rows_a_batch) + 1;
                         const auto number = static_cast<int>(seen % rows_a_batch);
                         ++seen;
                         if (row.integer(0) != batch || row.integer(1) != number ||
                             row.text(2) != body_of(batch, number)) {
                             wrong += "row " + std::to_string(seen) + "; ";
                         }
                     });
            if (seen != total * rows_a_batch) wrong += "half a batch; ";
        });
    } catch (const std::exception& failure) {  // a torn file may answer anything
        wrong += failure.what();
    }
    return wrong;
}

std::string cut_once(std::uint64_t seed, bool durable) {
    const test::TemporaryFolder folder;  // only for the lock file
    const std::string file = folder / "cut.db";
    FaultDisk disk("fault", seed);
    const OpenOptions options = options_on("fault", durable);
    std::mt19937_64 random(seed);
    {
        const auto database = open_on(file, options_on("fault", true));
        if (!database) return "cannot open";
        define(*database);
    }
    int acknowledged = 0;
    std::string wrong;
    disk.restart();
    // Twice in a row: the second time begins with a recovery.
    disk.cut_power_at(disk.operations() + 1 + static_cast<std::int64_t>(random() % 6000));
    acknowledged = write_until_cut(file, options);
    disk.restart();
    wrong = wrong_after(file, options, acknowledged);
    disk.restart();
    return wrong.empty() ? wrong_after(file, options, acknowledged) : wrong;
}

TEST(Durability, CommittedBatchesSurviveAnyPowerCut) {
    const char* wanted = std::getenv("PERENNIAL_POWER_CUTS");
    const int cuts = wanted == nullptr ? 40 : std::atoi(wanted);
    for (int seed = 1; seed <= cuts; ++seed) {
        const std::string wrong = cut_once(static_cast<std::uint64_t>(seed), true);
        ASSERT_EQ(wrong, "") << "seed " << seed;
    }
}

TEST(Durability, WithoutSyncsTheSameTestFails) {
    int failed = 0;
    for (int seed = 1; seed <= 12; ++seed) {
        if (!cut_once(static_cast<std::uint64_t>(seed), false).empty()) ++failed;
    }
    EXPECT_GT(failed, 3);
}

TEST(Durability, AFullDiskIsToldAndHarmless) {
    const test::TemporaryFolder folder;
    const std::string file = folder / "full.db";
    FaultDisk disk("full", 7);
    const OpenOptions options = options_on("full", true);
    const auto database = open_on(file, options);
    ASSERT_NE(database, nullptr);
    define(*database);
    write_batch(*database, 1);
    disk.set_capacity(disk.used_bytes() + 100'000);
    int acknowledged = 1;
    try {
        for (int batch = 2; batch <= 20; ++batch) {
            write_batch(*database, batch);
            acknowledged = batch;
        }
        FAIL() << "the disk was not full";
    } catch (const Failure& failure) {
        EXPECT_EQ(failure.kind(), Failure::Kind::disk_full) << failure.what();
    }
    std::int64_t total = 0;
    database->read([&](Tx& tx) {
        tx.query("SELECT total FROM totals", {}, [&](const Row& row) { total = row.integer(0); });
    });
    EXPECT_EQ(total, acknowledged);
    disk.set_capacity(-1);
    write_batch(*database, acknowledged + 1);
}

}  // namespace
}  // namespace perennial::db
