#include "app/permissions.hpp"

#include <algorithm>
#include <array>

namespace perennial::app {
namespace {

struct Operation {
    http::Method method;
    std::string_view pattern;
};

// What a till does besides reading. It redeems nothing and validates nothing: those keys lie in shops.
constexpr std::array merchant_operations{
    Operation{http::Method::post, "/v1/customers"},
    Operation{http::Method::put, "/v1/customers/{customerId}"},
    Operation{http::Method::put, "/v1/customers/{customerId}/consents"},
    Operation{http::Method::post, "/v1/orders"},
    Operation{http::Method::put, "/v1/orders/{orderId}"},
    Operation{http::Method::post, "/v1/orders/{orderId}/returns"},
    Operation{http::Method::post, "/v1/events"},
    Operation{http::Method::post, "/v1/loyalties/{campaignId}/members"},
};

std::string lower(std::string_view text) {
    std::string out(text);
    std::ranges::transform(out, out.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
    });
    return out;
}

/// "https://shop.example:8443" -> shop.example
std::string_view host_of(std::string_view origin) {
    if (const auto scheme = origin.find("://"); scheme != std::string_view::npos)
        origin.remove_prefix(scheme + 3);
    if (origin.starts_with('[')) return origin.substr(0, origin.find(']') + 1);
    return origin.substr(0, origin.find(':'));
}

}  // namespace

bool may(projects::Role role, const projects::Route& route) {
    if (projects::may(role, route.permission)) return true;
    return role == projects::Role::merchant &&
           std::ranges::any_of(merchant_operations, [&](const Operation& one) {
               return one.method == route.method && one.pattern == route.pattern;
           });
}

bool origin_is_trusted(std::string_view sent, std::span<const std::string> trusted) {
    const std::string origin = lower(sent);
    const std::string_view host = host_of(origin);
    if (host.empty() || origin == "null") return false;
    return std::ranges::any_of(trusted, [&](const std::string& entry) {
        const std::string allowed = lower(entry);
        if (allowed == "*") return true;
        if (allowed.find("://") != std::string::npos) return allowed == origin;
        if (allowed.starts_with("*."))
            return host.ends_with(std::string_view(allowed).substr(1)) &&
                   host.size() + 1 > allowed.size();
        return host == allowed || origin.substr(origin.find("://") + 3) == allowed;
    });
}

}  // namespace perennial::app
