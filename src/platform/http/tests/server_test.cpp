#include "platform/http/server.hpp"

#include <gtest/gtest.h>

#include <condition_variable>
#include <latch>
#include <map>
#include <set>
#include <thread>

#include "platform/http/tests/client.hpp"
#include "platform/log/log.hpp"

namespace perennial::http {
namespace {

using namespace std::chrono_literals;

/// Answers on threads of its own, in whatever order the test asks for.
class Held {
  public:
    void hold(const std::string& name, Respond respond) {
        const std::lock_guard lock(mutex_);
        waiting_.emplace(name, std::move(respond));
        came_.notify_all();
    }
    /// Waits for the request, then answers it from another thread.
    void release(const std::string& name, Response response) {
        Respond respond;
        {
            std::unique_lock lock(mutex_);
            CHECK(came_.wait_for(lock, 5s, [&] { return waiting_.contains(name); }));
            respond = std::move(waiting_.extract(name).mapped());
        }
        std::thread([&] { respond(std::move(response)); }).join();
    }
    void wait_for(std::size_t count) {
        std::unique_lock lock(mutex_);
        CHECK(came_.wait_for(lock, 5s, [&] { return waiting_.size() >= count; }));
    }
    std::size_t size() {
        const std::lock_guard lock(mutex_);
        return waiting_.size();
    }

