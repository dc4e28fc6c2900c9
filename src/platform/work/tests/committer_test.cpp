#include "platform/work/committer.hpp"

#include <gtest/gtest.h>

#include <map>

#include "platform/db/fault_vfs.hpp"
#include "tests/support/postgres_or_sqlite.hpp"

namespace perennial::work {
namespace {

using db::Failure;

/// Counters by name: what a module's set looks like.
struct Counters {
    static constexpr int rank = 60;
    static inline const db::Select form{
        "test_counters", {"bucket", "name"}, {"name", "used"}, true};
    static inline const db::Update write{"test_counters", {"bucket", "name"}, {"used"}};
    static inline const db::Insert create{"test_counters", {"bucket", "name", "used"}};

    std::map<std::string, std::int64_t> used;
    std::set<std::string> wanted;
    std::set<std::string> found;

    static std::int64_t bucket_of(const db::Tx& tx, const std::string& name) {
        return tx.bucket(place_of(name));
    }
    void load(Batch& batch) {
        db::Rows keys(2);
        for (const auto& name : wanted) keys.add({bucket_of(batch.tx, name), name});
        batch.tx.select(form, keys, [&](const db::Row& row) {
            found.emplace(row.text(0));
            used[std::string(row.text(0))] = row.integer(1);
        });
        wanted.clear();
    }
    void save(Batch& batch) {
        db::Rows changed(3);
        db::Rows made(3);
        for (const auto& [name, count] : used) {
            auto& rows = found.contains(name) ? changed : made;
            rows.add({bucket_of(batch.tx, name), name, count});
        }
        EXPECT_EQ(batch.tx.update(write, changed), static_cast<std::int64_t>(changed.count()));
        batch.tx.insert(create, made);
    }
};

const char* counters_table = R"(
CREATE TABLE test_counters (
    bucket $small NOT NULL,
    name $text NOT NULL,
    used $int NOT NULL,
    PRIMARY KEY (bucket, name)
) $clustered;
)";

Timestamp machine_now() {
    return {std::chrono::duration_cast<std::chrono::milliseconds>(
                std::chrono::system_clock::now().time_since_epoch())
                .count()};
}

Unit counting(const std::string& name) {
    Unit unit;
    unit.lane = place_of(name);
    unit.want = [name](Batch& batch) { batch.get<Counters>().wanted.insert(name); };
    unit.run = [name](Batch& batch) { ++batch.get<Counters>().used[name]; };
    return unit;
}

std::int64_t sum_of(db::Database& database) {
    std::int64_t sum = -1;
    database.read([&](db::Tx& tx) {
        tx.query("SELECT coalesce(sum(used), 0) FROM test_counters", {},
                 [&](const db::Row& row) { sum = row.integer(0); });
    });
    return sum;
}

class CommitterTest : public test::DatabaseTest {
  protected:
    void SetUp() override {
        DatabaseTest::SetUp();
        if (IsSkipped()) return;
        define(counters_table);
    }
    Ids ids_;
};
PERENNIAL_ON_ALL_DATABASES(CommitterTest);

TEST_P(CommitterTest, TenThousandUnitsFromManyThreads) {
    std::atomic<int> answered{0};
    Committer committer(database(), ids_, machine_now, {.threads = 3});
    std::vector<std::thread> clients;
    for (int client = 0; client < 4; ++client) {
        clients.emplace_back([&, client] {
            for (int i = 0; i < 2500; ++i) {
                Unit unit = counting("counter " + std::to_string((i * 7 + client) % 50));
                unit.done = [&](const Failure* failure) {
                    if (failure == nullptr) ++answered;
                };
                ASSERT_TRUE(committer.submit(std::move(unit)));
            }
        });
    }
    for (auto& client : clients) client.join();
    committer.drain();
    EXPECT_EQ(answered, 10'000);
    EXPECT_EQ(sum_of(database()), 10'000);
    const auto figures = committer.figures();
    EXPECT_EQ(figures.units, 10'000U);
    EXPECT_EQ(figures.failures, 0U);
    EXPECT_EQ(figures.queued, 0U);
    EXPECT_LT(figures.batches, 5'000U);
}

TEST_P(CommitterTest, APoisonousUnitHarmsNobodyElse) {
    std::atomic<int> done{0};
    std::atomic<int> failed{0};
    {
        Committer committer(database(), ids_, machine_now, {});
        Unit blocker;
        blocker.run = [](Batch&) { std::this_thread::sleep_for(std::chrono::milliseconds(30)); };
        committer.submit(std::move(blocker));
        for (int i = 0; i < 100; ++i) {
            Unit unit = counting("x");
            if (i == 40) {
                unit.run = [](Batch& batch) {
                    batch.get<Counters>().used["x"] += 1000;
                    CHECK(false);
                };
            }
            unit.done = [&, i](const Failure* failure) {
                EXPECT_EQ(failure != nullptr, i == 40);
                ++(failure == nullptr ? done : failed);
            };
            committer.submit(std::move(unit));
        }
        committer.drain();
        EXPECT_EQ(committer.figures().replays, 1U);
        EXPECT_EQ(committer.figures().failures, 1U);
    }
    EXPECT_EQ(done, 99);
    EXPECT_EQ(failed, 1);
    EXPECT_EQ(sum_of(database()), 99);
}

TEST_P(CommitterTest, AConstraintFailureIsOfOneUnit) {
    Committer committer(database(), ids_, machine_now, {});
    const auto breaking = [] {
        Unit unit;
        unit.alone = true;
        unit.run = [](Batch& batch) {
            batch.tx.execute("INSERT INTO test_counters (bucket, name, used) VALUES (1, 'a', 1)");
        };
        return unit;
    };
    committer.run(breaking());
    try {
        committer.run(breaking());
        FAIL();
    } catch (const Failure& failure) {
        EXPECT_EQ(failure.kind(), Failure::Kind::constraint) << failure.what();
    }
    committer.run(counting("b"));
    EXPECT_EQ(sum_of(database()), 2);
}

TEST_P(CommitterTest, OneLaneKeepsItsOrderAndAloneIsAlone) {
    std::vector<int> order;
    std::mutex mutex;
    Committer committer(database(), ids_, machine_now, {.threads = 2});
    for (int i = 0; i < 300; ++i) {
        Unit unit = counting("lane");
        unit.alone = i % 50 == 0;
        unit.done = [&, i](const Failure*) {
            const std::lock_guard lock(mutex);
            order.push_back(i);
        };
        committer.submit(std::move(unit));
    }
    committer.drain();
    ASSERT_EQ(order.size(), 300U);
    EXPECT_TRUE(std::ranges::is_sorted(order));
    EXPECT_GE(committer.figures().batches, 6U);
}

TEST_P(CommitterTest, WhatTheDatabaseAsksToRepeatIsRepeated) {
    Committer committer(database(), ids_, machine_now, {});
    int attempts = 0;
    Unit unit = counting("x");
    unit.run = [&](Batch& batch) {
        ++batch.get<Counters>().used["x"];
        if (++attempts < 4) throw Failure(Failure::Kind::retry, "deadlock");
    };
    committer.run(std::move(unit));
    EXPECT_EQ(attempts, 4);
    EXPECT_EQ(sum_of(database()), 1);
    EXPECT_EQ(committer.figures().retries, 3U);
}

TEST_P(CommitterTest, AFullQueueRefuses) {
    Committer committer(database(), ids_, machine_now, {.queue_max = 5});
    std::atomic<bool> go{false};
    Unit blocker;
    blocker.run = [&](Batch&) {
        while (!go) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    };
    ASSERT_TRUE(committer.submit(std::move(blocker)));
    int taken = 0;
    for (int i = 0; i < 10; ++i) taken += committer.submit(counting("x")) ? 1 : 0;
    EXPECT_EQ(taken, 4);
    EXPECT_THROW(committer.run(counting("x")), Failure);
    go = true;
    committer.drain();
    EXPECT_EQ(sum_of(database()), 4);
}

TEST_P(CommitterTest, TheDestructorFinishesTheQueue) {
    {
        Committer committer(database(), ids_, machine_now, {});
        for (int i = 0; i < 500; ++i) committer.submit(counting("x"));
    }
    EXPECT_EQ(sum_of(database()), 500);
}

TEST_P(CommitterTest, SecondRoundSeesTheFirst) {
    Committer committer(database(), ids_, machine_now, {});
    committer.run(counting("first"));
    std::int64_t seen = -1;
    Unit unit;
    unit.want = [](Batch& batch) { batch.get<Counters>().wanted.insert("first"); };
    unit.want_more = [](Batch& batch) {
        const auto used = batch.get<Counters>().used.at("first");
        batch.get<Counters>().wanted.insert("second" + std::to_string(used));
    };
    unit.run = [&](Batch& batch) {
        seen = batch.get<Counters>().used.at("first");
        ++batch.get<Counters>().used["second1"];
    };
    committer.run(std::move(unit));
    EXPECT_EQ(seen, 1);
    EXPECT_EQ(sum_of(database()), 2);
}

TEST_P(CommitterTest, MarkersDoNotPileUp) {
    if (!is_postgres()) GTEST_SKIP() << "SQLite has none";
    Committer committer(database(), ids_, machine_now, {});
    for (int i = 0; i < 300; ++i) committer.run(counting("x"));
    std::int64_t markers = 0;
    database().read([&](db::Tx& tx) {
        tx.query("SELECT count(*) FROM commit_markers", {},
                 [&](const db::Row& row) { markers = row.integer(0); });
    });
    EXPECT_GT(markers, 0);
    EXPECT_LT(markers, 150);
}

TEST_P(CommitterTest, TwoWhoLockInOppositeOrderAreTold) {
    if (!is_postgres()) GTEST_SKIP() << "SQLite has one writer";
    Committer committer(database(), ids_, machine_now, {});
    committer.run(counting("a"));
    committer.run(counting("b"));
    std::atomic<int> locked{0};
    std::atomic<int> retries{0};
    const auto lock_both = [&](const char* one, const char* other) {
        try {
            auto tx = database().begin_write();
            const char* sql = "UPDATE test_counters SET used = used + 1 WHERE name = ?";
            tx->execute(sql, {one});
            ++locked;
            while (locked < 2) std::this_thread::yield();
            tx->execute(sql, {other});
            tx->commit();
        } catch (const Failure& failure) {
            EXPECT_EQ(failure.kind(), Failure::Kind::retry) << failure.what();
            ++retries;
        }
    };
    std::thread left([&] { lock_both("a", "b"); });
    std::thread right([&] { lock_both("b", "a"); });
    left.join();
    right.join();
    EXPECT_EQ(retries, 1);
    EXPECT_EQ(sum_of(database()), 4);
}

TEST(CommitterOnAFullDisk, SaysSoAndComesBack) {
    const test::TemporaryFolder folder;
    db::FaultDisk disk("full_committer", 1);
    db::OpenOptions options;
    options.vfs = "full_committer";
    auto opened = db::open(folder / "full.db", options);
    ASSERT_TRUE(opened);
    db::Database& database = **opened;
    {
        auto tx = database.begin_write();
        tx->execute(
            "CREATE TABLE test_counters (bucket INTEGER, name TEXT, used INTEGER, "
            "PRIMARY KEY (bucket, name))");
        tx->commit();
    }
    Ids ids;
    Committer committer(database, ids, machine_now, {});
    committer.run(counting("x"));
    disk.set_capacity(disk.used_bytes());
    int done = 1;
    Failure::Kind kind = Failure::Kind::error;
    for (int i = 0; i < 50 && kind == Failure::Kind::error; ++i) {
        try {
            committer.run(counting("x"));
            ++done;
        } catch (const Failure& failure) {
            kind = failure.kind();
        }
    }
    EXPECT_EQ(kind, Failure::Kind::disk_full);
    EXPECT_TRUE(committer.figures().read_only);
    EXPECT_THROW(committer.run(counting("x")), Failure);
    EXPECT_EQ(sum_of(database), done);
    disk.set_capacity(-1);
    for (int i = 0; i < 300 && committer.figures().read_only; ++i) {
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    EXPECT_FALSE(committer.figures().read_only);
    committer.run(counting("x"));
    EXPECT_EQ(sum_of(database), done + 1);
}

/// Keeps the writer busy until `go_on`, so that a queue forms behind it.
Unit gate(std::atomic<bool>& go_on) {
    Unit unit;
    unit.run = [&go_on](Batch&) {
        while (!go_on) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    };
    return unit;
}

TEST_P(CommitterTest, LiveUnitsGoBeforeTheBackground) {
    std::atomic<bool> go_on{false};
    std::vector<int> order;  // written by the one writer
    Committer committer(database(), ids_, machine_now, {.background_max_ms = 1});
    ASSERT_TRUE(committer.submit(gate(go_on)));
    while (committer.figures().queued != 1) std::this_thread::yield();
    std::this_thread::sleep_for(std::chrono::milliseconds(20));  // the gate has been taken alone
    for (int i = 0; i < 2000; ++i) {
        Unit unit = counting("night");
        unit.lane = 0;
        unit.done = [&order](const Failure* failure) {
            EXPECT_EQ(failure, nullptr);
            order.push_back(0);
        };
        ASSERT_TRUE(committer.submit(std::move(unit), Turn::background));
    }
    for (int i = 1; i <= 3; ++i) {
        Unit unit = counting("day");
        unit.lane = 0;
        unit.done = [&order, i](const Failure*) { order.push_back(i); };
        ASSERT_TRUE(committer.submit(std::move(unit)));
    }
    go_on = true;
    committer.drain();
    ASSERT_EQ(order.size(), 2003U);
    EXPECT_EQ(std::vector(order.begin(), order.begin() + 3), (std::vector{1, 2, 3}));
    EXPECT_EQ(sum_of(database()), 2003);
}

TEST_P(CommitterTest, TheBackgroundGetsOnWhileLiveUnitsAlwaysWait) {
    Committer committer(database(), ids_, machine_now, {});
    std::atomic<bool> done{false};
    std::atomic<int> live{0};
    std::function<void()> again = [&] {
        Unit unit = counting("day");
        unit.lane = 0;
        unit.done = [&](const Failure*) {
            ++live;
            if (!done) again();
        };
        ASSERT_TRUE(committer.submit(std::move(unit)));
    };
    again();
    again();
    for (bool alone : {false, true}) {
        Unit unit = counting("night");
        unit.lane = 0;
        unit.alone = alone;
        committer.run(std::move(unit), Turn::background);
        Unit both = counting("both");
        both.lane = 0;
        committer.run(std::move(both));
    }
    done = true;
    committer.drain();
    EXPECT_EQ(sum_of(database()), live + 4);
}

}  // namespace
}  // namespace perennial::work
