// HTTP/1.1 with keep-alive and pipelining. The handler runs on an IO thread and must not block; it
// hands the work on and answers from wherever that ends. Answers leave in the order of the
// requests.
#pragma once
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "platform/http/request.hpp"
#include "platform/http/response.hpp"

namespace perennial::http {

/// Called once, from any thread, also after the connection or the server is gone. Dropped without a
/// call, it answers 500.
using Respond = std::move_only_function<void(Response)>;
using Handler = std::function<void(Request&&, Respond)>;

struct ServerOptions {
    std::string host = "127.0.0.1";
    std::uint16_t port = 0;  ///< 0 = a free one, see Server::port
    int io_threads = 1;
    std::size_t max_connections = 10'000;  ///< more are answered 503 and closed
    std::size_t max_pipelined = 64;        ///< requests of one connection without an answer yet
    std::size_t max_header_bytes = 32 * 1024;
    std::uint64_t max_body_bytes = 1024 * 1024;
    /// Of one request, given its method and its raw path; nothing = max_body_bytes for all.
    std::function<std::uint64_t(Method, std::string_view path)> body_limit = nullptr;
    /// Runs what makes the pieces of a long body (Response::more), on another thread; needed for those.
    std::function<void(std::move_only_function<void()>)> elsewhere = nullptr;
    std::chrono::milliseconds header_timeout{10'000};
    /// To the end of the body, with a second more for each 8 KiB received. Also for a client that
    /// does not read its answer.
    std::chrono::milliseconds body_timeout{30'000};
    std::chrono::milliseconds idle_timeout{75'000};
};

class Mailbox;

/// While it lives, answers given on its thread are collected, and leave when it ends: the IO
/// threads are woken once for a whole batch of them.
class GatheredAnswers {
  public:
    GatheredAnswers();
    ~GatheredAnswers();
    GatheredAnswers(const GatheredAnswers&) = delete;
    GatheredAnswers& operator=(const GatheredAnswers&) = delete;

    static GatheredAnswers* of_this_thread();
    void wake_later(std::weak_ptr<Mailbox> mailbox) { mailboxes_.push_back(std::move(mailbox)); }

  private:
    std::vector<std::weak_ptr<Mailbox>> mailboxes_;
};

class Server {
  public:
    Server(ServerOptions, Handler);
    ~Server();  ///< stops without waiting for what is in flight
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    /// Listens and returns. Refuses when the address cannot be had.
    Result<void> start();
    std::uint16_t port() const;

    /// Stops accepting, closes idle connections, lets requests in flight finish. False when some
    /// had to be cut off at the deadline. Not to be called from a handler.
    bool stop(std::chrono::milliseconds deadline);

    std::size_t connections() const;
    std::uint64_t requests() const;  ///< handed to the handler since the start

  private:
    struct Machine;
    std::unique_ptr<Machine> machine_;
};

}  // namespace perennial::http
