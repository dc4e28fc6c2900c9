#include "platform/jobs/workers.hpp"

#include <gtest/gtest.h>

#include <future>

#include "platform/log/log.hpp"
#include "tests/support/postgres_or_sqlite.hpp"

namespace perennial::jobs {
namespace {

constexpr Timestamp begin{1'700'000'000'000};

class WorkersTest : public test::DatabaseTest {
  protected:
    void SetUp() override {
        DatabaseTest::SetUp();
        if (IsSkipped()) return;
        log::configure(log::Level::error, log::Format::json);
        committer_ = std::make_unique<work::Committer>(
            database(), ids_, [this] { return now(); }, work::CommitterOptions{});
    }
    void TearDown() override {
        committer_.reset();
        DatabaseTest::TearDown();
    }

    Timestamp now() const { return {now_ms_}; }
    void advance(std::int64_t ms) { now_ms_ += ms; }

    JobKey enqueue(const std::string& kind, std::optional<Timestamp> run_at = {}) {
        JobId id;
        work::Unit unit;
        unit.run = [&](work::Batch& batch) {
            id = batch.get<JobSet>().enqueue(batch, {.project = 1,
                                                     .place = 7,
                                                     .kind = kind,
                                                     .payload = R"({"rows":3})",
                                                     .created_at = begin,
                                                     .run_at = run_at});
        };
        committer_->run(std::move(unit));
        return {1, id};
    }
    Job load(const JobKey& key) {
        std::optional<Job> job;
        database().read([&](db::Tx& tx) { job = load_job(tx, key); });
        return job.value();
    }
    Job wait_for(const JobKey& key, FunctionRef<bool(const Job&)> is_so) {
        for (int i = 0; i < 5000; ++i) {
            Job job = load(key);
            if (is_so(job)) return job;
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        }
        ADD_FAILURE() << "it never came to that";
        return load(key);
    }
    Job wait_for(const JobKey& key, JobState state) {
        return wait_for(key, [&](const Job& job) { return job.state == state; });
    }
    Workers workers(std::vector<Kind> kinds, int threads = 2) {
        return Workers(database(), *committer_, [this] { return now(); }, std::move(kinds),
                       {.threads = threads, .poll_ms = 5});
    }

