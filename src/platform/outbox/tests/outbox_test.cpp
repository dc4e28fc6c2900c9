#include "platform/outbox/outbox.hpp"

#include <gtest/gtest.h>

#include "tests/support/postgres_or_sqlite.hpp"

namespace perennial::outbox {
namespace {

constexpr Timestamp machine_now{1'700'000'000'000};
constexpr Timestamp business_now{1'600'000'000'000};

class OutboxTest : public test::DatabaseTest {
  protected:
    template <class Body>
    void in_batch(Body body) {
        auto tx = database().begin_write();
        work::Batch batch(*tx, ids_, machine_now);
        body(batch);
        batch.save();
        tx->commit();
    }
    std::int64_t count(const std::string& table) {
        std::int64_t out = 0;
        database().read([&](db::Tx& tx) {
            tx.query("SELECT count(*) FROM " + table, {},
                     [&](const db::Row& row) { out = row.integer(0); });
        });
        return out;
    }
    static Event event(const RawId& customer, std::int64_t version, std::string type) {
        return {.project = 1,
                .subject = {customer, version, customer.place()},
                .type = std::move(type),
                .data = R"({"a":1})",
                .origin = "{}",
                .happened_at = business_now};
    }

    Ids ids_{7};
    RawId first_webhook_ = ids_.make(machine_now.ms, 1);
    RawId second_webhook_ = ids_.make(machine_now.ms, 2);
    RawId customer_ = ids_.make(machine_now.ms, 300);
};
PERENNIAL_ON_ALL_DATABASES(OutboxTest);

TEST_P(OutboxTest, WritesNothingWhenNobodyListens) {
    in_batch([&](work::Batch& batch) {
        batch.get<Set>().emit(batch, event(customer_, 1, "customer.created"), {});
    });
    EXPECT_EQ(count("outbox"), 0);
    EXPECT_EQ(count("deliveries"), 0);
}

TEST_P(OutboxTest, WritesOneDeliveryForEachWebhookInTheCustomersBucket) {
    int signals = 0;
    const int listener = deliveries_written().listen([&] { ++signals; });
    in_batch([&](work::Batch& batch) {
        const std::array webhooks{first_webhook_, second_webhook_};
        batch.get<Set>().emit(batch, event(customer_, 1, "customer.created"), webhooks);
    });
    deliveries_written().forget(listener);
    EXPECT_EQ(signals, 1);
    database().read([&](db::Tx& tx) {
        tx.query("SELECT bucket, customer, seq, type, data, created_at FROM outbox", {},
                 [&](const db::Row& row) {
                     EXPECT_EQ(row.integer(0), tx.bucket(customer_.place()));
                     EXPECT_EQ(row.id(1), customer_);
                     EXPECT_EQ(row.integer(2), sequence_of(1, 0));
                     EXPECT_EQ(row.text(3), "customer.created");
                     EXPECT_EQ(row.text(4), R"({"a":1})");
                     EXPECT_EQ(row.time(5), business_now);
                 });
        std::set<RawId> webhooks;
        tx.query("SELECT bucket, webhook, next_at, seq FROM deliveries", {},
                 [&](const db::Row& row) {
                     EXPECT_EQ(row.integer(0), tx.bucket(customer_.place()));
                     webhooks.insert(row.id(1));
                     EXPECT_EQ(row.time(2), machine_now);  // not the project's clock
                     EXPECT_EQ(row.integer(3), sequence_of(1, 0));
                 });
        EXPECT_EQ(webhooks, (std::set<RawId>{first_webhook_, second_webhook_}));
    });
}

TEST_P(OutboxTest, SequencesOfACustomerGrowInABatchAndFromBatchToBatch) {
    const RawId other = ids_.make(machine_now.ms, 301);
    const std::array webhooks{first_webhook_};
    for (std::int64_t version = 1; version <= 2; ++version)
        in_batch([&](work::Batch& batch) {
            auto& set = batch.get<Set>();
            set.emit(batch, event(customer_, version, "a"), webhooks);
            set.emit(batch, event(other, version, "a"), webhooks);
            set.emit(batch, event(customer_, version, "b"), webhooks);
        });
    std::vector<std::int64_t> sequences;
    database().read([&](db::Tx& tx) {
        tx.query("SELECT seq FROM outbox WHERE customer = ? ORDER BY id", {customer_},
                 [&](const db::Row& row) { sequences.push_back(row.integer(0)); });
    });
    EXPECT_EQ(sequences, (std::vector<std::int64_t>{65'536, 65'537, 131'072, 131'073}));
}

TEST_P(OutboxTest, EventsOfNobodyHaveNoSequence) {
    in_batch([&](work::Batch& batch) {
        const std::array webhooks{first_webhook_};
        Event nobodys = event({}, 0, "campaign.created");
        nobodys.subject.place = 9;
        batch.get<Set>().emit(batch, std::move(nobodys), webhooks);
    });
    database().read([&](db::Tx& tx) {
        tx.query("SELECT bucket, customer, seq FROM outbox", {}, [&](const db::Row& row) {
            EXPECT_EQ(row.integer(0), tx.bucket(9));
            EXPECT_TRUE(row.is_null(1));
            EXPECT_EQ(row.integer(2), 0);
        });
    });
    EXPECT_EQ(count("deliveries"), 1);
}

}  // namespace
}  // namespace perennial::outbox
