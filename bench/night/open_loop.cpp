// Paid orders of random members at a steady rate, whatever the server does: the time of an answer counts
// from when its request was due, not from when it could be sent. Ends after SECONDS or with SIGTERM, and
// prints one JSON line. usage: open_loop PORT RATE SECONDS MEMBERS RUN APP_ID TOKEN
#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <deque>
#include <random>
#include <string>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

volatile sig_atomic_t stopping = 0;

struct Connection {
    Clock::time_point used_at = Clock::now();
    int socket = -1;
    bool busy = false;
    Clock::time_point due;
    std::string answer;

    // True when an answer is complete: its head says how long the body is.
    bool is_complete() const {
        const auto head = answer.find("\r\n\r\n");
        if (head == std::string::npos) return false;
        const auto length = answer.find("ontent-Length: ");
        const std::size_t body =
            length < head ? std::stoul(answer.substr(length + std::strlen("ontent-Length: "), 12))
                          : 0;
        return answer.size() >= head + 4 + body;
    }
};

int connect_to(int port) {
    const int made = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(made, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
        fmt::print(stderr, "cannot connect\n");
        std::exit(1);
    }
    const int on = 1;
    setsockopt(made, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return made;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 8) {
        fmt::print(stderr, "usage: open_loop PORT RATE SECONDS MEMBERS RUN APP_ID TOKEN\n");
        return 2;
    }
    const int port = std::stoi(argv[1]);
    const double rate = std::stod(argv[2]);
    const double seconds = std::stod(argv[3]);
    const std::int64_t members = std::stoll(argv[4]);
    const std::string run = argv[5];
    signal(SIGTERM, [](int) { stopping = 1; });
    signal(SIGPIPE, SIG_IGN);
    std::vector<Connection> connections(256);
    for (Connection& one : connections) one.socket = connect_to(port);
    std::mt19937_64 random(std::hash<std::string>()(run));
    std::uniform_int_distribution<std::int64_t> member(0, members - 1);
    std::vector<std::uint32_t> took_us;
    std::deque<Clock::time_point> waiting;  // due, without a free connection
    std::int64_t sent = 0;
    std::int64_t errors = 0;
    const auto start = Clock::now();
    const auto due_of = [&](std::int64_t n) {
        return start + std::chrono::nanoseconds(
                           static_cast<std::int64_t>(static_cast<double>(n) * 1e9 / rate));
    };
    std::int64_t next = 0;
    std::size_t busy = 0;
    std::vector<pollfd> polled(connections.size());
    const auto is_over = [&] {
        return stopping || Clock::now() - start > std::chrono::duration<double>(seconds);
    };
    Clock::time_point ended{};
    for (;;) {
        const bool over = is_over();
        const auto now = Clock::now();
        if (over && ended == Clock::time_point{}) ended = now;
        if (over && (busy == 0 || now - ended > std::chrono::seconds(10))) break;
        while (!over && due_of(next) <= now) waiting.push_back(due_of(next++));
        for (Connection& one : connections) {
            if (over || waiting.empty()) break;
            if (one.busy) continue;
            const std::string body = fmt::format(
                R"({{"source_id":"{}-{}","status":"PAID","customer":{{"source_id":"m-{:07}"}},"items":[)"
                R"({{"product_id":"latte","quantity":2,"price":380}},{{"product_id":"croissant","quantity":1,"price":240}},)"
                R"({{"product_id":"beans","quantity":1,"price":1290}}],"metadata":{{"store":"s-1"}}}})",
                run, sent, member(random));
            const std::string request = fmt::format(
                "POST /v1/orders HTTP/1.1\r\nHost: localhost\r\nX-App-Id: {}\r\nX-App-Token: {}\r\n"
                "Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{}",
                argv[6], argv[7], body.size(), body);
            if (now - one.used_at > std::chrono::seconds(5)) {
                close(one.socket);  // the server may have grown tired of it
                one.socket = connect_to(port);
            }
            if (write(one.socket, request.data(), request.size()) !=
                static_cast<ssize_t>(request.size())) {
                fmt::print(stderr, "cannot send\n");
                return 1;
            }
            one.busy = true;
            one.due = waiting.front();
            one.answer.clear();
            waiting.pop_front();
            ++busy;
            ++sent;
        }
        for (std::size_t i = 0; i < connections.size(); ++i)
            polled[i] = {connections[i].busy ? connections[i].socket : -1, POLLIN, 0};
        const auto left = due_of(next) - Clock::now();
        const timespec patience{
            0, over ? 10'000'000
                    : std::clamp<std::int64_t>(
                          std::chrono::duration_cast<std::chrono::nanoseconds>(left).count(), 0,
                          50'000'000)};
        ppoll(polled.data(), polled.size(), &patience, nullptr);
        for (std::size_t i = 0; i < connections.size(); ++i) {
            Connection& one = connections[i];
            if (!one.busy || (polled[i].revents & (POLLIN | POLLHUP | POLLERR)) == 0) continue;
            char buffer[16384];
            const ssize_t got = read(one.socket, buffer, sizeof buffer);
            if (got <= 0) {
                fmt::print(stderr, "the connection ended\n");
                return 1;
            }
            one.answer.append(buffer, static_cast<std::size_t>(got));
            if (!one.is_complete()) continue;
            if (!one.answer.starts_with("HTTP/1.1 2")) ++errors;
            took_us.push_back(static_cast<std::uint32_t>(
                std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - one.due)
                    .count()));
            one.busy = false;
            one.used_at = Clock::now();
            --busy;
        }
    }
    const double took = std::chrono::duration<double>(ended - start).count();
    std::ranges::sort(took_us);
    const auto at = [&](double share) {
        if (took_us.empty()) return 0.0;
        const auto i = static_cast<std::size_t>(share * static_cast<double>(took_us.size() - 1));
        return static_cast<double>(took_us[i]) / 1000;
    };
    fmt::print("{{\"requests\":{},\"errors\":{},\"unanswered\":{},\"per_s\":{:.0f},\"p50_ms\":{:.2f},"
               "\"p99_ms\":{:.2f},\"p999_ms\":{:.2f},\"max_ms\":{:.1f}}}\n",
               took_us.size(), errors, busy + waiting.size(),
               static_cast<double>(took_us.size()) / took, at(0.5), at(0.99), at(0.999), at(1));
    return errors == 0 ? 0 : 1;
}
