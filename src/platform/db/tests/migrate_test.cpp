#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "platform/db/driver.hpp"
#include "tests/support/postgres_or_sqlite.hpp"

namespace perennial::db {
namespace {

TEST(Translate, WordsOfBothDialects) {
    const char* sql =
        "CREATE TABLE t (a $int, b $small, c $text, d $blob, e TEXT DEFAULT '$5') $clustered;";
    EXPECT_EQ(translate(sql, Dialect::sqlite),
              "CREATE TABLE t (a INTEGER, b INTEGER, c TEXT, d BLOB, e TEXT DEFAULT '$5') "
              "WITHOUT ROWID, STRICT;");
    EXPECT_EQ(translate(sql, Dialect::postgres),
              "CREATE TABLE t (a bigint, b smallint, c text COLLATE \"C\", d bytea, e TEXT DEFAULT "
              "'$5') ;");
}

TEST(SplitStatements, AtLineFinalSemicolons) {
    const auto statements = split_statements(R"(
-- a comment; with a semicolon;
CREATE TABLE a (x TEXT DEFAULT 'a;b'); -- why
INSERT INTO a
    VALUES ('x');

UPDATE a SET x = 'y')");
    ASSERT_EQ(statements.size(), 3U);
    EXPECT_EQ(statements[0], "CREATE TABLE a (x TEXT DEFAULT 'a;b')");
    EXPECT_EQ(statements[1], "INSERT INTO a\n    VALUES ('x')");
    EXPECT_EQ(statements[2], "UPDATE a SET x = 'y'");
}

TEST(Migrations, AreNumberedUpwards) {
    int number = 0;
    for (const Migration& migration : migrations()) {
        EXPECT_GT(migration.number, number) << migration.name;
        number = migration.number;
    }
}

class MigrateTest : public testing::TestWithParam<Dialect> {
  protected:
    void SetUp() override {
        if (GetParam() == Dialect::sqlite) {
            url_ = folder_ / "migrate.db";
            return;
        }
        if (const std::string why = test::why_no_postgres(); !why.empty()) GTEST_SKIP() << why;
        postgres_ = std::make_unique<test::PostgresDatabase>();
        url_ = postgres_->url();
    }

    /// Empty when it went well, else the refusal.
    std::string migrate(std::span<const Migration> known, OpenOptions options = {}) {
        database_.reset();
        try {
            database_ = GetParam() == Dialect::sqlite ? connect_sqlite(url_, options)
                                                      : connect_postgres(url_, options);
            const auto done = bring_up_to_date(*database_, known, options);
            return done ? "" : done.error().details;
        } catch (const Failure& failure) {
            return failure.what();
        }
    }

    std::int64_t count(const std::string& table) {
        std::int64_t rows = -1;
        database_->read([&](Tx& tx) {
            tx.query("SELECT count(*) FROM " + table, {},
                     [&](const Row& row) { rows = row.integer(0); });
        });
        return rows;
    }

