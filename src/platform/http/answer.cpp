#include "platform/http/answer.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>

#include "base/time.hpp"

namespace perennial::http {
namespace {

void append_number(std::string& out, std::size_t number) {
    std::array<char, 20> digits;
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
    out.append(digits.data(), end);
}

void append_clean(std::string& out, std::string_view text) {
    for (const char c : text)
        if (c != '\r' && c != '\n' && c != '\0') out += c;
}

void append_field(std::string& out, std::string_view name, std::string_view value) {
    append_clean(out, name);
    out += ": ";
    append_clean(out, value);
    out += "\r\n";
}

void append_rate_limit(std::string& out, const RateLimit& rate) {
    out += "X-Rate-Limit-Limit: ";
    append_number(out, static_cast<std::size_t>(rate.limit));
    out += "\r\nX-Rate-Limit-Remaining: ";
    append_number(out, static_cast<std::size_t>(rate.remaining));
    out += "\r\nX-Rate-Limit-Retry: ";
    append_number(out, static_cast<std::size_t>(rate.retry_at));
    out += "\r\nX-Rate-Limit-Type: ";
    out += rate.type;
    out += "\r\n";
}

}  // namespace

void append_answer(std::string& out, const Response& response, const AnswerFrame& frame) {
    const bool may_have_body = response.status != 204 && response.status != 304;
    out.reserve(out.size() + 256 + response.body.size());
    out += "HTTP/1.1 ";
    append_number(out, static_cast<std::size_t>(response.status));
    out += ' ';
    out += reason_phrase(response.status);
    out += "\r\nDate: ";
    out += frame.date;
    out += "\r\nX-Request-Id: ";
    out += frame.request_id;
    out += "\r\n";
    if (may_have_body) {
        if (!response.body.empty() || response.more)
            append_field(out, "Content-Type",
                         response.content_type.empty() ? std::string_view("application/json")
                                                       : std::string_view(response.content_type));
        out += "Content-Length: ";
        append_number(out, response.body.size() + response.more_bytes);
        out += "\r\n";
    }
    if (response.rate_limit.limit > 0) append_rate_limit(out, response.rate_limit);
    for (const Header& header : response.headers) append_field(out, header.name, header.value);
    if (!frame.keep_alive)
        out += "Connection: close\r\n";
    else if (frame.is_http_1_0)
        out += "Connection: keep-alive\r\n";
    out += "\r\n";
    if (may_have_body && !frame.is_head) out += response.body;
}

std::string http_date(std::int64_t unix_seconds) {
    static constexpr std::array weekdays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static constexpr std::array months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const Date date = Date::from_days(unix_seconds / 86'400);
    const std::int64_t seconds = unix_seconds % 86'400;
    return fmt::format("{}, {:02} {} {} {:02}:{:02}:{:02} GMT",
                       weekdays[static_cast<std::size_t>(date.weekday())], date.day,
                       months[static_cast<std::size_t>(date.month - 1)], date.year, seconds / 3600,
                       seconds / 60 % 60, seconds % 60);
}

}  // namespace perennial::http
