#include "platform/http/connection.hpp"

#include <boost/asio/buffer.hpp>

#include "platform/http/answer.hpp"
#include "platform/http/error_response.hpp"
#include "platform/log/log.hpp"

namespace perennial::http {
namespace {

constexpr std::size_t input_bytes = 8 * 1024;
constexpr std::size_t body_input_bytes = 64 * 1024;
constexpr std::size_t unsent_bytes_max = 1024 * 1024;  // above, no further request is taken
constexpr std::size_t kept_output_bytes = 64 * 1024;
constexpr std::size_t body_bytes_per_second_min = 8 * 1024;
constexpr std::chrono::seconds linger_time{2};

/// Makes sure that every request is answered exactly once.
class Ticket {
  public:
    Ticket(std::shared_ptr<Mailbox> mailbox, std::weak_ptr<Connection> connection,
           std::uint64_t sequence, RequestId request_id)
        : mailbox_(std::move(mailbox)),
          connection_(std::move(connection)),
          sequence_(sequence),
          request_id_(request_id) {}
    Ticket(Ticket&&) = default;
    Ticket& operator=(Ticket&&) = delete;

    ~Ticket() {
        if (!mailbox_) return;
        log::error("request dropped without an answer", {{"request_id", request_id_.view()}});
        post(error_response(Error{&error::internal_error, {}}, request_id_.view()));
    }

    void operator()(Response response) {
        if (mailbox_)
            post(std::move(response));
        else
            log::error("request answered twice", {{"request_id", request_id_.view()}});
    }

  private:
    void post(Response response) {
        std::exchange(mailbox_, nullptr)->post({connection_, sequence_, std::move(response)});
    }

