// PostgreSQL goes away: at COMMIT, before it, and for a while. Nothing is lost, nothing twice.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "platform/work/committer.hpp"
#include "tests/support/postgres_or_sqlite.hpp"

namespace perennial::work {
namespace {

using db::Failure;

constexpr const char* commit_word = "COMMIT";

/// Stands between client and server on loopback; when armed, it cuts the connection at the next
/// COMMIT: before the server sees it, or after the server has answered it.
class CuttingProxy {
  public:
    enum class Cut { none, before_commit, after_commit };

    explicit CuttingProxy(int server_port) : server_port_(server_port) {
        listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in address = loopback(0);
        socklen_t size = sizeof address;
        CHECK(bind(listener_, reinterpret_cast<sockaddr*>(&address), size) == 0);
        CHECK(listen(listener_, 16) == 0);
        CHECK(getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) == 0);
        port_ = ntohs(address.sin_port);
        thread_ = std::thread([this] { accept_all(); });
    }
    ~CuttingProxy() {
        stop_ = true;
        thread_.join();
        for (auto& thread : connections_) thread.join();
        close(listener_);
    }
    CuttingProxy(const CuttingProxy&) = delete;
    CuttingProxy& operator=(const CuttingProxy&) = delete;

    int port() const { return port_; }
    void arm(Cut cut) { cut_ = cut; }

  private:
    static sockaddr_in loopback(int port) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        address.sin_port = htons(static_cast<std::uint16_t>(port));
        return address;
    }

    void accept_all() {
        while (!stop_) {
            pollfd waiting{.fd = listener_, .events = POLLIN, .revents = 0};
            if (poll(&waiting, 1, 20) <= 0) continue;
            const int client = accept(listener_, nullptr, nullptr);
            connections_.emplace_back([this, client] { carry(client); });
        }
    }

