// Rows by (bucket, project, id): in the order of locks, and chain by chain.
#include <gtest/gtest.h>

#include <map>

#include "platform/db/chains.hpp"
#include "platform/db/row_keys.hpp"
#include "tests/support/postgres_or_sqlite.hpp"

namespace perennial::db {
namespace {

const Insert insert_links{"links", {"bucket", "project", "id", "previous"}};
const Select select_links{"links", {"bucket", "project", "id"}, {"id", "previous"}};

class KeysTest : public test::DatabaseTest {
  protected:
    void SetUp() override {
        DatabaseTest::SetUp();
        if (IsSkipped()) return;
        define(R"(
CREATE TABLE links (
    bucket $small NOT NULL,
    project $int NOT NULL,
    id $blob NOT NULL,
    previous $blob,
    PRIMARY KEY (bucket, project, id)
) $clustered;
)");
    }

    static RawId id(std::int64_t time, Place place) { return RawId::make(time, place, 7); }

    /// Each names the one before it.
    void add_chain(const std::vector<RawId>& oldest_first) {
        auto tx = database().begin_write();
        Rows rows(4);
        const RawId* previous = nullptr;
        for (const RawId& one : oldest_first) {
            rows.add({tx->bucket(one.place()), 1, one, previous ? Value(*previous) : Value()});
            previous = &one;
        }
        tx->insert(insert_links, rows);
        tx->commit();
    }

    std::map<std::size_t, std::vector<std::int64_t>> walk(const std::vector<RawId>& newest) {
        std::map<std::size_t, std::vector<std::int64_t>> out;
        database().read([&](Tx& tx) {
            out.clear();
            Chains chains;
            for (std::size_t i = 0; i < newest.size(); ++i) chains.add(newest[i], i);
            while (chains.go_on())
                tx.select(select_links, chains.keys(tx, 1), [&](const Row& row) {
                    out[chains.chain_of(row.id(0), row.id(1))].push_back(row.id(0).time_ms());
                });
        });
        return out;
    }
};
PERENNIAL_ON_ALL_DATABASES(KeysTest);

TEST_P(KeysTest, ChainsAreFollowedTogetherNewestFirst) {
    add_chain({id(10, 900), id(40, 900), id(60, 900)});
    add_chain({id(20, 3)});
    add_chain({id(30, 77), id(50, 77)});
    const std::map<std::size_t, std::vector<std::int64_t>> expected{
        {0, {50, 30}}, {2, {60, 40, 10}}, {3, {20}}};
    EXPECT_EQ(walk({id(50, 77), RawId{}, id(60, 900), id(20, 3)}), expected);
    EXPECT_TRUE(walk({}).empty());
    EXPECT_TRUE(walk({RawId{}}).empty());
}

TEST_P(KeysTest, ARowThatIsNotThereIsABrokenChain) {
    add_chain({id(10, 900), id(40, 900)});
    EXPECT_THROW(walk({id(40, 900), id(41, 900)}), InvariantBroken);
}

TEST_P(KeysTest, SlotsAreMadeInTheOrderOfLocks) {
    auto tx = database().begin_write();
    std::map<RowKey, int> slots{{{1, id(10, 5)}, 1}};
    std::vector<RowKey> wanted{{2, id(20, 300)}, {1, id(10, 5)}, {1, id(20, 300)}, {1, id(30, 5)},
                               {2, id(20, 300)}};
    const Rows rows = make_slots(*tx, wanted, slots);
    EXPECT_EQ(slots.size(), 4U);
    ASSERT_EQ(rows.count(), 3U);
    ASSERT_EQ(wanted.size(), 3U);
    for (std::size_t i = 0; i < rows.count(); ++i) {
        EXPECT_EQ(rows.row(i)[0].integer, tx->bucket(wanted[i].second.place()));
        EXPECT_EQ(rows.row(i)[1].integer, wanted[i].first);
        EXPECT_EQ(rows.row(i)[2].bytes, wanted[i].second.view());
        if (i == 0) continue;
        EXPECT_LT(std::tuple(rows.row(i - 1)[0].integer, wanted[i - 1]),
                  std::tuple(rows.row(i)[0].integer, wanted[i]));
    }
}

}  // namespace
}  // namespace perennial::db
