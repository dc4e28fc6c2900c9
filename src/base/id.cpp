#include "base/id.hpp"

#include <sodium.h>

#include <algorithm>
#include <utility>

#include "base/error.hpp"

namespace perennial {
namespace {

// Of each character: what it says as a digit, or -1. Decisions hold a dozen ids each.
constexpr std::array<std::int8_t, 256> nibbles = [] {
    std::array<std::int8_t, 256> out{};
    out.fill(-1);
    for (int i = 0; i < 10; ++i) out[static_cast<std::size_t>('0' + i)] = static_cast<std::int8_t>(i);
    for (int i = 0; i < 6; ++i) out[static_cast<std::size_t>('a' + i)] = static_cast<std::int8_t>(10 + i);
    return out;
}();
int nibble(char c) { return nibbles[static_cast<unsigned char>(c)]; }

// splitmix64: the seeded stream of tests and the demo store; never for secrets.
std::uint64_t splitmix(std::uint64_t& state) {
    std::uint64_t z = (state += 0x9E3779B97F4A7C15ULL);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
    return z ^ (z >> 31);
}

}  // namespace

// FNV-1a, folded: part of every stored id, so it may never change.
Place place_of(std::string_view key) {
    std::uint64_t hash = 0xCBF29CE484222325ULL;
    for (unsigned char c : key) hash = (hash ^ c) * 0x100000001B3ULL;
    hash ^= hash >> 32;
    hash ^= hash >> 16;
    return static_cast<Place>(hash & 0xFFFF);
}

std::int64_t RawId::time_ms() const {
    std::int64_t ms = 0;
    for (std::size_t i = 0; i < 6; ++i) ms = (ms << 8) | bytes[i];
    return ms;
}

std::string RawId::hex() const {
    static constexpr char digits[] = "0123456789abcdef";
    std::string out(32, '0');
    for (std::size_t i = 0; i < 16; ++i) {
        out[2 * i] = digits[bytes[i] >> 4];
        out[2 * i + 1] = digits[bytes[i] & 15];
    }
    return out;
}

std::optional<RawId> RawId::from_hex(std::string_view hex) {
    if (hex.size() != 32) return std::nullopt;
    RawId id;
    for (std::size_t i = 0; i < 16; ++i) {
        const int high = nibble(hex[2 * i]);
        const int low = nibble(hex[2 * i + 1]);
        if (high < 0 || low < 0) return std::nullopt;
        id.bytes[i] = static_cast<std::uint8_t>(high * 16 + low);
    }
    return id;
}

RawId RawId::from_bytes(std::string_view sixteen) {
    CHECK(sixteen.size() == 16);
    RawId id;
    std::memcpy(id.bytes.data(), sixteen.data(), 16);
    return id;
}

RawId RawId::make(std::int64_t time_ms, Place place, std::uint64_t random) {
    RawId id;
    for (std::size_t i = 0; i < 6; ++i)
        id.bytes[i] = static_cast<std::uint8_t>((time_ms >> (40 - 8 * i)) & 0xFF);
    id.bytes[6] = static_cast<std::uint8_t>(place >> 8);
    id.bytes[7] = static_cast<std::uint8_t>(place & 0xFF);
    for (std::size_t i = 0; i < 8; ++i)
        id.bytes[8 + i] = static_cast<std::uint8_t>((random >> (56 - 8 * i)) & 0xFF);
    return id;
}

Ids::Ids() : seeded_(false) { CHECK(sodium_init() >= 0); }

Ids::Ids(std::uint64_t seed) : seeded_(true), state_(seed) {}

std::uint64_t Ids::next_random() {
    if (seeded_) return splitmix(state_);
    if (used_ == ahead_.size()) {
        randombytes_buf(ahead_.data(), sizeof ahead_);
        used_ = 0;
    }
    return std::exchange(ahead_[used_++], 0);
}

std::uint64_t Ids::random() {
    const std::lock_guard lock(mutex_);
    return next_random();
}

// Within one millisecond the random part counts up from a random start that leaves room, so ids made
// later sort later whatever their place among equals; a clock that steps back is held.
RawId Ids::make(std::int64_t time_ms, Place place) {
    const std::lock_guard lock(mutex_);
    const std::uint64_t fresh = next_random();
    if (time_ms > last_ms_) {
        last_ms_ = time_ms;
        last_random_ = fresh >> 1;
    } else {
        last_random_ += 1 + (fresh >> 40);
    }
    return RawId::make(last_ms_, place, last_random_);
}

}  // namespace perennial