    void carry(int client) {
        const int server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        const sockaddr_in address = loopback(server_port_);
        if (connect(server, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
            while (!stop_ && carry_once(client, server)) {
            }
        }
        close(client);
        close(server);
    }

    bool carry_once(int client, int server) {
        pollfd ends[2] = {{client, POLLIN, 0}, {server, POLLIN, 0}};
        if (poll(ends, 2, 20) <= 0) return true;
        char buffer[65536];
        for (const int side : {0, 1}) {
            if (ends[side].revents == 0) continue;
            const auto size = read(ends[side].fd, buffer, sizeof buffer);
            if (size <= 0) return false;
            const std::string_view bytes(buffer, static_cast<std::size_t>(size));
            const bool is_commit = side == 0 && bytes.find(commit_word) != std::string_view::npos;
            const Cut cut = is_commit ? cut_.exchange(Cut::none) : Cut::none;
            if (cut == Cut::before_commit) return false;
            if (write(ends[1 - side].fd, buffer, bytes.size()) != size) return false;
            if (cut == Cut::after_commit) {
                pollfd answer{server, POLLIN, 0};
                poll(&answer, 1, 5000);
                return false;
            }
        }
        return true;
    }

    int server_port_;
    int listener_ = -1;
    int port_ = 0;
    std::atomic<bool> stop_{false};
    std::atomic<Cut> cut_{Cut::none};
    std::thread thread_;
    std::vector<std::thread> connections_;
};

Timestamp machine_now() {
    return {std::chrono::duration_cast<std::chrono::milliseconds>(
                std::chrono::system_clock::now().time_since_epoch())
                .count()};
}

Unit inserting(int number) {
    static const db::Insert form{"test_facts", {"number"}};
    Unit unit;
    unit.lane = static_cast<Place>(number);
    unit.run = [number](Batch& batch) {
        db::Rows rows(1);
        rows.add({number});
        batch.tx.insert(form, rows);
    };
    return unit;
}

std::map<std::int64_t, int> facts_in(db::Database& database) {
    std::map<std::int64_t, int> seen;
    database.read([&](db::Tx& tx) {
        tx.query("SELECT number FROM test_facts", {},
                 [&](const db::Row& row) { ++seen[row.integer(0)]; });
    });
    return seen;
}

std::unique_ptr<db::Database> open_with_facts(const std::string& url) {
    auto opened = db::open(url, {.readers = 2, .writers = 2});
    if (!opened) throw std::runtime_error(opened.error().details);
    auto tx = (*opened)->begin_write();
    tx->execute("DROP TABLE IF EXISTS test_facts");
    tx->execute("CREATE TABLE test_facts (number bigint NOT NULL)");
    tx->commit();
    return std::move(*opened);
}

class LostServerTest : public testing::Test {
  protected:
    void SetUp() override {
        if (const std::string why = test::why_no_postgres(); !why.empty()) GTEST_SKIP() << why;
        if (!cluster_) cluster_ = std::make_unique<test::PostgresCluster>();
    }
    static void TearDownTestSuite() { cluster_.reset(); }
    static inline std::unique_ptr<test::PostgresCluster> cluster_;
    Ids ids_;
};

TEST_F(LostServerTest, AnUnknownCommitIsDecidedByItsMarker) {
    CuttingProxy proxy(cluster_->port());
    const auto database = open_with_facts(
        "postgresql://postgres@127.0.0.1:" + std::to_string(proxy.port()) + "/postgres");
    Committer committer(*database, ids_, machine_now, {});
    committer.run(inserting(0));
    int number = 0;
    for (const auto cut : {CuttingProxy::Cut::after_commit, CuttingProxy::Cut::before_commit,
                           CuttingProxy::Cut::after_commit, CuttingProxy::Cut::before_commit}) {
        proxy.arm(cut);
        committer.run(inserting(++number));
    }
    EXPECT_EQ(committer.figures().unknown_commits, 4U);
    EXPECT_EQ(committer.figures().failures, 0U);
    const auto facts = facts_in(*database);
    EXPECT_EQ(facts.size(), 5U);
    for (const auto& [fact, times] : facts) EXPECT_EQ(times, 1) << fact;
}

TEST_F(LostServerTest, KilledUnderLoadNothingIsLostOrDoubled) {
    const auto database = open_with_facts(cluster_->url());
    std::mutex mutex;
    std::set<std::int64_t> acknowledged;
    std::atomic<int> failed{0};
    std::atomic<bool> stop{false};
    {
        Committer committer(*database, ids_, machine_now, {.threads = 2, .queue_max = 200});
        std::thread client([&] {
            for (int number = 0; !stop; ++number) {
                Unit unit = inserting(number);
                unit.done = [&, number](const Failure* failure) {
                    const std::lock_guard lock(mutex);
                    if (failure == nullptr) {
                        acknowledged.insert(number);
                    } else {
                        ++failed;
                    }
                };
                if (!committer.submit(std::move(unit))) {
                    std::this_thread::sleep_for(std::chrono::milliseconds(1));
                }
            }
        });
        for (int cycle = 0; cycle < 2; ++cycle) {
            std::this_thread::sleep_for(std::chrono::milliseconds(150));
            cluster_->kill_hard();
            std::this_thread::sleep_for(std::chrono::milliseconds(50));
            cluster_->start();
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(300));
        stop = true;
        client.join();
        committer.drain();
    }
    const auto facts = facts_in(*database);
    EXPECT_GT(acknowledged.size(), 100U);
    for (const std::int64_t number : acknowledged) {
        ASSERT_TRUE(facts.contains(number)) << "lost " << number;
    }
    for (const auto& [number, times] : facts) ASSERT_EQ(times, 1) << "doubled " << number;
    EXPECT_EQ(failed, 0);
    EXPECT_EQ(facts.size(), acknowledged.size());
}

TEST_F(LostServerTest, AwayForAWhile) {
    const auto database = open_with_facts(cluster_->url());
    Committer committer(*database, ids_, machine_now, {});
    committer.run(inserting(1));
    cluster_->stop();
    EXPECT_THROW(facts_in(*database), Failure);
    // The server lives as long as the thread that starts it, so another one waits for the answer.
    std::thread client([&] { EXPECT_NO_THROW(committer.run(inserting(2))); });
    std::this_thread::sleep_for(std::chrono::milliseconds(700));
    cluster_->start();
    client.join();
    EXPECT_EQ(facts_in(*database).size(), 2U);
}

}  // namespace
}  // namespace perennial::work
