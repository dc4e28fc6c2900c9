#include "platform/http/request_parser.hpp"

#include <fmt/format.h>

#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <limits>

namespace perennial::http {
namespace {

namespace beast = boost::beast;
namespace wire = boost::beast::http;
using beast::error_code;

constexpr std::size_t reserve_bytes_max = 256 * 1024;  // a promise of a body is not a body
constexpr std::size_t fields_max = 128;
constexpr std::size_t last_chunk_bytes = 5;  // "0\r\n\r\n"

std::string_view view(beast::string_view text) {
    return {text.data(), text.size()};
}

enum class Fault : std::uint8_t {
    none,
    header_too_large,
    body_too_large,
    no_single_host,
    unknown_coding,
};

/// Beast's parser without Beast's message: fields go straight into our Request.
class WireParser : public wire::basic_parser<true> {
  public:
    explicit WireParser(const RequestParser::Limits& limits) : limits_(limits) {
        constexpr std::size_t beast_max = std::numeric_limits<std::uint32_t>::max();
        header_limit(static_cast<std::uint32_t>(std::min(limits.header_bytes, beast_max)));
        body_limit(boost::none);
        eager(true);
    }

    Request request;
    Fault fault = Fault::none;
    std::uint64_t body_bytes_max = 0;
    bool is_http_1_0 = false;
    bool expects_continue = false;

  private:
    void stop(Fault why, error_code& code) {
        fault = why;
        code = wire::error::bad_field;
    }

    void on_request_impl(wire::verb, beast::string_view method, beast::string_view target,
                         int version, error_code& code) override {
        header_bytes_ = method.size() + target.size();
        if (header_bytes_ > limits_.header_bytes) return stop(Fault::header_too_large, code);
        is_http_1_0 = version == 10;
        request.method = method_from(view(method));
        request.target = view(target);
        set_path();
    }

    void set_path() {
        std::string_view target(request.target);
        // Absolute form, as sent to proxies: "http://host/path".
        if (target.starts_with("http://") || target.starts_with("https://")) {
            const auto slash = target.find('/', target.find("://") + 3);
            target = slash == std::string_view::npos ? "/" : target.substr(slash);
        }
        request.path = target.substr(0, target.find('?'));
    }

    void on_field_impl(wire::field field, beast::string_view name, beast::string_view value,
                       error_code& code) override {
        if (in_trailer_) return;
        // Beast's limit holds for what is in the buffer, not for a header that trickles in.
        header_bytes_ += name.size() + value.size() + 4;
        if (header_bytes_ > limits_.header_bytes || request.headers.size() == fields_max)
            return stop(Fault::header_too_large, code);
        if (field == wire::field::host) ++hosts_;
        // Beast lets any coding but a final "chunked" pass as "no body": the body would be read as
        // the next request.
        if (field == wire::field::transfer_encoding &&
            (!beast::iequals(value, "chunked") || is_http_1_0))
            return stop(Fault::unknown_coding, code);
        if (field == wire::field::expect && beast::iequals(value, "100-continue"))
            expects_continue = !is_http_1_0;
        request.headers.add(view(name), view(value));
    }

    void on_header_impl(error_code& code) override {
        if (hosts_ > 1 || (hosts_ == 0 && !is_http_1_0)) return stop(Fault::no_single_host, code);
        body_bytes_max = limits_.body_limit ? limits_.body_limit(request.method, request.path)
                                            : limits_.body_bytes;
        if (content_length().value_or(0) > body_bytes_max) return stop(Fault::body_too_large, code);
        body_limit(body_bytes_max);
        in_trailer_ = true;
    }

    void on_body_init_impl(const boost::optional<std::uint64_t>& length, error_code&) override {
        request.body.reserve(std::min<std::uint64_t>(length.value_or(0), reserve_bytes_max));
    }
    std::size_t on_body_impl(beast::string_view body, error_code&) override {
        request.body.append(body.data(), body.size());
        return body.size();
    }
    void on_chunk_header_impl(std::uint64_t, beast::string_view, error_code&) override {}
    std::size_t on_chunk_body_impl(std::uint64_t, beast::string_view body, error_code&) override {
        request.body.append(body.data(), body.size());
        return body.size();
    }
    void on_finish_impl(error_code&) override {}
    void on_response_impl(int, beast::string_view, int, error_code&) override {}

