// From a flow's emit to a real receiver on loopback.
#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "modules/customers/store.hpp"
#include "modules/projects/store.hpp"
#include "modules/webhooks/definition.hpp"
#include "modules/webhooks/decide.hpp"
#include "modules/webhooks/deliverer.hpp"
#include "modules/webhooks/emit.hpp"
#include "modules/webhooks/routes.hpp"
#include "modules/webhooks/signature.hpp"
#include "modules/webhooks/store.hpp"
#include "platform/http/server.hpp"
#include "platform/log/log.hpp"
#include "tests/support/postgres_or_sqlite.hpp"

namespace perennial::webhooks {
namespace {

using std::chrono::milliseconds;

constexpr Timestamp begin{1'700'000'000'000};
constexpr auto patience = std::chrono::seconds(20);

/// Answers as its script says, 204 after its end; remembers all.
class Receiver {
  public:
    Receiver()
        : server_({}, [this](http::Request&& request, http::Respond respond) {
              take(std::move(request), std::move(respond));
          }) {
        CHECK(server_.start().has_value());
    }

    std::string url() const { return fmt::format("http://127.0.0.1:{}/hook", server_.port()); }
    void answer_next_with(std::vector<int> statuses) {
        const std::lock_guard lock(mutex_);
        script_.assign(statuses.begin(), statuses.end());
    }
    /// Of those that carry the text, or of all.
    void answer_always(int status, std::string when_body_has = "") {
        const std::lock_guard lock(mutex_);
        always_ = status;
        always_when_ = std::move(when_body_has);
    }
    void hang(bool hangs) {
        const std::lock_guard lock(mutex_);
        hangs_ = hangs;
        if (!hangs) held_.clear();
    }
    std::vector<http::Request> wait_for(std::size_t requests) {
        std::unique_lock lock(mutex_);
        const bool came =
            came_.wait_for(lock, patience, [&] { return requests_.size() >= requests; });
        EXPECT_TRUE(came) << requests_.size() << " of " << requests << " requests came";
        return requests_;
    }
    std::size_t count() {
        const std::lock_guard lock(mutex_);
        return requests_.size();
    }

  private:
    void take(http::Request&& request, http::Respond respond) {
        const std::lock_guard lock(mutex_);
        int status = 204;
        if (!script_.empty()) {
            status = script_.front();
            script_.pop_front();
        } else if (always_ != 0 && request.body.find(always_when_) != std::string::npos) {
            status = always_;
        }
        requests_.push_back(std::move(request));
        came_.notify_all();
        if (hangs_)
            held_.push_back(std::move(respond));
        else
            respond({status, {}, {}, {}});
    }

    std::mutex mutex_;
    std::condition_variable came_;
    std::deque<int> script_;
    int always_ = 0;
    std::string always_when_;
    bool hangs_ = false;
    std::vector<http::Respond> held_;
    std::vector<http::Request> requests_;
    http::Server server_;
};

json::object body_of(const http::Request& request) {
    return json::parse(request.body).as_object();
}
std::string text(const json::value& value) { return std::string(value.as_string()); }
std::string name_in(const http::Request& request) {
    return std::string(body_of(request).at("data").at("name").as_string());
}
std::vector<std::string> names_in(const std::vector<http::Request>& requests) {
    std::vector<std::string> out;
    for (const http::Request& one : requests) out.push_back(name_in(one));
    return out;
}

class DeliveryTest : public test::DatabaseTest {
  protected:
    void SetUp() override {
        DatabaseTest::SetUp();
        if (IsSkipped()) return;
        log::configure(log::Level::off, log::Format::json);
        committer_ = std::make_unique<work::Committer>(
            database(), ids_, [this] { return Timestamp{now_ms_}; },
            work::CommitterOptions{.threads = 2});
        auto tx = database().begin_write();
        project_ = projects::create_project(*tx, ids_, "Shop", {}, false, begin).number;
        tx->commit();
    }
    void TearDown() override {
        deliverer_.reset();
        committer_.reset();
        DatabaseTest::TearDown();
    }

