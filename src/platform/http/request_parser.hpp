// One connection's bytes -> requests. Knows no sockets: the fuzzer drives it as the server does.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "platform/http/request.hpp"

namespace perennial::http {

class RequestParser {
  public:
    struct Limits {
        std::size_t header_bytes = 32 * 1024;
        std::uint64_t body_bytes = 1024 * 1024;
        std::function<std::uint64_t(Method, std::string_view path)> body_limit = nullptr;
    };
    enum class State : std::uint8_t { need_more, request, failed };
    enum class Phase : std::uint8_t { idle, header, body };
    /// What the stream cannot be read on after.
    struct Failure {
        int status = 400;
        std::string_view key;
        std::string_view message;
        std::string details;
    };
    struct Completed {
        Request request;  ///< without id, address and time
        bool keep_alive = false;
        bool is_http_1_0 = false;
        std::optional<Error> refusal;  ///< framed well, but the target or the query makes no sense
    };

    explicit RequestParser(const Limits&);  ///< borrows the limits
    ~RequestParser();

    /// Reads on from `bytes` and says how many it `used`; the rest is to be given again with more
    /// behind. After `request`, `take` is due; after `failed`, nothing.
    State read(std::string_view bytes, std::size_t& used);
    Completed take();

    Phase phase() const { return phase_; }
    /// Bytes of the body so far.
    std::size_t body_size() const;
    /// True once for a request whose client waits for "100 Continue" before it sends the body.
    bool wants_continue();
    const Failure& failure() const { return failure_; }

  private:
    struct Reader;
    State fail(int status, std::string_view key, std::string_view message, std::string details);

    const Limits& limits_;
    std::unique_ptr<Reader> reader_;
    Phase phase_ = Phase::idle;
    Failure failure_;
};

}  // namespace perennial::http
