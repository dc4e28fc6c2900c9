#include "platform/http/server.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <optional>

#include "platform/http/answer.hpp"
#include "platform/http/connection.hpp"
#include "platform/log/log.hpp"

namespace perennial::http {
namespace {

using Acceptor = asio::basic_socket_acceptor<asio::ip::tcp, Executor>;

constexpr ErrorCode cannot_listen{"cannot_listen", ErrorKind::unavailable, "Cannot listen"};
constexpr std::size_t refused_max = 64;  // above the limit; beyond, connections are just closed
constexpr std::chrono::milliseconds accept_pause{100};

thread_local GatheredAnswers* gathered_here = nullptr;

}  // namespace

GatheredAnswers::GatheredAnswers() {
    CHECK(gathered_here == nullptr);
    gathered_here = this;
}

GatheredAnswers::~GatheredAnswers() {
    gathered_here = nullptr;
    for (const auto& mailbox : mailboxes_)
        if (const auto alive = mailbox.lock()) alive->wake();
}

GatheredAnswers* GatheredAnswers::of_this_thread() {
    return gathered_here;
}

Loop::Loop(Shared& all) : shared(all) {
    mailbox = std::make_shared<Mailbox>([this] { asio::post(context, [this] { deliver(); }); });
    // A second is close enough for time-outs of many seconds; tests have shorter ones.
    const auto& options = shared.options;
    const auto least =
        std::min({options.header_timeout, options.body_timeout, options.idle_timeout});
    sweep_interval =
        std::clamp(least / 4, std::chrono::milliseconds(10), std::chrono::milliseconds(1000));
}

void Loop::sweep() {
    date = http_date(std::chrono::duration_cast<std::chrono::seconds>(
                         std::chrono::system_clock::now().time_since_epoch())
                         .count());
    const auto now = std::chrono::steady_clock::now();
    std::vector<std::shared_ptr<Connection>> all;  // a check may take its connection off the map
    all.reserve(connections.size());
    for (const auto& [raw, connection] : connections) all.push_back(connection);
    for (const auto& connection : all) connection->check_times(now);
    sweep_timer.expires_after(sweep_interval);
    sweep_timer.async_wait([this](const boost::system::error_code& code) {
        if (!code) sweep();
    });
}

void Loop::deliver() {
    mailbox->take(mails);
    std::vector<std::shared_ptr<Connection>> answered;
    answered.reserve(mails.size());
    for (Mail& mail : mails) {
        auto connection = mail.to.lock();
        if (!connection) continue;
        connection->answer(mail.sequence, std::move(mail.response));
        if (answered.empty() || answered.back() != connection)
            answered.push_back(std::move(connection));
    }
    for (const auto& connection : answered) connection->advance();
    mails.clear();
}

void Loop::adopt(Socket socket) {
    const std::size_t before = shared.connections.fetch_add(1);
    shared.open_connections.add(1);
    auto connection = std::make_shared<Connection>(*this, std::move(socket));
    connections.emplace(connection.get(), connection);
    if (stopping || before >= shared.options.max_connections + refused_max)
        connection->close();
    else if (before >= shared.options.max_connections)
        connection->start_refused();
    else
        connection->start();
}

void Loop::begin_stopping() {
    stopping = true;
    std::vector<std::shared_ptr<Connection>> all;
    for (const auto& [raw, connection] : connections) all.push_back(connection);
    for (const auto& connection : all) connection->begin_stopping();
}

struct Server::Machine {
    Machine(ServerOptions options, Handler handler)
        : shared{.options = std::move(options),
                 .handler = std::move(handler),
                 .limits = {},
                 .request_ids = {},
                 .open_connections =
                     metrics::registry().gauge("perennial_http_connections", "Open connections")} {
        shared.limits = {shared.options.max_header_bytes, shared.options.max_body_bytes,
                         shared.options.body_limit};
        for (int i = 0; i < std::max(1, shared.options.io_threads); ++i)
            loops.push_back(std::make_unique<Loop>(shared));
        acceptor.emplace(loops[0]->context);
        accept_timer.emplace(loops[0]->context);
    }

