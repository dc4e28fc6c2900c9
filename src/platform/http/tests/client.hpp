// A socket that says exactly what a test tells it to.
#pragma once
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <string>
#include <string_view>

#include "base/error.hpp"

namespace perennial::http {

class Client {
  public:
    explicit Client(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        CHECK(::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    }
    ~Client() { ::close(socket_); }
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    bool send(std::string_view text) {
        while (!text.empty()) {
            const auto sent = ::send(socket_, text.data(), text.size(), MSG_NOSIGNAL);
            if (sent <= 0) return false;
            text.remove_prefix(static_cast<std::size_t>(sent));
        }
        return true;
    }
    void end_sending() { ::shutdown(socket_, SHUT_WR); }

    struct Answer {
        int status = 0;
        std::string head;
        std::string body;
        std::string field(const std::string& name) const {
            const auto at = head.find("\r\n" + name + ": ");
            if (at == std::string::npos) return {};
            const auto begin = at + name.size() + 4;
            return head.substr(begin, head.find("\r\n", begin) - begin);
        }
    };

    /// The next answer; status 0 when the connection ends first.
    Answer receive(bool is_head = false) {
        Answer answer;
        std::size_t end = std::string::npos;
        while ((end = input_.find("\r\n\r\n")) == std::string::npos)
            if (!more()) return answer;
        answer.head = input_.substr(0, end + 2);
        input_.erase(0, end + 4);
        answer.status = std::stoi(answer.head.substr(9, 3));
        const std::string length = answer.field("Content-Length");
        if (is_head || length.empty()) return answer;
        while (input_.size() < std::stoul(length))
            if (!more()) return answer;
        answer.body = input_.substr(0, std::stoul(length));
        input_.erase(0, answer.body.size());
        return answer;
    }

    /// True when the server ends the connection and nothing more has come.
    bool is_ended(std::chrono::milliseconds within = std::chrono::seconds(5)) {
        return input_.empty() && !more(within) && ended_;
    }
    /// True when nothing comes for a while.
    bool is_silent(std::chrono::milliseconds time) { return !more(time) && !ended_; }

  private:
    bool more(std::chrono::milliseconds within = std::chrono::seconds(5)) {
        pollfd ready{socket_, POLLIN, 0};
        if (::poll(&ready, 1, static_cast<int>(within.count())) <= 0) return false;
        char buffer[65536];
        const auto got = ::recv(socket_, buffer, sizeof buffer, 0);
        if (got <= 0) {
            ended_ = true;
            return false;
        }
        input_.append(buffer, static_cast<std::size_t>(got));
        return true;
    }

    int socket_;
    std::string input_;
    bool ended_ = false;
};

}  // namespace perennial::http
