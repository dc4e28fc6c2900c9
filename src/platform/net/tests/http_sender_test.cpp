#include "platform/net/http_sender.hpp"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "platform/http/server.hpp"

namespace perennial::net {
namespace {

using std::chrono::milliseconds;

http::Server serve(http::Handler handler) {
    return http::Server({.idle_timeout = milliseconds(1000)}, std::move(handler));
}

std::string url_of(const http::Server& server, const std::string& path = "/hook") {
    return fmt::format("http://127.0.0.1:{}{}", server.port(), path);
}

Answer post(HttpSender& sender, Outgoing request) {
    std::optional<Answer> answer;
    sender.post(std::move(request), [&](Answer got) { answer = std::move(got); });
    while (!answer) sender.run(milliseconds(1000));
    return *answer;
}

TEST(HttpSender, PostsBodyAndHeaders) {
    http::Request seen;
    http::Server server = serve([&](http::Request&& request, http::Respond respond) {
        seen = std::move(request);
        respond(http::json_response("{}", 201));
    });
    ASSERT_TRUE(server.start());
    HttpSender sender({.allow_private = true});
    const Answer answer =
        post(sender, {url_of(server), std::string("a\0b", 3), {{"x-one", "1"}, {"x-two", "2"}}});
    EXPECT_EQ(answer.status, 201);
    EXPECT_TRUE(answer.is_success());
    EXPECT_EQ(answer.error, "");
    EXPECT_EQ(seen.method, http::Method::post);
    EXPECT_EQ(seen.path, "/hook");
    EXPECT_EQ(seen.body, std::string("a\0b", 3));
    EXPECT_EQ(seen.headers.find("x-one"), "1");
    EXPECT_EQ(seen.headers.find("x-two"), "2");
    EXPECT_EQ(seen.headers.find("user-agent"), "Perennial");
    EXPECT_FALSE(seen.headers.has("expect"));
    EXPECT_EQ(sender.under_way(), 0U);
}

TEST(HttpSender, RefusesPrivateAddressesByNumberAndByName) {
    std::atomic<int> requests{0};
    http::Server server = serve([&](http::Request&&, http::Respond respond) {
        ++requests;
        respond(http::no_content());
    });
    ASSERT_TRUE(server.start());
    HttpSender sender({});
    for (const char* host : {"127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "2130706433", "0"}) {
        const Answer answer =
            post(sender, {fmt::format("http://{}:{}/", host, server.port()), "{}", {}});
        EXPECT_EQ(answer.status, 0) << host;
        EXPECT_NE(answer.error.find("is not a public address"), std::string::npos)
            << host << ": " << answer.error;
    }
    EXPECT_EQ(requests, 0);
}

TEST(HttpSender, FollowsNoRedirect) {
    std::atomic<int> requests{0};
    http::Server server = serve([&](http::Request&&, http::Respond respond) {
        ++requests;
        respond(http::redirect("/elsewhere", 302));
    });
    ASSERT_TRUE(server.start());
    HttpSender sender({.allow_private = true});
    EXPECT_EQ(post(sender, {url_of(server), "{}", {}}).status, 302);
    EXPECT_EQ(requests, 1);
}

TEST(HttpSender, RefusesOtherProtocols) {
    HttpSender sender({.allow_private = true});
    const Answer answer = post(sender, {"file:///etc/passwd", "", {}});
    EXPECT_EQ(answer.status, 0);
    EXPECT_NE(answer.error, "");
}

TEST(HttpSender, EndsAfterTheTimeout) {
    std::vector<http::Respond> never;
    http::Server server = serve(
        [&](http::Request&&, http::Respond respond) { never.push_back(std::move(respond)); });
    ASSERT_TRUE(server.start());
    HttpSender sender({.allow_private = true, .timeout_ms = 100});
    const Answer answer = post(sender, {url_of(server), "{}", {}});
    EXPECT_EQ(answer.status, 0);
    EXPECT_NE(answer.error.find("timed out"), std::string::npos) << answer.error;
}

TEST(HttpSender, TellsWhenNobodyListens) {
    std::uint16_t port = 0;
    {
        http::Server server = serve([](http::Request&&, http::Respond) {});
        ASSERT_TRUE(server.start());
        port = server.port();
    }
    HttpSender sender({.allow_private = true});
    const Answer answer = post(sender, {fmt::format("http://127.0.0.1:{}/", port), "{}", {}});
    EXPECT_EQ(answer.status, 0);
    EXPECT_NE(answer.error, "");
}

TEST(HttpSender, OnlyTheStatusOfALongAnswerCounts) {
    http::Server server = serve([](http::Request&&, http::Respond respond) {
        respond(http::text_response(std::string(1 << 20, 'x'), 500));
    });
    ASSERT_TRUE(server.start());
    HttpSender sender({.allow_private = true, .answer_max_bytes = 1000});
    EXPECT_EQ(post(sender, {url_of(server), "{}", {}}).status, 500);
}

TEST(HttpSender, ManyAtOnce) {
    std::mutex mutex;
    std::vector<http::Respond> waiting;
    http::Server server = serve([&](http::Request&&, http::Respond respond) {
        const std::lock_guard lock(mutex);
        waiting.push_back(std::move(respond));
        if (waiting.size() == 20)
            for (auto& one : waiting) one(http::no_content());
    });
    ASSERT_TRUE(server.start());
    HttpSender sender({.allow_private = true});
    int done = 0;
    for (int i = 0; i < 20; ++i)
        sender.post({url_of(server), "{}", {}}, [&](const Answer& answer) {
            EXPECT_EQ(answer.status, 204);
            ++done;
        });
    while (done < 20) sender.run(milliseconds(1000));
}

TEST(HttpSender, WakesUp) {
    HttpSender sender({});
    const auto start = std::chrono::steady_clock::now();
    std::thread other([&] { sender.wake(); });
    sender.run(milliseconds(10'000));
    other.join();
    EXPECT_LT(std::chrono::steady_clock::now() - start, milliseconds(5'000));
}

TEST(UrlProblem, NamesWhatIsWrong) {
    for (const char* good : {"https://shop.example/hooks?a=b", "http://10.0.0.1:8080",
                             "http://[::1]/x", "https://shop.example"})
        EXPECT_FALSE(url_problem(good)) << good;
    EXPECT_EQ(url_problem("ftp://shop.example"), "must begin with https:// or http://");
    EXPECT_EQ(url_problem("file:///etc/passwd"), "must begin with https:// or http://");
    EXPECT_EQ(url_problem("https://user:word@shop.example"),
              "must not contain a user name or password");
    EXPECT_EQ(url_problem("https://shop.example/a b"),
              "must not contain spaces or control characters");
    EXPECT_EQ(url_problem(std::string_view("https://shop.example/\0x", 23)),
              "must not contain spaces or control characters");
    for (const char* bad : {"", "shop.example/hooks", "/hooks", "https://"})
        EXPECT_TRUE(url_problem(bad)) << bad;
}

}  // namespace
}  // namespace perennial::net