    Result<void> listen() {
        boost::system::error_code code;
        asio::ip::tcp::resolver resolver(loops[0]->context);
        const auto& options = shared.options;
        const auto found = resolver.resolve(options.host, std::to_string(options.port),
                                            asio::ip::tcp::resolver::passive, code);
        if (code || found.empty())
            return refuse(cannot_listen, fmt::format("{}: {}", options.host, code.message()));
        const asio::ip::tcp::endpoint endpoint = found.begin()->endpoint();
        acceptor->open(endpoint.protocol(), code);
        if (!code) acceptor->set_option(asio::socket_base::reuse_address(true), code);
        if (!code) acceptor->bind(endpoint, code);
        if (!code) acceptor->listen(asio::socket_base::max_listen_connections, code);
        if (!code) port = acceptor->local_endpoint(code).port();
        if (code)
            return refuse(cannot_listen,
                          fmt::format("{}:{}: {}", options.host, options.port, code.message()));
        return {};
    }

    void accept() {
        Loop& loop = *loops[next_loop++ % loops.size()];
        auto socket = std::make_shared<Socket>(loop.context);
        acceptor->async_accept(
            *socket, [this, &loop, socket](const boost::system::error_code& code) {
                if (!acceptor->is_open()) return;
                if (code) return accept_later(code);
                if (&loop == loops[0].get())
                    loop.adopt(std::move(*socket));
                else
                    asio::post(loop.context, [&loop, socket] { loop.adopt(std::move(*socket)); });
                accept();
            });
    }

    /// Out of file descriptors, most often.
    void accept_later(const boost::system::error_code& code) {
        if (code != asio::error::connection_aborted)
            log::warn("cannot accept a connection", {{"reason", code.message()}});
        accept_timer->expires_after(accept_pause);
        accept_timer->async_wait([this](const boost::system::error_code& waited) {
            if (!waited && acceptor->is_open()) accept();
        });
    }

    bool stop(std::chrono::milliseconds deadline) {
        if (!running) return true;
        running = false;
        asio::post(loops[0]->context, [this] {
            boost::system::error_code code;
            acceptor->close(code);
            accept_timer->cancel();
        });
        for (const auto& loop : loops)
            asio::post(loop->context, [&loop] { loop->begin_stopping(); });
        std::unique_lock lock(shared.mutex);
        const bool finished = shared.all_closed.wait_for(
            lock, deadline, [this] { return shared.connections.load() == 0; });
        lock.unlock();
        for (const auto& loop : loops) loop->context.stop();
        for (const auto& loop : loops) loop->thread.join();
        for (const auto& loop : loops) {
            loop->mailbox->close();
            while (!loop->connections.empty()) loop->connections.begin()->second->close();
        }
        return finished;
    }

    Shared shared;
    std::vector<std::unique_ptr<Loop>> loops;
    std::optional<Acceptor> acceptor;
    std::optional<SweepTimer> accept_timer;
    std::size_t next_loop = 0;
    std::uint16_t port = 0;
    bool running = false;
};

Server::Server(ServerOptions options, Handler handler)
    : machine_(std::make_unique<Machine>(std::move(options), std::move(handler))) {}

Server::~Server() {
    machine_->stop(std::chrono::milliseconds(0));
}

Result<void> Server::start() {
    CHECK(!machine_->running);
    TRY_VOID(machine_->listen());
    machine_->running = true;
    machine_->accept();
    for (const auto& loop : machine_->loops) {
        asio::post(loop->context, [&loop] { loop->sweep(); });
        loop->thread = std::thread([&loop] {
            const auto work = asio::make_work_guard(loop->context);
            loop->context.run();
        });
    }
    return {};
}

std::uint16_t Server::port() const {
    return machine_->port;
}
bool Server::stop(std::chrono::milliseconds deadline) {
    return machine_->stop(deadline);
}
std::size_t Server::connections() const {
    return machine_->shared.connections.load();
}
std::uint64_t Server::requests() const {
    return machine_->shared.requests.load();
}

}  // namespace perennial::http
