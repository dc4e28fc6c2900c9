// Which addresses are on the public internet. Requests to targets that a user names go nowhere else
// (architecture.md 12).
#pragma once
#include <sys/socket.h>

#include <string>

namespace perennial::net {

/// False for loopback, private, link-local, shared, multicast, documentation and reserved ranges, for
/// IPv6 forms that carry such an IPv4 address, and for families other than IP.
bool is_public_address(const sockaddr& address);

/// "192.168.1.5", "::1"; for messages.
std::string address_text(const sockaddr& address);

}  // namespace perennial::net