    Ids ids_{42};
    std::atomic<std::int64_t> now_ms_{begin.ms};
    std::unique_ptr<work::Committer> committer_;
};
PERENNIAL_ON_ALL_DATABASES(WorkersTest);

TEST_P(WorkersTest, DoesAJobInSlices) {
    std::vector<std::string> positions;
    auto pool = workers({{"count", [&](JobContext& job) {
                              positions.push_back(job.job().position);
                              for (int row = 0; row < 3; ++row)
                                  if (!job.commit({}, std::to_string(row), row * 33))
                                      return Outcome::stopped();
                              return Outcome::done(R"({"message":"3 rows"})");
                          }}});
    pool.start();
    const JobKey key = enqueue("count");
    const Job job = wait_for(key, JobState::done);
    EXPECT_EQ(job.result, R"({"message":"3 rows"})");
    EXPECT_EQ(job.progress, 100);
    EXPECT_EQ(job.position, "2");
    EXPECT_EQ(job.payload, R"({"rows":3})");
    EXPECT_EQ(positions, std::vector<std::string>{""});
}

TEST_P(WorkersTest, GoesOnWhereItsLastSliceEnded) {
    std::vector<std::string> positions;
    auto pool = workers({{"fragile", [&](JobContext& job) {
                              positions.push_back(job.job().position);
                              if (positions.size() == 1) {
                                  EXPECT_TRUE(job.commit({}, "half", 50));
                                  throw std::runtime_error("provider down");
                              }
                              return Outcome::done("{}");
                          }}});
    pool.start();
    const JobKey key = enqueue("fragile");
    const Job waiting = wait_for(key, [](const Job& job) {
        return job.position == "half" && job.state == JobState::waiting;
    });
    EXPECT_EQ(waiting.run_at, begin + retry_delay_ms(1));
    EXPECT_EQ(waiting.progress, 50);
    advance(retry_delay_ms(1));
    wait_for(key, JobState::done);
    EXPECT_EQ(positions, (std::vector<std::string>{"", "half"}));
}

TEST_P(WorkersTest, FailsAfterItsLastAttempt) {
    std::atomic<int> calls{0};
    auto pool = workers({{"broken",
                          [&](JobContext&) -> Outcome {
                              ++calls;
                              throw std::runtime_error("always");
                          },
                          3}});
    pool.start();
    const JobKey key = enqueue("broken");
    for (int attempt = 1; attempt <= 2; ++attempt) {
        wait_for(key, [&](const Job& job) {
            return job.attempts == attempt && job.state == JobState::waiting;
        });
        advance(retry_delay_ms(attempt));
    }
    wait_for(key, JobState::failed);
    EXPECT_EQ(load(key).state, JobState::failed);
    EXPECT_EQ(load(key).result, R"({"message":"always"})");
    EXPECT_EQ(calls, 3);
}

TEST_P(WorkersTest, WaitsUntilItIsDue) {
    std::atomic<int> calls{0};
    auto pool = workers({{"later", [&](JobContext&) {
                              ++calls;
                              return Outcome::done("{}");
                          }}});
    const JobKey later = enqueue("later", begin + hour_ms);
    const JobKey at_once = enqueue("later");
    pool.start();
    wait_for(at_once, JobState::done);
    EXPECT_EQ(calls, 1);
    EXPECT_EQ(load(later).state, JobState::waiting);
    advance(hour_ms);
    wait_for(later, JobState::done);
}

// As if two servers: the first holds the job longer than its lease, the second takes it over.
TEST_P(WorkersTest, WhoHasLostTheLeaseWritesNothing) {
    std::promise<void> overtaken;
    std::atomic<bool> wrote{false};
    std::optional<bool> committed;
    auto slow = workers({{"long", [&](JobContext& job) {
                              overtaken.get_future().wait();
                              work::Unit slice;
                              slice.run = [&](work::Batch&) { wrote = true; };
                              committed = job.commit(std::move(slice), "slow", 10);
                              return Outcome::stopped();
                          }}},
                        1);
    slow.start();
    const JobKey key = enqueue("long");
    wait_for(key, JobState::running);
    advance(2 * minute_ms);
    auto quick = workers({{"long", [&](JobContext&) { return Outcome::done("{}"); }}}, 1);
    quick.start();
    wait_for(key, JobState::done);
    overtaken.set_value();
    slow.stop();
    EXPECT_EQ(committed, false);
    EXPECT_FALSE(wrote);
    EXPECT_EQ(load(key).state, JobState::done);
    EXPECT_EQ(load(key).position, "");
}

TEST_P(WorkersTest, RecordsWhatIsFinished) {
    JobId id;
    work::Unit unit;
    unit.run = [&](work::Batch& batch) {
        id = batch.get<JobSet>().record_finished(batch,
                                                 {.project = 1,
                                                  .place = 3,
                                                  .kind = "",
                                                  .action = "VOUCHERS.IMPORT",
                                                  .request_id = "v-1",
                                                  .created_at = begin},
                                                 R"({"done_count":2})", true);
    };
    committer_->run(std::move(unit));
    const Job job = load({1, id});
    EXPECT_EQ(job.state, JobState::done);
    EXPECT_EQ(job.action, "VOUCHERS.IMPORT");
    database().read([&](db::Tx& tx) {
        EXPECT_TRUE(due_jobs(tx, begin + day_ms, 10).empty());
        EXPECT_EQ(next_due_job(tx), std::nullopt);
        EXPECT_EQ(list_actions(tx, 1, {}).size(), 1U);
        EXPECT_EQ(list_actions(tx, 1, {.created_before = begin}).size(), 0U);
        EXPECT_EQ(list_actions(tx, 2, {}).size(), 0U);
    });
}

TEST(RetryDelay, DoublesToTenMinutes) {
    EXPECT_EQ(retry_delay_ms(1), 1000);
    EXPECT_EQ(retry_delay_ms(2), 2000);
    EXPECT_EQ(retry_delay_ms(5), 16'000);
    EXPECT_EQ(retry_delay_ms(11), 600'000);
    EXPECT_EQ(retry_delay_ms(1000), 600'000);
}

}  // namespace
}  // namespace perennial::jobs
