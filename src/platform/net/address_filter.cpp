#include "platform/net/address_filter.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <span>

namespace perennial::net {
namespace {

using Bytes = std::array<std::uint8_t, 16>;

struct Range {
    std::array<std::uint8_t, 16> prefix;
    int bits;
};

// The IANA special-purpose registries, without those that are reachable everywhere.
constexpr std::array ranges_v4{
    Range{{0}, 8},                 // this network
    Range{{10}, 8},                // private
    Range{{100, 64}, 10},          // shared (carriers)
    Range{{127}, 8},               // loopback
    Range{{169, 254}, 16},         // link-local, cloud metadata
    Range{{172, 16}, 12},          // private
    Range{{192, 0, 0}, 24},        // protocol assignments
    Range{{192, 0, 2}, 24},        // documentation
    Range{{192, 88, 99}, 24},      // 6to4 relays
    Range{{192, 168}, 16},         // private
    Range{{198, 18}, 15},          // benchmarks
    Range{{198, 51, 100}, 24},     // documentation
    Range{{203, 0, 113}, 24},      // documentation
    Range{{224}, 4},               // multicast
    Range{{240}, 4},               // reserved, broadcast
};
constexpr std::array ranges_v6{
    Range{{}, 96},                                // unspecified, loopback, IPv4-compatible
    Range{{0x00, 0x64, 0xff, 0x9b, 0x00, 0x01}, 48},  // local translation
    Range{{0x01}, 64},                            // discard
    Range{{0x20, 0x01}, 23},                      // protocol assignments, Teredo
    Range{{0x20, 0x01, 0x0d, 0xb8}, 32},          // documentation
    Range{{0x3f, 0xff}, 20},                      // documentation
    Range{{0x5f}, 16},                            // segment routing
    Range{{0xfc}, 7},                             // unique local
    Range{{0xfe, 0x80}, 10},                      // link-local
    Range{{0xfe, 0xc0}, 10},                      // site-local
    Range{{0xff}, 8},                             // multicast
};

bool is_in(std::span<const std::uint8_t> address, const Range& range) {
    const auto whole = static_cast<std::size_t>(range.bits / 8);
    if (!std::equal(range.prefix.begin(), range.prefix.begin() + range.bits / 8, address.begin()))
        return false;
    const int rest = range.bits % 8;
    if (rest == 0) return true;
    const int mask = 0xFF << (8 - rest) & 0xFF;
    return (address[whole] & mask) == (range.prefix[whole] & mask);
}

bool is_public_v4(std::span<const std::uint8_t> four) {
    return std::ranges::none_of(ranges_v4, [&](const Range& r) { return is_in(four, r); });
}

bool is_public_v6(const Bytes& address) {
    const std::span<const std::uint8_t> all(address);
    constexpr Range mapped{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, 96};
    constexpr Range translated{{0x00, 0x64, 0xff, 0x9b}, 96};
    constexpr Range six_to_four{{0x20, 0x02}, 16};
    if (is_in(all, mapped) || is_in(all, translated)) return is_public_v4(all.subspan(12));
    if (is_in(all, six_to_four)) return is_public_v4(all.subspan(2, 4));
    return std::ranges::none_of(ranges_v6, [&](const Range& r) { return is_in(all, r); });
}

}  // namespace

bool is_public_address(const sockaddr& address) {
    if (address.sa_family == AF_INET) {
        std::array<std::uint8_t, 4> four{};
        std::memcpy(four.data(), &reinterpret_cast<const sockaddr_in&>(address).sin_addr, 4);
        return is_public_v4(four);
    }
    if (address.sa_family == AF_INET6) {
        Bytes sixteen{};
        std::memcpy(sixteen.data(), &reinterpret_cast<const sockaddr_in6&>(address).sin6_addr, 16);
        return is_public_v6(sixteen);
    }
    return false;
}

std::string address_text(const sockaddr& address) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    const void* bytes = nullptr;
    if (address.sa_family == AF_INET)
        bytes = &reinterpret_cast<const sockaddr_in&>(address).sin_addr;
    else if (address.sa_family == AF_INET6)
        bytes = &reinterpret_cast<const sockaddr_in6&>(address).sin6_addr;
    if (bytes == nullptr ||
        inet_ntop(address.sa_family, bytes, text.data(), text.size()) == nullptr)
        return "an address of unknown kind";
    return text.data();
}

}  // namespace perennial::net