    projects::Definition add_webhook(const std::string& url, std::vector<std::string> events) {
        Webhook webhook{.target_url = url, .events = std::move(events), .secret = make_secret()};
        projects::Definition definition;
        definition.kind = projects::definition_kind::webhook;
        definition.id = ids_.make(begin.ms, 4);
        definition.doc = to_doc(webhook);
        definition.created_at = begin;
        save(definition);
        return definition;
    }
    void save(projects::Definition& definition) {
        auto tx = database().begin_write();
        projects::save_definition(*tx, project_, definition);
        tx->commit();
    }

    void start(DelivererOptions options = {}) {
        deliverer_.reset();
        options.allow_private = true;
        options.machine_clock = [this] { return Timestamp{now_ms_}; };
        options.stop_patience_ms = 100;
        deliverer_ = std::make_unique<Deliverer>(database(), *committer_, cache_, options);
        deliverer_->start();
    }
    void advance(std::int64_t ms) {
        now_ms_ += ms;
        deliverer_->wake();
    }

    /// One transaction: the customer of that source id is told of, once for each name.
    void emit(const std::string& source_id, std::vector<std::string> names,
              EventType type = EventType::customer_updated) {
        customers::Change change;
        change.source_id = source_id;
        work::Unit unit;
        unit.lane = place_of(source_id);
        unit.want = [&](work::Batch& batch) {
            batch.get<projects::Set>().want(cache_, project_);
            batch.get<customers::Set>().want(batch, project_, change);
        };
        unit.run = [&](work::Batch& batch) {
            const auto& snapshot = batch.get<projects::Set>().snapshot(project_);
            customers::Customer& customer =
                *batch.get<customers::Set>().resolve(batch, project_, change, true, begin);
            const projects::Actor actor{.app_id = "app-1"};
            const projects::Context context{batch, snapshot, project_, actor,
                                            begin, begin,    cache_,   "v-request"};
            for (const std::string& name : names)
                webhooks::emit(context, type, customer, customer.id.text(),
                               [&] { return json::object{{"name", name}}; });
        };
        committer_->run(std::move(unit));
    }

    std::vector<Delivery> deliveries(const RawId& webhook) {
        std::vector<Delivery> out;
        database().read([&](db::Tx& tx) {
            out = list_deliveries(tx, project_, {.webhook = WebhookId(webhook), .limit = 1000});
        });
        return out;
    }
    std::vector<Delivery> wait_for(const RawId& webhook,
                                   FunctionRef<bool(const Delivery&)> is_so) {
        for (const auto end = std::chrono::steady_clock::now() + patience;;) {
            auto found = deliveries(webhook);
            if (!found.empty() && std::ranges::all_of(found, is_so)) return found;
            if (std::chrono::steady_clock::now() > end) {
                ADD_FAILURE() << "the deliveries never came to that";
                return found;
            }
            std::this_thread::sleep_for(milliseconds(1));
        }
    }
    std::vector<Delivery> wait_for(const RawId& webhook, DeliveryState state) {
        return wait_for(webhook, [&](const Delivery& d) { return d.state == state; });
    }

