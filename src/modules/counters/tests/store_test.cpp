#include "modules/counters/store.hpp"

#include "tests/support/postgres_or_sqlite.hpp"

namespace perennial::counters {
namespace {

class Counters : public test::DatabaseTest {
  protected:
    /// Adds to each in one batch.
    void add(const std::vector<RawId>& ids, std::int64_t n, std::optional<std::int64_t> limit) {
        auto tx = database().begin_write();
        work::Batch batch(*tx, ids_, {1});
        auto& set = batch.get<Set>();
        for (const RawId& id : ids) set.want(1, id);
        batch.load();
        for (const RawId& id : ids) set.add(1, id, n, limit);
        batch.save();
        tx->commit();
    }
    std::int64_t stored(const RawId& id) {
        std::int64_t out = 0;
        database().read([&](db::Tx& tx) { out = used(tx, 1, id); });
        return out;
    }
    Ids ids_{7};
    const RawId a_ = RawId::make(1, 3, 1);
    const RawId b_ = RawId::make(1, 2, 2);
};
PERENNIAL_ON_ALL_DATABASES(Counters);

TEST_P(Counters, CountUpAndDown) {
    EXPECT_EQ(stored(a_), 0);
    add({a_, b_, a_}, 2, std::nullopt);
    EXPECT_EQ(stored(a_), 4);
    EXPECT_EQ(stored(b_), 2);
    add({a_}, -1, std::nullopt);
    EXPECT_EQ(stored(a_), 3);
}

TEST_P(Counters, KnowWhatTheBatchHasAdded) {
    add({a_}, 5, 5);
    auto tx = database().begin_write();
    work::Batch batch(*tx, ids_, {1});
    auto& set = batch.get<Set>();
    set.want(1, a_);
    batch.load();
    EXPECT_EQ(set.used(1, a_), 5);
    set.add(1, a_, -2, 5);
    EXPECT_EQ(set.used(1, a_), 3);
}

TEST_P(Counters, NeverPassTheLimit) {
    add({a_}, 5, 5);
    EXPECT_THROW(add({a_}, 1, 5), InvariantBroken);
    EXPECT_EQ(stored(a_), 5);
    // Less is always allowed, also when the limit was lowered meanwhile.
    add({a_}, -1, 2);
    EXPECT_EQ(stored(a_), 4);
}

}  // namespace
}  // namespace perennial::counters
