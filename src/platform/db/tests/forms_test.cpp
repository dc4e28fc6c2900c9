// The bulk forms and plain statements behave alike on both databases.
#include <gtest/gtest.h>

#include <limits>

#include "tests/support/postgres_or_sqlite.hpp"

namespace perennial::db {
namespace {

const Insert insert_things{"things", {"bucket", "id", "name", "amount", "body"}};
const Insert insert_new_things{
    "things", {"bucket", "id", "name", "amount", "body"}, {"bucket", "id"}};
const Insert add_amounts{"things",
                         {"bucket", "id", "name", "amount", "body"},
                         {"bucket", "id"},
                         {"amount"}};
const Update set_amount{"things", {"bucket", "id"}, {"amount", "body"}};
const Update use_up{"things", {"bucket", "id"}, {"name"}, {"amount"}, "amount - 1 >= 0"};
const Select load_things{"things", {"bucket", "id"}, {"id", "name", "amount", "body"}};
const Select lock_things{"things", {"bucket", "id"}, {"id"}, true};
const Select load_by_bucket{"things", {"bucket"}, {"id"}};
const Delete remove_things{"things", {"bucket", "id"}};

class FormsTest : public test::DatabaseTest {
  protected:
    void SetUp() override {
        DatabaseTest::SetUp();
        if (IsSkipped()) return;
        define(R"(
CREATE TABLE things (
    bucket $small NOT NULL,
    id $text NOT NULL,
    name $text,
    amount $int,
    body $blob,
    PRIMARY KEY (bucket, id)
) $clustered;
)");
    }

    void add(std::initializer_list<std::string> ids) {
        auto tx = database().begin_write();
        Rows rows(5);
        std::vector<std::string> names;
        names.reserve(ids.size());
        for (const std::string& id : ids) {
            names.push_back("name of " + id);
            rows.add({1, id, names.back(), 10, Value()});
        }
        EXPECT_EQ(tx->insert(insert_things, rows), static_cast<std::int64_t>(ids.size()));
        tx->commit();
    }

