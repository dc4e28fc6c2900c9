#pragma once
#include <array>
#include <atomic>
#include <cstdint>
#include <random>
#include <string_view>

namespace perennial::http {

struct RequestId {
    std::array<char, 20> text{};
    std::string_view view() const { return {text.data(), text.size()}; }
};

/// "v-" + 18 hex. Never repeats in one process; a random start keeps processes apart.
class RequestIds {
  public:
    RequestIds() {
        std::random_device device;
        next_ = (static_cast<std::uint64_t>(device()) << 32) | device();
        process_ = static_cast<std::uint8_t>(device());
    }

    RequestId make() {
        RequestId id;
        id.text[0] = 'v';
        id.text[1] = '-';
        append_hex(id, 2, process_, 2);
        append_hex(id, 4, scatter(next_.fetch_add(1, std::memory_order_relaxed)), 16);
        return id;
    }

  private:
    /// One to one on 64 bits (splitmix64), so no two counts meet.
    static std::uint64_t scatter(std::uint64_t x) {
        x += 0x9E3779B97F4A7C15ULL;
        x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ULL;
        x = (x ^ (x >> 27)) * 0x94D049BB133111EBULL;
        return x ^ (x >> 31);
    }
    static void append_hex(RequestId& id, std::size_t at, std::uint64_t value, std::size_t digits) {
        for (std::size_t i = digits; i-- > 0; value >>= 4)
            id.text[at + i] = "0123456789abcdef"[value & 0xF];
    }

    std::atomic<std::uint64_t> next_{0};
    std::uint8_t process_ = 0;
};

}  // namespace perennial::http