    const RequestParser::Limits& limits_;
    std::size_t header_bytes_ = 0;
    int hosts_ = 0;
    bool in_trailer_ = false;
};

/// The server answers for paths only, and OPTIONS for itself with "*".
bool is_answerable(const Request& request) {
    return request.path.starts_with('/') ||
           (request.path == "*" && request.method == Method::options);
}

}  // namespace

struct RequestParser::Reader {
    std::optional<WireParser> wire;
};

RequestParser::RequestParser(const Limits& limits)
    : limits_(limits), reader_(std::make_unique<Reader>()) {
    reader_->wire.emplace(limits_);
}

RequestParser::~RequestParser() = default;

std::size_t RequestParser::body_size() const {
    return reader_->wire->request.body.size();
}

bool RequestParser::wants_continue() {
    if (phase_ != Phase::body) return false;
    return std::exchange(reader_->wire->expects_continue, false);
}

RequestParser::State RequestParser::fail(int status, std::string_view key, std::string_view message,
                                         std::string details) {
    failure_ = {status, key, message, std::move(details)};
    return State::failed;
}

RequestParser::State RequestParser::read(std::string_view bytes, std::size_t& used) {
    used = 0;
    // Some clients end a body with a line break it does not have (RFC 9112, 2.2).
    if (phase_ == Phase::idle)
        while (used < bytes.size() && (bytes[used] == '\r' || bytes[used] == '\n')) ++used;
    if (used == bytes.size()) return State::need_more;
    if (phase_ == Phase::idle) phase_ = Phase::header;

    WireParser& wire = *reader_->wire;
    // Beast 1.81 aborts when the last chunk's head ("0\r\n") is offered again with one byte more. A
    // chunked body always has as many bytes to come, so waiting for them holds nothing up.
    if (phase_ == Phase::body && wire.chunked() && bytes.size() < last_chunk_bytes)
        return State::need_more;
    error_code code;
    used += wire.put({bytes.data() + used, bytes.size() - used}, code);
    if (wire.is_header_done()) phase_ = Phase::body;
    if (!code && wire.is_done()) return State::request;
    if (!code || code == wire::error::need_more) {
        // What a chunked body leaves unused is a chunk's head or a trailer: as long as a header.
        if (bytes.size() - used <= limits_.header_bytes) return State::need_more;
        wire.fault = Fault::header_too_large;
    }

    const bool is_header_limit = code == wire::error::header_limit;
    const bool is_body_limit = code == wire::error::body_limit;
    if (wire.fault == Fault::header_too_large || is_header_limit)
        return fail(431, "header_too_large", "Request header too large",
                    fmt::format("The header must have at most {} bytes and {} fields",
                                limits_.header_bytes, fields_max));
    if (wire.fault == Fault::body_too_large || is_body_limit)
        return fail(413, error::payload_too_large.key, error::payload_too_large.message,
                    fmt::format("The body must have at most {} bytes here", wire.body_bytes_max));
    if (wire.fault == Fault::unknown_coding)
        return fail(501, error::not_implemented.key, error::not_implemented.message,
                    "The only Transfer-Encoding taken is chunked");
    if (wire.fault == Fault::no_single_host)
        return fail(400, "invalid_http", "Invalid HTTP", "One Host header is required");
    return fail(400, "invalid_http", "Invalid HTTP", code.message());
}

RequestParser::Completed RequestParser::take() {
    WireParser& wire = *reader_->wire;
    CHECK(wire.is_done());
    Completed completed{std::move(wire.request), wire.keep_alive(), wire.is_http_1_0, {}};
    reader_->wire.emplace(limits_);
    phase_ = Phase::idle;

    Request& request = completed.request;
    const auto question = request.target.find('?');
    auto query = Query::parse(question == std::string::npos
                                  ? std::string_view()
                                  : std::string_view(request.target).substr(question + 1));
    if (query)
        request.query = *std::move(query);
    else
        completed.refusal = std::move(query).error();
    if (!is_answerable(request))
        completed.refusal = Error{&error::not_found, "The request's target must be a path"};
    return completed;
}

}  // namespace perennial::http