    test::TemporaryFolder folder_;
    std::unique_ptr<test::PostgresDatabase> postgres_;
    std::string url_;
    std::unique_ptr<DriverDatabase> database_;
};

const Migration first{1, "0001_first", "CREATE TABLE a (x $int);\nINSERT INTO a VALUES (1);\n"};
const Migration second{2, "0002_second", "CREATE TABLE b (x $int);\nINSERT INTO b VALUES (1);\n"};
const Migration second_changed{2, "0002_second", "CREATE TABLE b (x $text);\n"};
const Migration second_broken{2, "0002_second", "CREATE TABLE b (x $int);\nINSERT INTO c;\n"};

TEST_P(MigrateTest, AppliesOnceAndForward) {
    EXPECT_EQ(migrate(std::array{first}), "");
    EXPECT_EQ(count("a"), 1);
    EXPECT_EQ(migrate(std::array{first, second}), "");
    EXPECT_EQ(migrate(std::array{first, second}), "");
    EXPECT_EQ(count("a"), 1);
    EXPECT_EQ(count("b"), 1);
    EXPECT_EQ(count("schema_migrations"), 2);
}

TEST_P(MigrateTest, KeepsTheBuckets) {
    EXPECT_EQ(migrate(std::array{first}, {.buckets = 7}), "");
    EXPECT_EQ(database_->buckets(), 7);
    EXPECT_EQ(migrate(std::array{first}, {.buckets = 9}), "");
    EXPECT_EQ(database_->buckets(), 7);
}

TEST_P(MigrateTest, RefusesANewerDatabase) {
    EXPECT_EQ(migrate(std::array{first, second}), "");
    EXPECT_NE(migrate(std::array{first}).find("newer than this program"), std::string::npos);
}

TEST_P(MigrateTest, RefusesAChangedMigration) {
    EXPECT_EQ(migrate(std::array{first, second}), "");
    EXPECT_NE(migrate(std::array{first, second_changed}).find("another text"), std::string::npos);
}

TEST_P(MigrateTest, ABrokenMigrationLeavesNoTrace) {
    EXPECT_NE(migrate(std::array{first, second_broken}), "");
    EXPECT_EQ(migrate(std::array{first, second}), "");
    EXPECT_EQ(count("b"), 1);
}

TEST_P(MigrateTest, ReadOnlyLooksAndDoesNotTouch) {
    EXPECT_NE(migrate(std::array{first}, {.read_only = true}), "");
    EXPECT_EQ(migrate(std::array{first}), "");
    EXPECT_EQ(migrate(std::array{first}, {.read_only = true}), "");
    EXPECT_EQ(count("a"), 1);
    EXPECT_THROW(database_->begin_write(), Failure);
    EXPECT_NE(migrate(std::array{first, second}, {.read_only = true}).find("older"),
              std::string::npos);
}

TEST_P(MigrateTest, SeveralServersStartAtOnce) {
    if (GetParam() == Dialect::sqlite) GTEST_SKIP() << "one process at a time by its lock file";
    std::vector<std::thread> servers;
    std::atomic<int> started{0};
    for (int i = 0; i < 4; ++i) {
        servers.emplace_back([&] {
            auto database = connect_postgres(url_, {});
            const auto done = bring_up_to_date(*database, std::array{first, second}, {});
            if (done) ++started;
        });
    }
    for (auto& server : servers) server.join();
    EXPECT_EQ(started, 4);
    EXPECT_EQ(migrate(std::array{first, second}), "");
    EXPECT_EQ(count("a"), 1);
}

// What is found by its key must not be planned over another index: with young statistics PostgreSQL
// prefers a short index with thousands of equal entries. So an index that begins like a key is
// partial, and only the queries that say its condition can be planned over it.
TEST_P(MigrateTest, IndexesForScansArePartial) {
    ASSERT_EQ(migrate(migrations()), "");
    const char* indexes =
        GetParam() == Dialect::sqlite
            ? "SELECT tbl_name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL "
              "AND 'bucket' IN (SELECT name FROM pragma_table_info(tbl_name))"
            : "SELECT tablename, indexdef FROM pg_indexes WHERE schemaname = current_schema() "
              "AND indexname NOT LIKE '%_pkey' AND tablename IN (SELECT table_name FROM "
              "information_schema.columns WHERE column_name = 'bucket')";
    int seen = 0;
    database_->read([&](Tx& tx) {
        tx.query(indexes, {}, [&](const Row& row) {
            const std::string text(row.text(1));
            const auto open = text.find('(');
            ASSERT_NE(open, std::string::npos);
            const auto end = text.find_first_of(",)", open);
            const std::string leading = text.substr(open + 1, end - open - 1);
            ++seen;
            if (leading != "project" && leading != "bucket") return;
            EXPECT_NE(text.find(" WHERE "), std::string::npos) << row.text(0) << ": " << text;
        });
    });
    EXPECT_GT(seen, 5);
}

// What a sharded PostgreSQL asks of the schema: a table either lies by its bucket, then every key of it
// begins with the bucket; or it is small and lies everywhere, and is named here.
TEST_P(MigrateTest, EveryKeyOfABucketedTableBeginsWithItsBucket) {
    ASSERT_EQ(migrate(migrations()), "");
    const std::set<std::string> everywhere = {
        "projects", "api_keys", "setup_links", "definitions", "oauth_tokens", "imports",
        "trash_bin", "meta", "schema_migrations", "backfills"};
    const bool lite = GetParam() == Dialect::sqlite;
    std::map<std::string, std::string> leading;  // of the primary key, by table
    std::vector<std::string> others;           // that may not be there
    database_->read([&](Tx& tx) {
        tx.query(lite ? "SELECT m.name, (SELECT name FROM pragma_table_info(m.name) WHERE pk = 1) "
                        "FROM sqlite_master m WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite%'"
                      : "SELECT t.table_name, (SELECT a.attname FROM pg_index i JOIN pg_attribute a "
                        "ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0] WHERE i.indisprimary "
                        "AND i.indrelid = t.table_name::regclass) FROM information_schema.tables t "
                        "WHERE t.table_schema = current_schema()",
                 {}, [&](const Row& row) {
                     leading[std::string(row.text(0))] = std::string(row.text_or_empty(1));
                 });
        tx.query(lite ? "SELECT name FROM sqlite_master WHERE type = 'trigger' OR (type = 'table' "
                        "AND sql LIKE '%AUTOINCREMENT%')"
                      : "SELECT tgname::text FROM pg_trigger WHERE NOT tgisinternal UNION ALL SELECT "
                        "relname::text FROM pg_class WHERE relkind = 'S' AND relnamespace = "
                        "current_schema()::regnamespace UNION ALL SELECT conname::text FROM "
                        "pg_constraint c WHERE contype = 'f' AND connamespace = "
                        "current_schema()::regnamespace AND EXISTS (SELECT 1 FROM pg_attribute a "
                        "WHERE a.attrelid = c.conrelid AND a.attname = 'bucket')",
                 {}, [&](const Row& row) { others.emplace_back(row.text(0)); });
        // Unique indexes besides the keys.
        tx.query(lite ? "SELECT m.tbl_name, (SELECT name FROM pragma_index_info(l.name) WHERE seqno = "
                        "0) FROM sqlite_master m, pragma_index_list(m.tbl_name) l WHERE m.type = "
                        "'table' AND l.\"unique\" = 1 AND l.origin <> 'pk'"
                      : "SELECT c.relname::text, (SELECT a.attname FROM pg_attribute a WHERE a.attrelid "
                        "= i.indrelid AND a.attnum = i.indkey[0]) FROM pg_index i JOIN pg_class c ON "
                        "c.oid = i.indrelid WHERE i.indisunique AND NOT i.indisprimary AND "
                        "c.relnamespace = current_schema()::regnamespace",
                 {}, [&](const Row& row) {
                     if (!everywhere.contains(std::string(row.text(0))) &&
                         row.text_or_empty(1) != "bucket")
                         others.push_back(fmt::format("unique index of {}", row.text(0)));
                 });
    });
    EXPECT_GT(leading.size(), 20u);
    for (const auto& [table, column] : leading)
        EXPECT_EQ(column == "bucket", !everywhere.contains(table)) << table << ": " << column;
    for (const std::string& other : others) ADD_FAILURE() << other;
}

INSTANTIATE_TEST_SUITE_P(On, MigrateTest, testing::Values(Dialect::sqlite, Dialect::postgres),
                         [](const auto& of) {
                             return of.param == Dialect::sqlite ? "sqlite" : "postgres";
                         });

TEST(Open, RefusalsSayWhatToDo) {
    const test::TemporaryFolder folder;
    EXPECT_FALSE(open(":memory:", {}));
    EXPECT_FALSE(open("", {}));
    EXPECT_FALSE(open(folder / "none" + std::string("/x.db"), {}));
    const auto missing = open(folder / "missing.db", {.create = false});
    ASSERT_FALSE(missing);
    EXPECT_NE(missing.error().details.find("there is no file"), std::string::npos);
    const auto unreachable = open("postgresql://nobody@127.0.0.1:1/none", {});
    ASSERT_FALSE(unreachable);
    EXPECT_NE(unreachable.error().details.find("PostgreSQL"), std::string::npos);
}

}  // namespace
}  // namespace perennial::db