    std::shared_ptr<Mailbox> mailbox_;
    std::weak_ptr<Connection> connection_;
    std::uint64_t sequence_;
    RequestId request_id_;
};

}  // namespace

Connection::Connection(Loop& loop, Socket socket)
    : loop_(loop), socket_(std::move(socket)), parser_(loop.shared.limits) {}

void Connection::start() {
    boost::system::error_code code;
    socket_.non_blocking(true, code);
    socket_.set_option(asio::ip::tcp::no_delay(true), code);
    const auto peer = socket_.remote_endpoint(code);
    if (code) return close();
    remote_address_ = peer.address().to_string();
    phase_since_ = written_at_ = std::chrono::steady_clock::now();
    read();
}

void Connection::start_refused() {
    answer_failure({503, error::service_unavailable.key, error::service_unavailable.message,
                    "Too many connections"});
    start();
    advance();
}

void Connection::read() {
    if (reading_ || closed_ || input_ended_) return;
    if (!lingering_ && (last_taken_ || slots_.size() >= loop_.shared.options.max_pipelined ||
                        to_send_.size() >= unsent_bytes_max))
        return;
    make_room();
    reading_ = true;
    socket_.async_read_some(
        asio::buffer(input_.data() + input_end_, input_.size() - input_end_),
        [self = shared_from_this()](const boost::system::error_code& code, std::size_t bytes) {
            self->reading_ = false;
            if (self->closed_) return;
            if (code == asio::error::eof)
                self->input_ended_ = true;
            else if (code)
                return self->close();
            self->on_read(bytes);
        });
}

void Connection::make_room() {
    if (lingering_) input_begin_ = input_end_ = 0;
    if (input_begin_ > 0) {
        std::copy(input_.begin() + static_cast<std::ptrdiff_t>(input_begin_),
                  input_.begin() + static_cast<std::ptrdiff_t>(input_end_), input_.begin());
        input_end_ -= input_begin_;
        input_begin_ = 0;
    }
    const bool in_body = parser_.phase() == RequestParser::Phase::body;
    std::size_t wanted = in_body ? body_input_bytes : input_bytes;
    if (input_end_ == input_.size()) wanted = std::max(wanted, 2 * input_.size());
    if (input_.size() < wanted) {
        input_.resize(wanted);
    } else if (input_.size() > wanted && input_end_ == 0 && !in_body) {
        input_.resize(wanted);
        input_.shrink_to_fit();
    }
}

void Connection::on_read(std::size_t bytes) {
    if (lingering_) {
        if (input_ended_) return close();
        return read();
    }
    input_end_ += bytes;
    advance();
}

void Connection::advance() {
    if (closed_ || lingering_) return;
    const auto self = shared_from_this();
    do {
        collect_answers();
    } while (take_requests());
    send();
    // A long body: what was sent makes room for its next piece, or for the answers after it.
    while (!closed_ && !writing_ && !slots_.empty() && slots_.front().is_begun &&
           !slots_.front().is_asked) {
        collect_answers();
        send();
    }
    if (closed_) return;
    if (all_sent()) {
        if (last_taken_) return end_gently();
        const bool is_idle = parser_.phase() == RequestParser::Phase::idle;
        if (input_ended_ || (loop_.stopping && is_idle)) return close();
    }
    read();
}

bool Connection::take_requests() {
    bool took = false;
    while (unread() > 0 && !last_taken_ && to_send_.size() < unsent_bytes_max &&
           slots_.size() < loop_.shared.options.max_pipelined) {
        std::size_t used = 0;
        const auto state = parser_.read({input_.data() + input_begin_, unread()}, used);
        input_begin_ += used;
        if (parser_.phase() != seen_phase_ || state == RequestParser::State::request) {
            seen_phase_ = parser_.phase();
            phase_since_ = std::chrono::steady_clock::now();
        }
        if (state == RequestParser::State::failed) {
            answer_failure(parser_.failure());
            return true;
        }
        if (state == RequestParser::State::request) {
            take_one();
            took = true;
            continue;
        }
        if (!parser_.wants_continue()) return took;
        Slot slot;
        slot.is_answered = slot.is_continue = true;
        slots_.push_back(std::move(slot));
        return true;
    }
    return took;
}

void Connection::take_one() {
    auto completed = parser_.take();
    seen_phase_ = RequestParser::Phase::idle;
    Slot slot;
    slot.is_head = completed.request.method == Method::head;
    slot.is_http_1_0 = completed.is_http_1_0;
    slot.keep_alive = completed.keep_alive && !loop_.stopping;
    slot.request_id = loop_.shared.request_ids.make();
    last_taken_ = !slot.keep_alive;
    const RequestId request_id = slot.request_id;
    if (completed.refusal) {
        slot.is_answered = true;
        slot.response = error_response(*completed.refusal, request_id.view());
        slots_.push_back(std::move(slot));
        return;
    }
    const std::uint64_t sequence = first_sequence_ + slots_.size();
    slots_.push_back(std::move(slot));

    Request& request = completed.request;
    request.request_id = request_id.view();
    request.remote_address = remote_address_;
    request.received = phase_since_;
    loop_.shared.requests.fetch_add(1, std::memory_order_relaxed);
    try {
        loop_.shared.handler(std::move(request),
                             Ticket(loop_.mailbox, weak_from_this(), sequence, request_id));
    } catch (const std::exception& exception) {
        // The ticket went with the stack and has answered 500.
        log::error("request failed",
                   {{"request_id", request_id.view()}, {"exception", exception.what()}});
    }
}

void Connection::answer_failure(const RequestParser::Failure& failure) {
    metrics::registry()
        .counter("perennial_http_refused_total", "Connections ended with an error of their own",
                 {{"status", std::to_string(failure.status)}})
        .add();
    Slot slot;
    slot.is_answered = true;
    slot.keep_alive = false;
    slot.request_id = loop_.shared.request_ids.make();
    slot.response = protocol_error(failure.status, failure.key, failure.message, failure.details,
                                   slot.request_id.view());
    slots_.push_back(std::move(slot));
    last_taken_ = true;
}

void Connection::answer(std::uint64_t sequence, Response response) {
    if (closed_ || sequence < first_sequence_) return;
    Slot& slot = slots_[sequence - first_sequence_];
    if (slot.is_begun) return take_piece(slot, std::move(response));
    slot.response = std::move(response);
    slot.is_answered = true;
}

// The head has told the length: when it cannot be kept, only the end of the connection says so.
void Connection::take_piece(Slot& slot, Response response) {
    slot.is_asked = false;
    const std::size_t bytes = response.body.size();
    if (response.status != 200 || bytes == 0 || bytes > slot.left) return close();
    slot.left -= bytes;
    to_send_ += response.body;
}

void Connection::ask_for_piece(Slot& slot) {
    slot.is_asked = true;
    auto ticket = std::make_shared<Ticket>(loop_.mailbox, weak_from_this(), first_sequence_,
                                           slot.request_id);
    loop_.shared.options.elsewhere(
        [ticket = std::move(ticket), more = slot.response.more, piece = slot.piece++] {
            try {
                Response made;
                made.body = more(piece);
                (*ticket)(std::move(made));
            } catch (const std::exception& exception) {  // the ticket goes, and ends the connection
                log::error("long answer broken off", {{"exception", exception.what()}});
            }
        });
}

void Connection::collect_answers() {
    while (!slots_.empty() && slots_.front().is_answered) {
        Slot& slot = slots_.front();
        if (slot.is_begun) {
            if (slot.left > 0) {
                if (!slot.is_asked && to_send_.empty() && !writing_) ask_for_piece(slot);
                return;
            }
        } else if (slot.is_continue) {
            to_send_ += "HTTP/1.1 100 Continue\r\n\r\n";
        } else {
            const bool is_last = loop_.stopping && slots_.size() == 1 && unread() == 0 &&
                                 parser_.phase() == RequestParser::Phase::idle;
            if (is_last) slot.keep_alive = false, last_taken_ = true;
            append_answer(to_send_, slot.response,
                          {slot.request_id.view(), loop_.date, slot.is_head, slot.keep_alive,
                           slot.is_http_1_0});
            if (slot.response.more && !slot.is_head) {
                slot.is_begun = true;
                slot.left = slot.response.more_bytes;
                slot.response.body.clear();
                continue;
            }
        }
        slots_.pop_front();
        ++first_sequence_;
    }
}

void Connection::send() {
    if (writing_ || to_send_.empty()) return;
    if (sending_.capacity() > kept_output_bytes) std::string().swap(sending_);
    sending_.clear();
    sending_.swap(to_send_);
    sent_ = 0;
    written_at_ = std::chrono::steady_clock::now();
    send_on();
}

/// Mostly the socket takes all at once, and no operation has to be queued.
void Connection::send_on() {
    boost::system::error_code code;
    const std::string_view rest = std::string_view(sending_).substr(sent_);
    sent_ += socket_.write_some(asio::buffer(rest), code);
    if (code && code != asio::error::would_block && code != asio::error::try_again) return close();
    if (sent_ == sending_.size()) return;
    writing_ = true;
    written_at_ = std::chrono::steady_clock::now();
    socket_.async_wait(Socket::wait_write,
                       [self = shared_from_this()](const boost::system::error_code& wait_code) {
                           self->writing_ = false;
                           if (self->closed_) return;
                           if (wait_code) return self->close();
                           self->send_on();
                           self->advance();
                       });
}

/// Closing with bytes unread would reset the connection, and the peer could lose our last answer.
void Connection::end_gently() {
    boost::system::error_code code;
    socket_.shutdown(Socket::shutdown_send, code);
    if (code || input_ended_ || (loop_.stopping && unread() == 0)) return close();
    lingering_ = true;
    phase_since_ = std::chrono::steady_clock::now();
    read();
}

void Connection::begin_stopping() {
    if (lingering_)
        close();
    else
        advance();
}

void Connection::check_times(SteadyTime now) {
    const ServerOptions& options = loop_.shared.options;
    const auto waited = now - phase_since_;
    if (lingering_) {
        if (waited > linger_time) close();
        return;
    }
    if (writing_) {
        if (now - written_at_ > options.body_timeout) close();
        return;
    }
    if (last_taken_ || !reading_) return;  // it is our turn, not the client's
    const auto phase = parser_.phase();
    if (phase == RequestParser::Phase::idle) {
        const bool never_asked = first_sequence_ == 0;
        const auto allowed = never_asked ? std::min(options.header_timeout, options.idle_timeout)
                                         : options.idle_timeout;
        if (slots_.empty() && now - std::max(phase_since_, written_at_) > allowed) close();
        return;
    }
    auto allowed = options.header_timeout;
    if (phase == RequestParser::Phase::body)
        allowed = options.body_timeout +
                  std::chrono::seconds(parser_.body_size() / body_bytes_per_second_min);
    if (waited <= allowed) return;
    answer_failure(
        {408, "request_timeout", "Request timeout", "The request took too long to arrive"});
    advance();
}

void Connection::close() {
    if (closed_) return;
    closed_ = true;
    boost::system::error_code code;
    socket_.close(code);
    Shared& shared = loop_.shared;
    shared.open_connections.add(-1);
    if (shared.connections.fetch_sub(1) == 1) {
        const std::lock_guard lock(shared.mutex);
        shared.all_closed.notify_all();
    }
    loop_.connections.erase(this);  // may be the last reference: nothing after this
}

}  // namespace perennial::http
