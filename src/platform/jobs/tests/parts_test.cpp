#include "platform/jobs/parts.hpp"

#include <gtest/gtest.h>

#include <thread>

#include "platform/jobs/finished.hpp"
#include "tests/support/postgres_or_sqlite.hpp"

namespace perennial::jobs {
namespace {

class PartsTest : public test::DatabaseTest {
  protected:
    void write(FunctionRef<void(work::Batch&)> body) {
        auto tx = database().begin_write();
        work::Batch batch(*tx, ids_, Timestamp{1'700'000'000'000});
        body(batch);
        batch.save();
        tx->commit();
    }
    std::optional<std::string> load(const RawId& owner, std::int64_t part) {
        std::optional<std::string> out;
        database().read([&](db::Tx& tx) { out = load_part(tx, 1, owner, part); });
        return out;
    }
    Ids ids_{3};
};
PERENNIAL_ON_ALL_DATABASES(PartsTest);

TEST_P(PartsTest, KeepsBytesUntilTheyAreRemoved) {
    const RawId a = RawId::make(1000, 1, 1);
    const RawId b = RawId::make(2000, 1, 2);
    const std::string bytes("\0x\xff", 3);
    write([&](work::Batch& batch) {
        auto& parts = batch.get<PartSet>();
        parts.add(1, a, 0, bytes);
        parts.add(1, a, 1, "second");
        parts.add(1, b, 0, "other");
    });
    EXPECT_EQ(load(a, 0), bytes);
    EXPECT_EQ(load(a, 2), std::nullopt);
    write([&](work::Batch& batch) { batch.get<PartSet>().remove(1, a, 0); });
    EXPECT_EQ(load(a, 0), std::nullopt);
    EXPECT_EQ(load(a, 1), "second");
    // Emptied and filled anew in one batch.
    write([&](work::Batch& batch) {
        batch.get<PartSet>().remove_all(1, a);
        batch.get<PartSet>().add(1, a, 0, "again");
    });
    EXPECT_EQ(load(a, 0), "again");
    EXPECT_EQ(load(a, 1), std::nullopt);
    EXPECT_EQ(load(b, 0), "other");
}

TEST_P(PartsTest, ForgetsWhatIsOldAndDone) {
    JobId done;
    JobId waiting;
    write([&](work::Batch& batch) {
        auto& set = batch.get<JobSet>();
        done = set.record_finished(batch, {.project = 1, .place = 1, .kind = "k", .action = "A"}, "{}", true);
        waiting = set.enqueue(batch, {.project = 1, .place = 1, .kind = "k"});
        for (const JobId& id : {done, waiting}) batch.get<PartSet>().add(1, id, 0, "x");
    });
    const auto forget = [&](std::int64_t ms) {
        write([&](work::Batch& batch) {
            forget_jobs_before(batch.tx, Timestamp{ms}, Timestamp{ms});
        });
    };
    forget(1'700'000'000'000);
    EXPECT_TRUE(load(done, 0).has_value());
    forget(1'700'000'000'001);
    EXPECT_FALSE(load(done, 0).has_value());
    EXPECT_TRUE(load(waiting, 0).has_value());
    database().read([&](db::Tx& tx) {
        EXPECT_FALSE(load_job(tx, {1, done}).has_value());
        EXPECT_TRUE(load_job(tx, {1, waiting}).has_value());
    });
}

TEST(FinishedBoard, WaitsOnlyWhileSomebodyWorks) {
    FinishedBoard board;
    const JobKey key{1, JobId(RawId::make(5, 1, 1))};
    EXPECT_FALSE(board.wait(key, 60'000));  // nobody does jobs: at once
    board.workers_started();
    EXPECT_FALSE(board.wait(key, 1));
    std::thread worker([&] { board.add(key); });
    EXPECT_TRUE(board.wait(key, 60'000));
    worker.join();
    EXPECT_TRUE(board.wait(key, 0));
}

}  // namespace
}  // namespace perennial::jobs
