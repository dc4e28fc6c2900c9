// Asio stays in the two files that include this one.
#pragma once
#include <atomic>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "platform/http/mailbox.hpp"
#include "platform/http/request_id.hpp"
#include "platform/http/request_parser.hpp"
#include "platform/http/server.hpp"
#include "platform/metrics/metrics.hpp"

namespace perennial::http {

namespace asio = boost::asio;
using Executor = asio::io_context::executor_type;  // concrete: no type erasure per operation
using Socket = asio::basic_stream_socket<asio::ip::tcp, Executor>;
using SweepTimer =
    asio::basic_waitable_timer<std::chrono::steady_clock,
                               asio::wait_traits<std::chrono::steady_clock>, Executor>;
using SteadyTime = std::chrono::steady_clock::time_point;

/// What all connections of a server share.
struct Shared {
    ServerOptions options;
    Handler handler;
    RequestParser::Limits limits;
    RequestIds request_ids;
    std::atomic<std::size_t> connections{0};
    std::atomic<std::uint64_t> requests{0};
    metrics::Gauge& open_connections;
    std::mutex mutex{};
    std::condition_variable all_closed{};
};

/// One IO thread with its connections. Everything but the mailbox belongs to that thread.
struct Loop {
    explicit Loop(Shared&);

    void sweep();        ///< times out, and comes back
    void deliver();      ///< takes the mailbox
    void adopt(Socket);  ///< a new connection
    void begin_stopping();

    Shared& shared;
    asio::io_context context{1};
    std::shared_ptr<Mailbox> mailbox;
    SweepTimer sweep_timer{context};
    std::chrono::milliseconds sweep_interval;
    std::unordered_map<Connection*, std::shared_ptr<Connection>> connections;
    std::vector<Mail> mails;
    std::string date;
    bool stopping = false;
    std::thread thread;
};

/// Reads, hands requests to the handler, and sends their answers in order. A request takes a slot
/// when it is complete; the slot at the front, once answered, becomes text to send.
class Connection : public std::enable_shared_from_this<Connection> {
  public:
    Connection(Loop&, Socket);

    void start();
    void start_refused();  ///< 503 and away
    void answer(std::uint64_t sequence, Response);
    void advance();  ///< does what has become possible; closes when nothing is left to do
    void check_times(SteadyTime now);
    void begin_stopping();  ///< finishes what it has
    void close();

  private:
    struct Slot {
        bool is_answered = false;
        bool is_head = false;
        bool keep_alive = true;
        bool is_http_1_0 = false;
        bool is_continue = false;  // no answer of its own: "100 Continue"
        bool is_begun = false;  // a long body, whose pieces follow
        bool is_asked = false;  // the next piece is being made
        std::int64_t piece = 0;
        std::uint64_t left = 0;  // bytes of it that have not come
        RequestId request_id;
        Response response;
    };

    bool take_requests();
    void take_one();
    void answer_failure(const RequestParser::Failure&);
    void collect_answers();
    void take_piece(Slot&, Response);
    void ask_for_piece(Slot&);
    void send();
    void send_on();
    void read();
    void make_room();
    void on_read(std::size_t bytes);
    void end_gently();
    bool all_sent() const { return slots_.empty() && to_send_.empty() && !writing_; }
    std::size_t unread() const { return input_end_ - input_begin_; }

    Loop& loop_;
    Socket socket_;
    RequestParser parser_;
    std::string remote_address_;

    std::vector<char> input_;
    std::size_t input_begin_ = 0;
    std::size_t input_end_ = 0;
    std::deque<Slot> slots_;
    std::uint64_t first_sequence_ = 0;  // of slots_.front()
    std::string to_send_;
    std::string sending_;
    std::size_t sent_ = 0;

    bool reading_ = false;
    bool writing_ = false;
    bool last_taken_ = false;  // no request after the last slot
    bool input_ended_ = false;
    bool lingering_ = false;  // said goodbye; what still comes is thrown away
    bool closed_ = false;
    SteadyTime phase_since_;  // when the parser's phase or the lingering began
    SteadyTime written_at_;
    RequestParser::Phase seen_phase_ = RequestParser::Phase::idle;
};

}  // namespace perennial::http
