// Outgoing HTTP: many transfers on the one thread that calls `run`. Follows no redirects, uses no
// proxy, and connects to public addresses only: the address is checked when the socket is made, so a
// name that resolves to another address by then gains nothing.
#pragma once
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace perennial::net {

struct Outgoing {
    std::string url;
    std::string body = {};
    std::vector<std::pair<std::string, std::string>> headers = {};
};

struct Answer {
    int status = 0;         ///< 0: there was no answer
    std::string error = {}; ///< why not, for people
    std::int64_t took_ms = 0;

    bool is_success() const { return status >= 200 && status < 300; }
};

struct SenderOptions {
    bool allow_private = false;
    std::int64_t timeout_ms = 10'000;  ///< from the look-up of the name to the end of the answer
    std::int64_t connect_timeout_ms = 5'000;
    std::size_t answer_max_bytes = 64 * 1024;  ///< of a longer answer only the status counts
    std::string user_agent = "Perennial";
};

/// What is wrong with a target; nothing when it can be sent to: http or https, with a host, without
/// credentials.
std::optional<std::string> url_problem(std::string_view url);

class HttpSender {
  public:
    explicit HttpSender(SenderOptions);
    /// Gives up what is under way.
    ~HttpSender();
    HttpSender(const HttpSender&) = delete;
    HttpSender& operator=(const HttpSender&) = delete;

    /// `done` is called from a later `run`, and may post again.
    void post(Outgoing, std::move_only_function<void(Answer)> done);
    std::size_t under_way() const;
    /// Breaks off all transfers; no `done` is called.
    void give_up_all();
    /// Moves all transfers on; waits for the network at most that long, or until `wake`.
    void run(std::chrono::milliseconds wait_max);
    /// From any thread.
    void wake();

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace perennial::net
