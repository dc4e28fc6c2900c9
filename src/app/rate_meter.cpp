#include "app/rate_meter.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>

namespace perennial::app {
namespace {

constexpr std::string_view key_type = "API_CALLS";
constexpr std::string_view client_type = "CLIENT_API_CALLS";

std::int64_t end_of_window(std::int64_t window, const projects::CallLimit& limit) {
    return ((window + 1) * limit.per_ms + 999) / 1000;
}

}  // namespace

bool RateMeter::take(const projects::CallLimit& limit, Timestamp now, http::RateLimit& told) {
    const std::int64_t window = now.ms / limit.per_ms;
    const auto mark = static_cast<std::uint64_t>(static_cast<std::uint32_t>(window)) << 32;
    told = {limit.calls, 0, end_of_window(window, limit), key_type};
    std::uint64_t seen = state_.load(std::memory_order_relaxed);
    for (;;) {
        const bool same_window = (seen >> 32) == (mark >> 32);
        const std::uint64_t used = same_window ? seen & 0xFFFF'FFFF : 0;
        if (static_cast<std::int64_t>(used) >= limit.calls) return false;
        if (state_.compare_exchange_weak(seen, mark | (used + 1), std::memory_order_relaxed)) {
            told.remaining = limit.calls - static_cast<std::int64_t>(used) - 1;
            return true;
        }
    }
}

bool KeyMeter::take(Timestamp now, http::RateLimit& told) {
    for (std::size_t i = 0; i < limits_.size(); ++i) {
        http::RateLimit one;
        const bool admitted = meters_[i].take(limits_[i], now, one);
        if (i == 0 || !admitted || one.remaining < told.remaining) told = one;
        if (!admitted) return false;
    }
    return true;
}

bool AddressMeter::take(std::string_view address, Timestamp now, http::RateLimit& told) {
    told = {};
    if (limit_.calls == 0) return true;
    const std::int64_t window = now.ms / limit_.per_ms;
    told = {limit_.calls, 0, end_of_window(window, limit_), client_type};
    std::string block = address_block(address);
    const std::lock_guard lock(mutex_);
    if (window != window_) {
        window_ = window;
        used_.clear();
    }
    if (used_.size() >= addresses_max && !used_.contains(block)) return false;
    std::int64_t& used = used_[std::move(block)];
    if (used >= limit_.calls) return false;
    told.remaining = limit_.calls - ++used;
    return true;
}

std::string address_block(std::string_view address) {
    if (address.find(':') == std::string_view::npos) return std::string(address);
    in6_addr parsed;
    if (inet_pton(AF_INET6, std::string(address).c_str(), &parsed) != 1)
        return std::string(address);
    if (IN6_IS_ADDR_V4MAPPED(&parsed) != 0) {
        std::array<char, INET_ADDRSTRLEN> text;
        inet_ntop(AF_INET, parsed.s6_addr + 12, text.data(), text.size());
        return text.data();
    }
    std::fill(parsed.s6_addr + 8, parsed.s6_addr + 16, 0);
    std::array<char, INET6_ADDRSTRLEN> text;
    inet_ntop(AF_INET6, &parsed, text.data(), text.size());
    return text.data();
}

}  // namespace perennial::app
