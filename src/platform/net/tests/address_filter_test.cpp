#include "platform/net/address_filter.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/un.h>

#include <cstring>

namespace perennial::net {
namespace {

sockaddr_storage address_of(const std::string& text) {
    sockaddr_storage out{};
    auto& v4 = reinterpret_cast<sockaddr_in&>(out);
    auto& v6 = reinterpret_cast<sockaddr_in6&>(out);
    if (inet_pton(AF_INET, text.c_str(), &v4.sin_addr) == 1) {
        v4.sin_family = AF_INET;
    } else {
        std::memset(&out, 0, sizeof out);
        EXPECT_EQ(inet_pton(AF_INET6, text.c_str(), &v6.sin6_addr), 1) << text;
        v6.sin6_family = AF_INET6;
    }
    return out;
}

bool is_public(const std::string& text) {
    const sockaddr_storage address = address_of(text);
    return is_public_address(reinterpret_cast<const sockaddr&>(address));
}

TEST(AddressFilter, RefusesWhatIsNotPublic) {
    for (const char* text :
         {"0.0.0.0",         "10.0.0.1",        "10.255.255.255", "100.64.0.1",
          "100.127.255.255", "127.0.0.1",       "127.9.9.9",      "169.254.169.254",
          "172.16.0.1",      "172.31.255.255",  "192.0.0.8",      "192.0.2.1",
          "192.88.99.1",     "192.168.0.1",     "198.18.0.1",     "198.19.255.255",
          "198.51.100.7",    "203.0.113.9",     "224.0.0.1",      "239.255.255.255",
          "240.0.0.1",       "255.255.255.255", "::",             "::1",
          "::7f00:1",        "::ffff:127.0.0.1", "::ffff:10.1.2.3", "::ffff:169.254.169.254",
          "64:ff9b::a00:1",  "64:ff9b:1::1",    "100::1",         "2001::1",
          "2001:db8::1",     "2002:a00:1::1",   "2002:7f00:1::1", "fc00::1",
          "fd12:3456::1",    "fe80::1",         "fec0::1",        "ff02::1",
          "3fff::1",         "5f00::1"})
        EXPECT_FALSE(is_public(text)) << text;
}

TEST(AddressFilter, LetsPublicOnesThrough) {
    for (const char* text :
         {"1.1.1.1", "9.255.255.255", "11.0.0.1", "100.63.255.255", "100.128.0.1", "126.0.0.1",
          "128.0.0.1", "169.253.0.1", "172.15.255.255", "172.32.0.1", "192.167.255.255",
          "192.169.0.1", "198.17.255.255", "198.20.0.1", "223.255.255.255", "2606:4700::1111",
          "2a00:1450:4001::1", "::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::1",
          "2001:4860:4860::8888"})
        EXPECT_TRUE(is_public(text)) << text;
}

TEST(AddressFilter, RefusesOtherFamilies) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    EXPECT_FALSE(is_public_address(reinterpret_cast<const sockaddr&>(address)));
}

TEST(AddressFilter, ShowsAddresses) {
    for (const char* text : {"192.168.1.5", "::1"}) {
        const sockaddr_storage address = address_of(text);
        EXPECT_EQ(address_text(reinterpret_cast<const sockaddr&>(address)), text);
    }
}

}  // namespace
}  // namespace perennial::net