  private:
    std::mutex mutex_;
    std::condition_variable came_;
    std::map<std::string, Respond> waiting_;
};

void echo(Request&& request, Respond respond) {
    Response response = text_response(request.path + "|" + request.body);
    respond(std::move(response));
}

std::unique_ptr<Server> start(Handler handler, ServerOptions options = {}) {
    auto server = std::make_unique<Server>(std::move(options), std::move(handler));
    const auto started = server->start();
    CHECK(started.has_value());
    return server;
}

std::string get(const std::string& path, const std::string& more = "") {
    return "GET " + path + " HTTP/1.1\r\nHost: x\r\n" + more + "\r\n";
}

std::string post(const std::string& path, const std::string& body) {
    return "POST " + path +
           " HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
           body;
}

TEST(HttpServer, KeepsTheConnectionAlive) {
    const auto server = start(echo);
    Client client(server->port());
    std::set<std::string> ids;
    for (int i = 0; i < 3; ++i) {
        client.send(post("/a", "hello"));
        const auto answer = client.receive();
        EXPECT_EQ(answer.status, 200);
        EXPECT_EQ(answer.body, "/a|hello");
        EXPECT_EQ(answer.field("Connection"), "");
        EXPECT_EQ(answer.field("Date").size(), 29u);
        ids.insert(answer.field("X-Request-Id"));
    }
    EXPECT_EQ(ids.size(), 3u);
    EXPECT_TRUE(ids.begin()->starts_with("v-"));
    EXPECT_EQ(ids.begin()->size(), 20u);
    EXPECT_EQ(server->requests(), 3u);
    EXPECT_EQ(server->connections(), 1u);
}

TEST(HttpServer, HandsOverTheRequest) {
    Request seen;
    const auto server = start([&](Request&& request, Respond respond) {
        seen = std::move(request);
        respond(no_content());
    });
    Client client(server->port());
    client.send(
        "PATCH /v1/vouchers/a%2Fb?limit=5&x=%20 HTTP/1.1\r\nhost: x\r\nX-App-Id: one\r\n"
        "Content-Type: application/json\r\n\r\n");
    const auto answer = client.receive();
    EXPECT_EQ(answer.status, 204);
    EXPECT_EQ(answer.field("Content-Length"), "");
    EXPECT_EQ(seen.method, Method::patch);
    EXPECT_EQ(seen.path, "/v1/vouchers/a%2Fb");
    EXPECT_EQ(seen.target, "/v1/vouchers/a%2Fb?limit=5&x=%20");
    EXPECT_EQ(seen.query.text("limit"), "5");
    EXPECT_EQ(seen.headers.find("x-app-ID"), "one");
    EXPECT_FALSE(seen.headers.has("x-app"));
    EXPECT_EQ(seen.remote_address, "127.0.0.1");
    EXPECT_EQ(seen.request_id, answer.field("X-Request-Id"));
}

TEST(HttpServer, AnswersPipelinedRequestsInTheirOrder) {
    Held held;
    const auto server = start(
        [&](Request&& request, Respond respond) { held.hold(request.path, std::move(respond)); });
    Client client(server->port());
    client.send(get("/1") + post("/2", "xyz") + get("/3"));
    held.release("/3", text_response("third"));
    held.release("/2", text_response("second"));
    EXPECT_TRUE(client.is_silent(50ms));
    held.release("/1", text_response("first"));
    EXPECT_EQ(client.receive().body, "first");
    EXPECT_EQ(client.receive().body, "second");
    EXPECT_EQ(client.receive().body, "third");
}

TEST(HttpServer, TakesNoMorePipelinedThanAllowed) {
    Held held;
    ServerOptions options;
    options.max_pipelined = 4;
    const auto server = start(
        [&](Request&& request, Respond respond) { held.hold(request.path, std::move(respond)); },
        options);
    Client client(server->port());
    std::string all;
    for (int i = 0; i < 200; ++i) all += get("/" + std::to_string(i));
    client.send(all);
    held.wait_for(4);
    std::this_thread::sleep_for(20ms);
    EXPECT_EQ(held.size(), 4u);
    for (int i = 0; i < 200; ++i) {
        held.release("/" + std::to_string(i), text_response(std::to_string(i)));
        ASSERT_EQ(client.receive().body, std::to_string(i));
    }
}

TEST(HttpServer, AnswersABrokenQueryAndGoesOnReading) {
    ServerOptions options;
    options.max_pipelined = 1;
    const auto server = start(echo, options);
    Client client(server->port());
    client.send(get("/a?x=%zz") + get("/b"));
    const auto answer = client.receive();
    EXPECT_EQ(answer.status, 400);
    EXPECT_NE(answer.body.find("invalid_query_params"), std::string::npos);
    EXPECT_EQ(client.receive().body, "/b|");
}

TEST(HttpServer, ReadsARequestByteByByte) {
    const auto server = start(echo);
    Client client(server->port());
    for (const char c : post("/slow", "body") + "\r\n") {
        client.send({&c, 1});
        std::this_thread::sleep_for(200us);
    }
    EXPECT_EQ(client.receive().body, "/slow|body");
    client.send(get("/next"));
    EXPECT_EQ(client.receive().body, "/next|");
}

TEST(HttpServer, ReadsChunkedBodies) {
    const auto server = start(echo);
    Client client(server->port());
    client.send(
        "POST /c HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
        "5\r\nhello\r\n7;name=value\r\n, world\r\n0\r\nTrailer: x\r\n\r\n" +
        get("/after"));
    EXPECT_EQ(client.receive().body, "/c|hello, world");
    EXPECT_EQ(client.receive().body, "/after|");
}

TEST(HttpServer, ReadsChunksThatTrickleIn) {
    const auto server = start(echo);
    Client client(server->port());
    for (const char c :
         std::string("POST /t HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
                     "1\r\na\r\n2\r\nbc\r\n0\r\n\r\n"
                     "POST /u HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
                     "0\r\n\r\n")) {
        client.send({&c, 1});
        std::this_thread::sleep_for(200us);
    }
    EXPECT_EQ(client.receive().body, "/t|abc");
    EXPECT_EQ(client.receive().body, "/u|");
}

TEST(HttpServer, SendsContinueOnlyWhenTheBodyWillBeTaken) {
    const auto server = start(echo);
    Client client(server->port());
    client.send("POST /e HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n");
    EXPECT_EQ(client.receive().status, 100);
    client.send("abc");
    EXPECT_EQ(client.receive().body, "/e|abc");
    client.send(
        "POST /e HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 3000000\r\n\r\n");
    EXPECT_EQ(client.receive().status, 413);
    EXPECT_TRUE(client.is_ended());
}

TEST(HttpServer, ContinueWaitsForTheAnswersBefore) {
    Held held;
    const auto server = start(
        [&](Request&& request, Respond respond) { held.hold(request.path, std::move(respond)); });
    Client client(server->port());
    client.send(get("/1") +
                "POST /2 HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
    held.wait_for(1);
    EXPECT_TRUE(client.is_silent(30ms));
    held.release("/1", text_response("one"));
    EXPECT_EQ(client.receive().body, "one");
    EXPECT_EQ(client.receive().status, 100);
    client.send("ok");
    held.release("/2", text_response("two"));
    EXPECT_EQ(client.receive().body, "two");
}

TEST(HttpServer, LeavesTheBodyOutForHead) {
    const auto server = start(echo);
    Client client(server->port());
    client.send("HEAD /h HTTP/1.1\r\nHost: x\r\n\r\n" + get("/g"));
    const auto answer = client.receive(true);
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.field("Content-Length"), "3");
    EXPECT_EQ(client.receive().body, "/g|");
}

TEST(HttpServer, SpeaksHttp10) {
    const auto server = start(echo);
    Client once(server->port());
    once.send("GET /old HTTP/1.0\r\n\r\n");
    EXPECT_EQ(once.receive().field("Connection"), "close");
    EXPECT_TRUE(once.is_ended());
    Client kept(server->port());
    for (int i = 0; i < 2; ++i) {
        kept.send("GET /old HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
        EXPECT_EQ(kept.receive().field("Connection"), "keep-alive");
    }
}

TEST(HttpServer, ClosesWhenAskedTo) {
    const auto server = start(echo);
    Client client(server->port());
    client.send(get("/last", "Connection: close\r\n") + get("/never"));
    const auto answer = client.receive();
    EXPECT_EQ(answer.body, "/last|");
    EXPECT_EQ(answer.field("Connection"), "close");
    EXPECT_TRUE(client.is_ended());
    EXPECT_EQ(server->requests(), 1u);
}

TEST(HttpServer, AnswersAClientThatStoppedSending) {
    Held held;
    const auto server = start(
        [&](Request&& request, Respond respond) { held.hold(request.path, std::move(respond)); });
    Client client(server->port());
    client.send(get("/half"));
    client.end_sending();
    held.wait_for(1);
    std::this_thread::sleep_for(20ms);
    held.release("/half", text_response("whole"));
    EXPECT_EQ(client.receive().body, "whole");
    EXPECT_TRUE(client.is_ended());
}

TEST(HttpServer, LimitsTheBodyByRoute) {
    ServerOptions options;
    options.max_body_bytes = 10;
    options.body_limit = [](Method, std::string_view path) -> std::uint64_t {
        return path == "/import" ? 1'000'000 : 10;
    };
    const auto server = start(echo, options);
    Client large(server->port());
    large.send(post("/import", std::string(900'000, 'x')));
    EXPECT_EQ(large.receive().body.size(), 900'008u);
    // All of the body is sent although the answer comes first: it must not be lost.
    large.send(post("/orders", std::string(900'000, 'x')));
    const auto answer = large.receive();
    EXPECT_EQ(answer.status, 413);
    EXPECT_NE(answer.body.find("\"key\":\"payload_too_large\""), std::string::npos);
    EXPECT_NE(answer.body.find("at most 10 bytes"), std::string::npos);
    EXPECT_TRUE(large.is_ended());

    Client chunked(server->port());
    chunked.send(
        "POST /orders HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
        "8\r\n12345678\r\n8\r\n12345678\r\n0\r\n\r\n");
    EXPECT_EQ(chunked.receive().status, 413);
}

TEST(HttpServer, LimitsTheHeader) {
    ServerOptions options;
    options.max_header_bytes = 4096;
    const auto server = start(echo, options);
    Client fits(server->port());
    fits.send(get("/x", "A: " + std::string(3000, 'a') + "\r\n"));
    EXPECT_EQ(fits.receive().status, 200);
    Client one_field(server->port());
    one_field.send(get("/x", "A: " + std::string(5000, 'a') + "\r\n"));
    EXPECT_EQ(one_field.receive().status, 431);
    EXPECT_TRUE(one_field.is_ended());
    Client target(server->port());
    target.send(get("/" + std::string(50'000, 'a')));
    EXPECT_EQ(target.receive().status, 431);
    Client many_fields(server->port());
    many_fields.send("GET / HTTP/1.1\r\n");
    for (int i = 0; i < 2000; ++i)
        if (!many_fields.send("A: b\r\n")) break;
    EXPECT_EQ(many_fields.receive().status, 431);
    Client trailer(server->port());
    trailer.send("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nA: " +
                 std::string(70'000, 'a'));
    EXPECT_EQ(trailer.receive().status, 431);
}

TEST(HttpServer, RefusesWhatIsNotHttp) {
    const auto server = start(echo);
    const std::vector<std::string> bad{
        "hello\r\n\r\n",
        "GET / HTTP/2.0\r\n\r\n",
        "GET /\r\n\r\n",
        "GET / HTTP/1.1\r\n\r\n",                                    // no Host
        "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",              // two
        "GET / HTTP/1.1\r\nHost: a\r\nbad name: b\r\n\r\n",          //
        "GET / HTTP/1.1\nHost: a\n\n",                               // bare LF
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n",   //
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",  //
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        std::string("GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n", 28),
        "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",  // TLS
    };
    for (const std::string& text : bad) {
        Client client(server->port());
        client.send(text);
        const auto answer = client.receive();
        EXPECT_EQ(answer.status, 400) << text;
        EXPECT_NE(answer.body.find("\"key\":\"invalid_http\""), std::string::npos) << text;
        EXPECT_NE(answer.body.find(answer.field("X-Request-Id")), std::string::npos);
        EXPECT_TRUE(client.is_ended()) << text;
    }
    EXPECT_EQ(server->requests(), 0u);
}

TEST(HttpServer, TakesNoOtherTransferCoding) {
    const auto server = start(echo);
    for (const std::string coding : {"gzip, chunked", "identity", "xchunked", "chunked, chunked"}) {
        Client client(server->port());
        client.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: " + coding +
                    "\r\n\r\n0\r\n\r\n" + get("/smuggled"));
        EXPECT_GE(client.receive().status, 400) << coding;
        EXPECT_TRUE(client.is_ended()) << coding;
    }
    EXPECT_EQ(server->requests(), 0u);
}

TEST(HttpServer, EndsSlowClients) {
    ServerOptions options;
    options.header_timeout = 100ms;
    options.body_timeout = 100ms;
    options.idle_timeout = 150ms;
    const auto server = start(echo, options);
    Client silent(server->port());
    Client header(server->port());
    Client body(server->port());
    Client idle(server->port());
    header.send("GET / HTTP/1.1\r\nHo");
    body.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc");
    idle.send(get("/"));
    EXPECT_EQ(idle.receive().status, 200);
    EXPECT_EQ(header.receive().status, 408);
    EXPECT_TRUE(header.is_ended());
    EXPECT_EQ(body.receive().status, 408);
    EXPECT_TRUE(body.is_ended());
    EXPECT_TRUE(silent.is_ended());
    EXPECT_TRUE(idle.is_ended());
}

TEST(HttpServer, DoesNotTimeOutTheHandler) {
    Held held;
    ServerOptions options;
    options.header_timeout = options.body_timeout = options.idle_timeout = 40ms;
    const auto server = start(
        [&](Request&& request, Respond respond) { held.hold(request.path, std::move(respond)); },
        options);
    Client client(server->port());
    client.send(get("/long"));
    held.wait_for(1);
    EXPECT_TRUE(client.is_silent(200ms));
    held.release("/long", text_response("done"));
    EXPECT_EQ(client.receive().body, "done");
}

TEST(HttpServer, EndsAClientThatDoesNotRead) {
    ServerOptions options;
    options.body_timeout = 100ms;
    const auto server = start(
        [](Request&&, Respond respond) { respond(text_response(std::string(20'000'000, 'x'))); },
        options);
    Client client(server->port());
    client.send(get("/"));
    for (int i = 0; i < 500 && server->connections() > 0; ++i) std::this_thread::sleep_for(10ms);
    EXPECT_EQ(server->connections(), 0u);
}

TEST(HttpServer, SendsLargeAnswers) {
    const auto server = start(
        [](Request&&, Respond respond) { respond(text_response(std::string(20'000'000, 'x'))); });
    Client client(server->port());
    client.send(get("/") + get("/"));
    EXPECT_EQ(client.receive().body.size(), 20'000'000u);
    EXPECT_EQ(client.receive().body.size(), 20'000'000u);
}

/// Bodies of `pieces` times 100,000 bytes, of which the one asked for with /broken ends early.
class LongAnswers {
  public:
    explicit LongAnswers(std::int64_t pieces) : pieces_(pieces) {
        ServerOptions options;
        options.elsewhere = [this](std::move_only_function<void()> task) {
            const std::lock_guard lock(mutex_);
            threads_.emplace_back([task = std::move(task)]() mutable { task(); });
        };
        server_ = start(
            [this](Request&& request, Respond respond) {
                Response response = text_response("");
                const bool broken = request.path == "/broken";
                response.more_bytes = static_cast<std::uint64_t>(pieces_) * 100'000;
                response.more = [this, broken](std::int64_t piece) {
                    ++made;
                    if (broken && piece == 2) throw std::runtime_error("deleted meanwhile");
                    return std::string(100'000, static_cast<char>('a' + piece % 26));
                };
                respond(std::move(response));
            },
            options);
    }
    ~LongAnswers() {
        server_.reset();
        const std::lock_guard lock(mutex_);
        threads_.clear();
    }
    std::uint16_t port() const { return server_->port(); }
    std::atomic<int> made{0};

  private:
    std::int64_t pieces_;
    std::mutex mutex_;
    std::vector<std::jthread> threads_;
    std::unique_ptr<Server> server_;
};

TEST(HttpServer, SendsLongAnswersInPieces) {
    LongAnswers server(30);
    Client client(server.port());
    client.send(get("/") + get("/"));
    for (int i = 0; i < 2; ++i) {
        const auto answer = client.receive();
        EXPECT_EQ(answer.status, 200);
        ASSERT_EQ(answer.body.size(), 3'000'000u);
        for (std::size_t piece = 0; piece < 30; ++piece)
            EXPECT_EQ(answer.body[piece * 100'000 + 99'999],
                      static_cast<char>('a' + piece % 26));
    }
    EXPECT_EQ(server.made, 60);
    client.send("HEAD /h HTTP/1.1\r\nHost: x\r\n\r\n");
    EXPECT_EQ(client.receive(true).field("Content-Length"), "3000000");
    EXPECT_EQ(server.made, 60);
}

TEST(HttpServer, MakesNoMorePiecesThanTheClientReads) {
    LongAnswers server(1000);
    Client client(server.port());
    client.send(get("/"));
    std::this_thread::sleep_for(300ms);
    EXPECT_LT(server.made, 200);  // what the sockets hold
    EXPECT_EQ(client.receive().body.size(), 100'000'000u);
}

TEST(HttpServer, ALongAnswerThatBreaksOffEndsTheConnection) {
    LongAnswers server(4);
    Client client(server.port());
    client.send(get("/broken"));
    EXPECT_TRUE(client.receive().body.empty());
    EXPECT_EQ(server.made, 3);
}

TEST(HttpServer, RefusesTooManyConnections) {
    ServerOptions options;
    options.max_connections = 2;
    const auto server = start(echo, options);
    Client one(server->port());
    auto two = std::make_unique<Client>(server->port());
    one.send(get("/"));
    EXPECT_EQ(one.receive().status, 200);
    two->send(get("/"));
    EXPECT_EQ(two->receive().status, 200);
    {
        Client three(server->port());
        three.send(get("/"));
        const auto answer = three.receive();
        EXPECT_EQ(answer.status, 503);
        EXPECT_NE(answer.body.find("service_unavailable"), std::string::npos);
        EXPECT_TRUE(three.is_ended());
    }
    two.reset();
    for (int i = 0; i < 500 && server->connections() > 1; ++i) std::this_thread::sleep_for(10ms);
    Client four(server->port());
    four.send(get("/"));
    EXPECT_EQ(four.receive().status, 200);
}

TEST(HttpServer, AnswersDroppedAndThrownRequests) {
    log::configure(log::Level::off, log::Format::json);
    const auto server = start([](Request&& request, Respond respond) {
        if (request.path == "/throw") throw std::runtime_error("secret");
        if (request.path == "/drop") return;
        respond(text_response("fine"));
        if (request.path == "/twice") respond(text_response("again"));
    });
    Client client(server->port());
    client.send(get("/throw") + get("/drop") + get("/twice") + get("/fine"));
    for (int i = 0; i < 2; ++i) {
        const auto answer = client.receive();
        EXPECT_EQ(answer.status, 500);
        EXPECT_EQ(answer.body.find("secret"), std::string::npos);
    }
    EXPECT_EQ(client.receive().body, "fine");
    EXPECT_EQ(client.receive().body, "fine");
    EXPECT_TRUE(client.is_silent(20ms));
    log::configure(log::Level::info, log::Format::json);
}

TEST(HttpServer, StopLetsRequestsInFlightFinish) {
    Held held;
    const auto server = start(
        [&](Request&& request, Respond respond) { held.hold(request.path, std::move(respond)); });
    Client idle(server->port());
    Client busy(server->port());
    Client sending(server->port());
    busy.send(get("/busy"));
    sending.send(
        "POST /sending HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\nab");
    ASSERT_EQ(sending.receive().status, 100);  // so the server has begun to read it
    held.wait_for(1);
    bool finished = false;
    std::thread stopping([&] { finished = server->stop(5s); });
    EXPECT_TRUE(idle.is_ended());
    EXPECT_TRUE(busy.is_silent(50ms));
    held.release("/busy", text_response("late"));
    const auto answer = busy.receive();
    EXPECT_EQ(answer.body, "late");
    EXPECT_EQ(answer.field("Connection"), "close");
    EXPECT_TRUE(busy.is_ended());
    sending.send("cd");
    held.release("/sending", text_response("also"));
    EXPECT_EQ(sending.receive().body, "also");
    stopping.join();
    EXPECT_TRUE(finished);
    EXPECT_EQ(server->connections(), 0u);
}

TEST(HttpServer, StopCutsOffAtTheDeadline) {
    Held held;
    auto server = start(
        [&](Request&& request, Respond respond) { held.hold(request.path, std::move(respond)); });
    const std::uint16_t port = server->port();
    Client busy(port);
    busy.send(get("/busy"));
    held.wait_for(1);
    EXPECT_FALSE(server->stop(30ms));
    EXPECT_TRUE(busy.is_ended());
    server.reset();
    held.release("/busy", text_response("too late"));  // must do no harm

    ServerOptions options;
    options.port = port;
    const auto again = start(echo, options);
    EXPECT_EQ(again->port(), port);
}

TEST(HttpServer, SaysWhyItCannotListen) {
    const auto server = start(echo);
    ServerOptions options;
    options.port = server->port();
    Server second(options, echo);
    const auto started = second.start();
    ASSERT_FALSE(started);
    EXPECT_NE(started.error().details.find("in use"), std::string::npos);
    options.host = "256.1.1.1";
    Server third(options, echo);
    EXPECT_FALSE(third.start());
}

TEST(HttpServer, ServesManyClientsOnSeveralThreads) {
    ServerOptions options;
    options.io_threads = 2;
    std::mutex mutex;
    std::condition_variable came;
    std::vector<std::pair<std::string, Respond>> queue;
    bool done = false;
    const auto server = start(
        [&](Request&& request, Respond respond) {
            const std::lock_guard lock(mutex);
            queue.emplace_back(request.body, std::move(respond));
            came.notify_one();
        },
        options);
    std::thread worker([&] {
        std::unique_lock lock(mutex);
        for (;;) {
            came.wait(lock, [&] { return done || !queue.empty(); });
            if (queue.empty()) return;
            auto batch = std::move(queue);
            queue.clear();
            lock.unlock();
            while (!batch.empty()) {  // last first
                batch.back().second(text_response(batch.back().first));
                batch.pop_back();
            }
            lock.lock();
        }
    });
    std::atomic<int> right{0};
    std::vector<std::thread> clients;
    for (int c = 0; c < 8; ++c)
        clients.emplace_back([&, c] {
            Client client(server->port());
            for (int round = 0; round < 50; ++round) {
                std::string text;
                for (int i = 0; i < 16; ++i)
                    text += post("/", std::to_string(c * 10'000 + round * 16 + i));
                client.send(text);
                for (int i = 0; i < 16; ++i)
                    if (client.receive().body == std::to_string(c * 10'000 + round * 16 + i))
                        ++right;
            }
        });
    for (auto& client : clients) client.join();
    {
        const std::lock_guard lock(mutex);
        done = true;
        came.notify_one();
    }
    worker.join();
    EXPECT_EQ(right.load(), 8 * 50 * 16);
    EXPECT_TRUE(server->stop(1s));
}

}  // namespace
}  // namespace perennial::http
