// What only SQLite has: its file, the backup, checkpoints.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <set>

#include "tests/support/postgres_or_sqlite.hpp"

namespace perennial::db {
namespace {

const Insert insert_facts{"facts", {"id", "body"}};
const Update touch_fact{"facts", {"id"}, {"body"}};

class SqliteTest : public testing::Test {
  protected:
    void SetUp() override {
        auto opened = open(file_, {});
        ASSERT_TRUE(opened.has_value()) << opened.error().details;
        database_ = std::move(*opened);
        auto tx = database_->begin_write();
        tx->execute("CREATE TABLE facts (id INTEGER PRIMARY KEY, body TEXT)");
        tx->commit();
    }

    void write(int from, int count, std::size_t bytes = 1000) {
        const std::string body(bytes, 'x');
        Rows rows(2);
        for (int i = 0; i < count; ++i) rows.add({from + i, body});
        auto tx = database_->begin_write();
        tx->insert(insert_facts, rows);
        tx->commit();
    }

    static std::int64_t number(Database& database, std::string_view sql) {
        std::int64_t value = -1;
        database.read(
            [&](Tx& tx) { tx.query(sql, {}, [&](const Row& row) { value = row.integer(0); }); });
        return value;
    }

    test::TemporaryFolder folder_;
    std::string file_ = folder_ / "test.db";
    std::unique_ptr<Database> database_;
};

TEST_F(SqliteTest, SettingsThatMatter) {
    auto tx = database_->begin_write();
    const auto setting = [&](const char* sql) {
        std::string value;
        tx->query(sql, {}, [&](const Row& row) {
            value = sql == std::string_view("PRAGMA journal_mode") ? std::string(row.text(0))
                                                                   : std::to_string(row.integer(0));
        });
        return value;
    };
    EXPECT_EQ(setting("PRAGMA journal_mode"), "wal");
    EXPECT_EQ(setting("PRAGMA synchronous"), "2");
    EXPECT_EQ(setting("PRAGMA secure_delete"), "1");
    EXPECT_EQ(setting("PRAGMA foreign_keys"), "1");
    EXPECT_EQ(setting("PRAGMA wal_autocheckpoint"), "0");
}

TEST_F(SqliteTest, ASecondServerIsRefused) {
    const auto second = open(file_, {});
    ASSERT_FALSE(second);
    EXPECT_NE(second.error().details.find("served by another process"), std::string::npos);
    EXPECT_TRUE(open(file_, {.read_only = true}));
    write(0, 3);
    const auto tool = open(file_, {.exclusive = false});
    ASSERT_TRUE(tool) << tool.error().details;
    Rows rows(2);
    rows.add({100, "of the tool"});
    auto tx = (*tool)->begin_write();
    tx->insert(insert_facts, rows);
    tx->commit();
    tx.reset();
    EXPECT_EQ(number(*database_, "SELECT count(*) FROM facts"), 4);
}

TEST_F(SqliteTest, ForeignFilesAreRefused) {
    const std::string text = folder_ / "text.db";
    std::ofstream(text) << std::string(5000, 't');
    EXPECT_FALSE(open(text, {}));
    const std::string other = folder_ / "other.db";
    ASSERT_TRUE(database_->backup_to(other));
    {
        auto opened = open(other, {});
        ASSERT_TRUE(opened);
        auto tx = (*opened)->begin_write();
        tx->commit();
    }
    std::fstream edit(other, std::ios::in | std::ios::out | std::ios::binary);
    edit.seekp(68);  // application_id in the header
    edit.write("OTHR", 4);
    edit.close();
    const auto refused = open(other, {});
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().details.find("not one of Perennial"), std::string::npos);
}

// Splits in the middle of the tree lend pages the number of the lock page (sqlite_page_cache.cpp).
TEST_F(SqliteTest, RandomInsertsAndDeletesKeepTheFileWhole) {
    std::uint64_t random = 1;
    for (int batch = 0; batch < 60; ++batch) {
        Rows rows(2);
        std::vector<std::string> bodies;
        std::set<std::int64_t> ids;
        while (ids.size() < 100) {
            random = random * 6364136223846793005ULL + 1442695040888963407ULL;
            ids.insert(static_cast<std::int64_t>(random >> 20) * 100 + batch);
        }
        for (const std::int64_t id : ids)
            bodies.emplace_back(static_cast<std::size_t>(50 + id % 900), 'r');
        auto body = bodies.begin();
        for (const std::int64_t id : ids) rows.add({id, *body++});
        auto tx = database_->begin_write();
        tx->insert(insert_facts, rows);
        if (batch % 3 == 2) tx->execute("DELETE FROM facts WHERE id % 7 = ?", {batch % 7});
        tx->commit();
    }
    database_->read([&](Tx& tx) {
        tx.query("PRAGMA integrity_check", {}, [&](const Row& row) { EXPECT_EQ(row.text(0), "ok"); });
    });
    EXPECT_GT(number(*database_, "SELECT count(*) FROM facts"), 500);
}

TEST_F(SqliteTest, BackupWhileWriting) {
    write(0, 20'000);
    std::atomic<bool> stop{false};
    std::atomic<int> written{20'000};
    double longest_ms = 0;
    std::thread writer([&] {
        while (!stop) {
            const auto start = std::chrono::steady_clock::now();
            write(written, 50);
            {
                const std::string body = "changed";
                Rows rows(2);
                rows.add({written % 20'000, body});
                auto tx = database_->begin_write();
                tx->update(touch_fact, rows);
                tx->commit();
            }
            written += 50;
            const std::chrono::duration<double, std::milli> took =
                std::chrono::steady_clock::now() - start;
            longest_ms = std::max(longest_ms, took.count());
        }
    });
    const int before = written;
    const std::string copy = folder_ / "copy.db";
    const auto done = database_->backup_to(copy);
    const int after = written;
    stop = true;
    writer.join();
    ASSERT_TRUE(done) << done.error().details;
    EXPECT_FALSE(std::filesystem::exists(copy + ".unfinished"));
    const auto opened = open(copy, {});
    ASSERT_TRUE(opened) << opened.error().details;
    Database& restored = **opened;
    restored.read([&](Tx& tx) {
        tx.query("PRAGMA integrity_check", {},
                 [](const Row& row) { EXPECT_EQ(row.text(0), "ok"); });
    });
    const std::int64_t rows = number(restored, "SELECT count(*) FROM facts");
    EXPECT_GE(rows, before);
    EXPECT_LE(rows, after + 50);
    EXPECT_EQ(rows, number(restored, "SELECT max(id) + 1 FROM facts"));
    EXPECT_LT(longest_ms, 2000);
    EXPECT_FALSE(database_->backup_to(copy)) << "an existing file is never overwritten";
}

TEST_F(SqliteTest, TheWalIsCopiedBesideAndWraps) {
    const std::string wal = file_ + "-wal";
    for (int i = 0; i < 60; ++i) {
        write(i * 1000, 1000, 8000);  // 8 MB each
        database_->between_batches();
    }
    const auto size = std::filesystem::file_size(wal);
    EXPECT_LT(size, std::uintmax_t{450} << 20) << "480 MB were written";
    EXPECT_GT(std::filesystem::file_size(file_), std::uintmax_t{100} << 20);
    EXPECT_EQ(number(*database_, "SELECT count(*) FROM facts"), 60'000);
}

TEST_F(SqliteTest, AReaderThatTakesTooLongDoesNotHoldOthers) {
    write(0, 10);
    database_->read([&](Tx& tx) {
        tx.query("SELECT count(*) FROM facts", {}, [](const Row&) {});
        write(100, 10);
        EXPECT_EQ(number(*database_, "SELECT count(*) FROM facts"), 20);
    });
}

}  // namespace
}  // namespace perennial::db