    std::string all() {
        std::string out;
        database().read([&](Tx& tx) {
            tx.query("SELECT id, name, amount FROM things ORDER BY bucket, id", {},
                     [&](const Row& row) {
                         out += std::string(row.text(0)) + ":" + std::string(row.text_or_empty(1)) +
                                ":" + std::to_string(row.integer_or(2, -1)) + " ";
                     });
        });
        return out;
    }
};
PERENNIAL_ON_ALL_DATABASES(FormsTest);

TEST_P(FormsTest, BucketsAreKept) {
    EXPECT_EQ(database().buckets(), GetParam().buckets);
    reopen();
    EXPECT_EQ(database().buckets(), GetParam().buckets);
    auto tx = database().begin_write();
    EXPECT_EQ(tx->bucket(1000), 1000 % GetParam().buckets);
}

TEST_P(FormsTest, ValuesComeBackAsTheyWent) {
    const std::string blob("\0\x01\xff\n'", 5);
    const std::string text = "Grüße, 'quoted' \"x\" \\ 日本";
    const std::int64_t least = std::numeric_limits<std::int64_t>::min();
    {
        auto tx = database().begin_write();
        Rows rows(5);
        rows.add({1, "a", text, least, Value::blob(blob)});
        rows.add({1, "b", Value(), Value(), Value()});
        rows.add({1, "c", "", 0, Value::blob("")});
        EXPECT_EQ(tx->insert(insert_things, rows), 3);
        tx->commit();
    }
    int seen = 0;
    database().read([&](Tx& tx) {
        Rows keys(2);
        for (const char* id : {"c", "b", "a", "missing", "a"}) keys.add({1, id});
        keys.add({Value(), "a"});
        tx.select(load_things, keys, [&](const Row& row) {
            ++seen;
            if (row.text(0) == "a") {
                EXPECT_EQ(seen, 1);
                EXPECT_EQ(row.text(1), text);
                EXPECT_EQ(row.integer(2), least);
                EXPECT_EQ(row.blob(3), blob);
            } else if (row.text(0) == "b") {
                EXPECT_TRUE(row.is_null(1) && row.is_null(2) && row.is_null(3));
            } else {
                EXPECT_EQ(seen, 3);
                EXPECT_FALSE(row.is_null(1));
                EXPECT_EQ(row.text(1), "");
                EXPECT_FALSE(row.is_null(3));
                EXPECT_EQ(row.blob(3), "");
            }
        });
    });
    EXPECT_EQ(seen, 3);
}

TEST_P(FormsTest, ColumnsOfNullsOnly) {
    auto tx = database().begin_write();
    Rows rows(5);
    for (const char* id : {"a", "b"}) rows.add({1, id, Value(), Value(), Value()});
    EXPECT_EQ(tx->insert(insert_things, rows), 2);
    tx->commit();
    EXPECT_EQ(all(), "a::-1 b::-1 ");
}

TEST_P(FormsTest, NothingToDo) {
    auto tx = database().begin_write();
    EXPECT_EQ(tx->insert(insert_things, Rows(5)), 0);
    EXPECT_EQ(tx->update(set_amount, Rows(4)), 0);
    EXPECT_EQ(tx->remove(remove_things, Rows(2)), 0);
    tx->select(load_things, Rows(2), [](const Row&) { FAIL(); });
    tx->commit();
}

TEST_P(FormsTest, InsertOrIgnoreCountsWhatIsNew) {
    add({"a", "b"});
    auto tx = database().begin_write();
    Rows rows(5);
    for (const char* id : {"d", "b", "c", "c"}) rows.add({1, id, "new", 1, Value()});
    EXPECT_EQ(tx->insert(insert_new_things, rows), 2);
    tx->commit();
    EXPECT_EQ(all(), "a:name of a:10 b:name of b:10 c:new:1 d:new:1 ");
}

TEST_P(FormsTest, DuplicateIsAConstraintFailureAndChangesNothing) {
    add({"a"});
    auto tx = database().begin_write();
    Rows rows(5);
    for (const char* id : {"z", "a"}) rows.add({1, id, "new", 1, Value()});
    try {
        tx->insert(insert_things, rows);
        tx->commit();
        FAIL() << "no failure";
    } catch (const Failure& failure) {
        EXPECT_EQ(failure.kind(), Failure::Kind::constraint) << failure.what();
    }
    tx.reset();
    EXPECT_EQ(all(), "a:name of a:10 ");
}

TEST_P(FormsTest, UpdateSetsByKeyAndCounts) {
    add({"a", "b", "c"});
    auto tx = database().begin_write();
    Rows rows(4);
    rows.add({1, "c", 30, Value::blob("x")});
    rows.add({1, "a", Value(), Value()});
    rows.add({2, "b", 20, Value()});
    rows.add({1, "missing", 20, Value()});
    EXPECT_EQ(tx->update(set_amount, rows), 2);
    tx->commit();
    EXPECT_EQ(all(), "a:name of a:-1 b:name of b:10 c:name of c:30 ");
}

TEST_P(FormsTest, UpdateAddsUnderAGuard) {
    add({"a", "b"});
    auto tx = database().begin_write();
    tx->execute("UPDATE things SET amount = ? WHERE id = ?", {0, "a"});
    Rows rows(4);
    rows.add({1, "a", "used", -1});
    rows.add({1, "b", "used", -1});
    EXPECT_EQ(tx->update(use_up, rows), 1);
    tx->commit();
    EXPECT_EQ(all(), "a:name of a:0 b:used:9 ");
}

TEST_P(FormsTest, RemoveByKey) {
    add({"a", "b", "c"});
    auto tx = database().begin_write();
    Rows keys(2);
    for (const char* id : {"c", "a", "missing", "a"}) keys.add({1, id});
    EXPECT_EQ(tx->remove(remove_things, keys), 2);
    tx->commit();
    EXPECT_EQ(all(), "b:name of b:10 ");
}

TEST_P(FormsTest, SelectByPartOfTheKey) {
    add({"b", "a"});
    std::set<std::string> seen;
    database().read([&](Tx& tx) {
        Rows keys(1);
        keys.add({1});
        tx.select(load_by_bucket, keys, [&](const Row& row) { seen.emplace(row.text(0)); });
    });
    EXPECT_EQ(seen, (std::set<std::string>{"a", "b"}));
}

TEST_P(FormsTest, KeysComeInByteOrder) {
    add({"b", "B", "ä", "a", "Z", "10", "9"});
    std::string seen;
    auto tx = database().begin_write();
    Rows keys(2);
    for (const char* id : {"ä", "a", "b", "B", "10", "Z", "9"}) keys.add({1, id});
    tx->select(lock_things, keys, [&](const Row& row) { seen += std::string(row.text(0)) + " "; });
    EXPECT_EQ(seen, "10 9 B Z a b ä ");
}

TEST_P(FormsTest, RolledBackWithoutCommit) {
    add({"a"});
    {
        auto tx = database().begin_write();
        tx->execute("DELETE FROM things");
    }
    {
        auto tx = database().begin_write();  // not even a statement
    }
    EXPECT_EQ(all(), "a:name of a:10 ");
}

TEST_P(FormsTest, PlainStatements) {
    add({"a", "b"});
    auto tx = database().begin_write();
    EXPECT_EQ(tx->execute("UPDATE things SET name = ? WHERE name LIKE 'name of%?' OR id = ? -- ?",
                          {"it's ?", "a"}),
              1);
    EXPECT_EQ(
        tx->execute("UPDATE things SET amount = ?, body = ? WHERE id = ?", {Value(), Value(), "b"}),
        1);
    std::int64_t sum = 0;
    tx->query("SELECT sum(amount), count(*), max(name) FROM things WHERE amount > ?", {9},
              [&](const Row& row) {
                  sum = row.integer(0);
                  EXPECT_EQ(row.integer(1), 1);
                  EXPECT_EQ(row.text(2), "it's ?");
              });
    EXPECT_EQ(sum, 10);
    tx->query("SELECT count(*) FROM things WHERE (? IS NULL OR id = ?) AND 'A' LIKE 'a'",
              {Value(), Value()}, [&](const Row& row) { EXPECT_EQ(row.integer(0), 0); });
    tx->commit();
    EXPECT_EQ(all(), "a:it's ?:10 b:name of b:-1 ");
}

TEST_P(FormsTest, BigAndNegativeSums) {
    auto tx = database().begin_write();
    Rows rows(5);
    rows.add({1, "a", Value(), -4'000'000'000'000'000'000, Value()});
    rows.add({1, "b", Value(), -4'000'000'000'000'000'007, Value()});
    rows.add({1, "c", Value(), 10'000, Value()});
    rows.add({1, "d", Value(), -10'000, Value()});
    tx->insert(insert_things, rows);
    tx->query("SELECT sum(amount) FROM things", {},
              [](const Row& row) { EXPECT_EQ(row.integer(0), -8'000'000'000'000'000'007); });
    tx->query("SELECT sum(amount) FROM things WHERE id IN ('c', 'd')", {},
              [](const Row& row) { EXPECT_EQ(row.integer(0), 0); });
    tx->query("SELECT sum(amount) FROM things WHERE id = 'c'", {},
              [](const Row& row) { EXPECT_EQ(row.integer(0), 10'000); });
    tx->query("SELECT sum(amount) FROM things WHERE id = 'none'", {},
              [](const Row& row) { EXPECT_TRUE(row.is_null(0)); });
}

TEST_P(FormsTest, QueriesInsideOfACallback) {
    add({"a", "b", "c"});
    int rows = 0;
    database().read([&](Tx& tx) {
        const char* sql = "SELECT id FROM things ORDER BY id";
        tx.query(sql, {}, [&](const Row& outer) {
            const std::string id(outer.text(0));
            tx.query(sql, {}, [&](const Row&) { ++rows; });
            EXPECT_EQ(outer.text(0), id);
        });
    });
    EXPECT_EQ(rows, 9);
}

TEST_P(FormsTest, AThrowingCallbackLeavesTheConnectionUsable) {
    add({"a", "b"});
    for (int i = 0; i < 5; ++i) {
        EXPECT_THROW(database().read([&](Tx& tx) {
            tx.query("SELECT id FROM things", {},
                     [](const Row&) { throw std::runtime_error("x"); });
        }),
                     std::runtime_error);
    }
    EXPECT_EQ(all(), "a:name of a:10 b:name of b:10 ");
}

TEST_P(FormsTest, AWrongStatementIsAnError) {
    for (const char* sql : {"SELECT nonsense FROM things", "SELEC 1"}) {
        try {
            database().read([&](Tx& tx) { tx.query(sql, {}, [](const Row&) {}); });
            FAIL() << "no failure";
        } catch (const Failure& failure) {
            EXPECT_EQ(failure.kind(), Failure::Kind::error) << failure.what();
        }
    }
    auto tx = database().begin_write();
    EXPECT_THROW(tx->execute("UPDATE things SET name = ?"), Failure);
}

TEST_P(FormsTest, ReadersSeeOneSnapshotAndCannotWrite) {
    add({"a"});
    database().read([&](Tx& tx) {
        std::int64_t before = 0;
        tx.query("SELECT count(*) FROM things", {},
                 [&](const Row& row) { before = row.integer(0); });
        add({"b"});
        tx.query("SELECT count(*) FROM things", {},
                 [&](const Row& row) { EXPECT_EQ(row.integer(0), before); });
        EXPECT_THROW(tx.execute("DELETE FROM things"), Failure);
    });
    EXPECT_EQ(all(), "a:name of a:10 b:name of b:10 ");
}

TEST_P(FormsTest, InsertOrAdd) {
    add({"b"});
    auto tx = database().begin_write();
    Rows rows(5);
    for (const char* id : {"c", "b", "a"}) rows.add({1, id, "new", 5, Value()});
    EXPECT_EQ(tx->insert(add_amounts, rows), 3);
    EXPECT_EQ(tx->insert(add_amounts, rows), 3);
    tx->commit();
    EXPECT_EQ(all(), "a:new:10 b:name of b:20 c:new:10 ");
}

TEST_P(FormsTest, ManyRowsAtOnce) {
    constexpr int count = 20'000;
    std::vector<std::string> ids;
    for (int i = 0; i < count; ++i) ids.push_back("id" + std::to_string(i));
    const std::string body(100, 'b');
    auto tx = database().begin_write();
    Rows rows(5);
    Rows keys(2);
    for (const std::string& id : ids) {
        rows.add({1, id, id, 1, Value::blob(body)});
        keys.add({1, id});
    }
    EXPECT_EQ(tx->insert(insert_things, rows), count);
    int seen = 0;
    tx->select(load_things, keys, [&](const Row&) { ++seen; });
    EXPECT_EQ(seen, count);
    tx->commit();
}

TEST_P(FormsTest, AValueOfAnotherTypeIsRefused) {
    auto tx = database().begin_write();
    Rows rows(5);
    rows.add({1, "a", "x", "not a number", Value()});
    EXPECT_THROW(
        {
            tx->insert(insert_things, rows);
            tx->commit();
        },
        Failure);
}

TEST_P(FormsTest, ConcurrentReaders) {
    add({"a", "b"});
    std::vector<std::thread> threads;
    std::atomic<int> rows{0};
    for (int i = 0; i < 8; ++i) {
        threads.emplace_back([&] {
            for (int k = 0; k < 50; ++k) {
                database().read([&](Tx& tx) {
                    tx.query("SELECT id FROM things", {}, [&](const Row&) { ++rows; });
                });
            }
        });
    }
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(rows, 800);
}

}  // namespace
}  // namespace perennial::db