    Ids ids_{11};
    std::atomic<std::int64_t> now_ms_{begin.ms};
    projects::Cache cache_;
    projects::ProjectNumber project_ = 0;
    std::unique_ptr<work::Committer> committer_;
    std::unique_ptr<Deliverer> deliverer_;
};
PERENNIAL_ON_ALL_DATABASES(DeliveryTest);

TEST_P(DeliveryTest, SendsASignedEnvelope) {
    Receiver receiver;
    const auto webhook = add_webhook(receiver.url(), {"customer.updated"});
    start();
    emit("anna", {"a"});
    const auto requests = receiver.wait_for(1);
    const http::Request& request = requests.at(0);
    const auto delivery = wait_for(webhook.id, DeliveryState::delivered).at(0);

    const json::object body = body_of(request);
    EXPECT_EQ(text(body.at("id")), delivery.id.text());
    EXPECT_EQ(body.at("type"), "customer.updated");
    EXPECT_EQ(body.at("data").at("name"), "a");
    EXPECT_EQ(text(body.at("source").at("id")), WebhookId(webhook.id).text());
    EXPECT_EQ(text(body.at("source").at("target_url")), receiver.url());
    const json::object& event = body.at("event").as_object();
    EXPECT_EQ(text(event.at("id")), delivery.event.text());
    EXPECT_EQ(event.at("group_id"), "v-request");
    EXPECT_EQ(event.at("sequence"), 65'536);
    EXPECT_EQ(text(event.at("entity_id")).substr(0, 5), "cust_");
    EXPECT_EQ(event.at("event_source").at("channel"), "API");

    const std::string secret(webhook.doc.at("secret").as_string());
    EXPECT_EQ(request.headers.find("webhook-id"), delivery.id.text());
    EXPECT_EQ(request.headers.find("webhook-timestamp"), std::to_string(begin.ms / 1000));
    EXPECT_EQ(request.headers.find("webhook-signature"),
              standard_signature(secret, delivery.id.text(), begin, request.body));
    EXPECT_EQ(request.headers.find("x-voucherify-signature"),
              body_signature(secret, request.body));
    EXPECT_EQ(request.headers.find("content-type"), "application/json");
    EXPECT_EQ(delivery.attempts, 1);
    EXPECT_EQ(delivery.last_status, 204);
}

TEST_P(DeliveryTest, NothingIsWrittenWhenNobodyWantsIt) {
    Receiver receiver;
    const auto webhook = add_webhook(receiver.url(), {"customer.created"});
    emit("anna", {"a"});
    EXPECT_TRUE(deliveries(webhook.id).empty());
}

TEST_P(DeliveryTest, KeepsTheOrderOfEachCustomer) {
    Receiver receiver;
    add_webhook(receiver.url(), {"customer.updated"});
    start();
    constexpr int customers = 5;
    constexpr int rounds = 8;
    for (int round = 0; round < rounds; ++round)
        for (int c = 0; c < customers; ++c)
            emit("c" + std::to_string(c), {fmt::format("{}:{:02}a", c, round),
                                           fmt::format("{}:{:02}b", c, round)});
    std::map<char, std::vector<std::string>> by_customer;
    std::map<char, std::vector<std::int64_t>> sequences;
    for (const http::Request& one : receiver.wait_for(2 * customers * rounds)) {
        const std::string name = name_in(one);
        by_customer[name[0]].push_back(name);
        sequences[name[0]].push_back(body_of(one).at("event").at("sequence").as_int64());
    }
    EXPECT_EQ(by_customer.size(), static_cast<std::size_t>(customers));
    for (const auto& [customer, names] : by_customer) {
        EXPECT_EQ(names.size(), 2U * rounds);
        EXPECT_TRUE(std::ranges::is_sorted(names)) << customer;
        EXPECT_TRUE(std::ranges::is_sorted(sequences[customer]));
    }
    std::this_thread::sleep_for(milliseconds(50));
    EXPECT_EQ(receiver.count(), 2U * customers * rounds);  // each once
}

TEST_P(DeliveryTest, AFailureIsRetriedAfterItsDelayAndHoldsBackOnlyItsCustomer) {
    Receiver receiver;
    const auto webhook = add_webhook(receiver.url(), {"customer.updated"});
    receiver.answer_always(500, "a1");
    start();
    emit("anna", {"a1", "a2"});
    receiver.wait_for(1);
    emit("bob", {"b1"});
    EXPECT_EQ(names_in(receiver.wait_for(2)), (std::vector<std::string>{"a1", "b1"}));
    wait_for(webhook.id, [](const Delivery& d) { return d.lease == 0; });
    advance(minute_ms - 1);
    std::this_thread::sleep_for(milliseconds(30));
    EXPECT_EQ(receiver.count(), 2U);
    receiver.answer_always(0);
    advance(1);
    EXPECT_EQ(names_in(receiver.wait_for(4)), (std::vector<std::string>{"a1", "b1", "a1", "a2"}));
    const auto requests = receiver.wait_for(4);
    EXPECT_EQ(requests[0].body, requests[2].body);  // the same id, the same bytes
    wait_for(webhook.id, DeliveryState::delivered);
}

TEST_P(DeliveryTest, ParksTheOneThatIsStuckAndGoesOn) {
    Receiver receiver;
    const auto webhook = add_webhook(receiver.url(), {"customer.updated"});
    receiver.answer_always(400, "bad");
    start();
    emit("anna", {"bad", "good"});
    for (std::size_t attempt = 1; attempt <= 3; ++attempt) {
        receiver.wait_for(attempt);
        wait_for(webhook.id, [](const Delivery& d) { return d.lease == 0; });
        if (attempt < 3) advance(*retry_delay_ms(static_cast<int>(attempt)));
    }
    EXPECT_EQ(names_in(receiver.wait_for(4)),
              (std::vector<std::string>{"bad", "bad", "bad", "good"}));
    for (const Delivery& d : wait_for(webhook.id, [](const Delivery& d) {
             return d.state == DeliveryState::parked || d.state == DeliveryState::delivered;
         })) {
        if (d.state == DeliveryState::parked) {
            EXPECT_EQ(d.last_error, "HTTP 400");
            EXPECT_EQ(d.attempts, 3);
        }
    }
    receiver.answer_always(0);
    advance(4 * minute_ms);
    wait_for(webhook.id, DeliveryState::delivered);
}

TEST_P(DeliveryTest, GivesUpAfterTheLastRetryAndSendsAgainByHand) {
    Receiver receiver;
    const auto webhook = add_webhook(receiver.url(), {"customer.updated"});
    receiver.answer_always(503);
    start();
    emit("anna", {"a"});
    for (int attempt = 1; attempt <= 13; ++attempt) {
        wait_for(webhook.id,
                 [&](const Delivery& d) { return d.attempts == attempt && d.lease == 0; });
        if (attempt < 13) {
            // The receiver rests by the steady clock after five failures: a new server asks at once.
            if (attempt >= 5) start();
            advance(retry_delay_ms(attempt).value());
        }
    }
    const Delivery dead = wait_for(webhook.id, DeliveryState::dead).at(0);
    // Nothing came through for days: it was switched off, and somebody switches it on again.
    const auto stored = [&] {
        projects::Definition found;
        database().read([&](db::Tx& tx) {
            found = *cache_.load(tx, project_)->find(projects::definition_kind::webhook, webhook.id);
        });
        return found;
    };
    const auto give_up_at = std::chrono::steady_clock::now() + patience;
    while (stored().doc.at("active").as_bool() && std::chrono::steady_clock::now() < give_up_at)
        std::this_thread::sleep_for(milliseconds(10));
    projects::Definition off = stored();
    ASSERT_FALSE(off.doc.at("active").as_bool());
    EXPECT_TRUE(off.doc.contains("disabled_at"));
    Webhook on = read_webhook(off);
    apply({.active = true}, on);
    off.doc = to_doc(on);
    EXPECT_FALSE(off.doc.contains("disabled_at"));
    save(off);
    receiver.answer_always(0);
    advance(day_ms);
    start();

    const projects::Actor actor{.app_id = "app-1", .role = projects::Role::admin};
    for (const projects::Route& route : routes()) {
        if (!route.pattern.ends_with("/resend")) continue;
        http::Request request;
        request.path_params = {dead.id.text()};
        const auto command = route.write(request, project_, actor).value();
        Result<http::Response> answer;
        work::Unit unit;
        unit.want = [&](work::Batch& batch) {
            batch.get<projects::Set>().want(cache_, project_);
            command.want(batch);
        };
        unit.run = [&](work::Batch& batch) {
            const auto& snapshot = batch.get<projects::Set>().snapshot(project_);
            answer = command.run(
                {batch, snapshot, project_, actor, begin, begin, cache_, "v-request"});
        };
        committer_->run(std::move(unit));
        EXPECT_EQ(json::parse(answer.value().body).at("state"), "PARKED");
    }
    const Delivery again = wait_for(webhook.id, DeliveryState::delivered).at(0);
    EXPECT_EQ(again.id, dead.id);
    EXPECT_EQ(again.attempts, 1);
    EXPECT_EQ(receiver.count(), 14U);
}

// The receiver got it, the process was killed before it could write that down.
TEST_P(DeliveryTest, AKilledProcessLosesNothing) {
    Receiver receiver;
    const auto webhook = add_webhook(receiver.url(), {"customer.updated"});
    receiver.hang(true);
    emit("anna", {"a", "b"});
    start();
    const auto first = receiver.wait_for(1);
    // As kill -9 leaves it: the lease in the rows, nobody who holds it.
    std::vector<Delivery> held = deliveries(webhook.id);
    deliverer_.reset();
    {
        auto tx = database().begin_write();
        for (const Delivery& d : held)
            tx->execute(
                "UPDATE deliveries SET lease = ?, next_at = ?, attempts = ?, state = 0 WHERE "
                "bucket = ? AND project = ? AND id = ?",
                {d.lease, d.next_at, d.attempts, tx->bucket(d.id.place()), d.project, d.id});
        tx->commit();
    }
    receiver.hang(false);
    start();
    if (is_postgres()) {
        // Another process might be at it still: not before the lease ends.
        std::this_thread::sleep_for(milliseconds(30));
        EXPECT_EQ(receiver.count(), 1U);
        advance(lease_ms);
    }
    const auto all = receiver.wait_for(3);
    EXPECT_EQ(names_in(all), (std::vector<std::string>{"a", "a", "b"}));
    EXPECT_EQ(all[0].headers.find("webhook-id"), all[1].headers.find("webhook-id"));
    wait_for(webhook.id, DeliveryState::delivered);
}

TEST_P(DeliveryTest, OneReceiverThatHangsDoesNotHoldUpTheOthers) {
    Receiver slow;
    Receiver quick;
    add_webhook(slow.url(), {"customer.updated"});
    const auto good = add_webhook(quick.url(), {"customer.updated"});
    slow.hang(true);
    start({.parallel_max = 6, .parallel_of_webhook_max = 3});
    for (int i = 0; i < 20; ++i) emit("c" + std::to_string(i), {"x"});
    quick.wait_for(20);
    EXPECT_LE(slow.count(), 3U);
    wait_for(good.id, DeliveryState::delivered);
    slow.hang(false);
}

TEST_P(DeliveryTest, CancelsWhatWaitsForADeletedWebhook) {
    Receiver receiver;
    auto webhook = add_webhook(receiver.url(), {"customer.updated"});
    emit("anna", {"a"});
    webhook.deleted = true;
    save(webhook);
    start();
    const Delivery canceled = wait_for(webhook.id, DeliveryState::canceled).at(0);
    EXPECT_EQ(canceled.last_error, "the webhook was deleted or switched off");
    EXPECT_EQ(receiver.count(), 0U);
}

TEST_P(DeliveryTest, RemovesWhatIsOld) {
    Receiver receiver;
    const auto webhook = add_webhook(receiver.url(), {"customer.updated"});
    start();
    for (const char* customer : {"anna", "bob", "cleo"}) emit(customer, {"x"});
    receiver.wait_for(3);
    wait_for(webhook.id, DeliveryState::delivered);
    const auto remove = [&](Timestamp before, std::int64_t limit) {
        auto tx = database().begin_write();
        const bool more = remove_old(*tx, project_, before, limit);
        tx->commit();
        return more;
    };
    EXPECT_FALSE(remove(begin, 10));
    EXPECT_EQ(deliveries(webhook.id).size(), 3U);
    EXPECT_FALSE(remove(begin + 1, 10));
    EXPECT_TRUE(deliveries(webhook.id).empty());
    database().read([&](db::Tx& tx) {
        tx.query("SELECT count(*) FROM outbox", {},
                 [&](const db::Row& row) { EXPECT_EQ(row.integer(0), 0); });
    });
}

}  // namespace
}  // namespace perennial::webhooks
