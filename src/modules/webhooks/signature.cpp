#include "modules/webhooks/signature.hpp"

#include <fmt/format.h>
#include <sodium.h>

#include <array>

namespace perennial::webhooks {
namespace {

constexpr std::string_view secret_prefix = "whsec_";
using Mac = std::array<unsigned char, crypto_auth_hmacsha256_BYTES>;

Mac hmac(std::string_view key, std::initializer_list<std::string_view> parts) {
    crypto_auth_hmacsha256_state state;
    crypto_auth_hmacsha256_init(&state, reinterpret_cast<const unsigned char*>(key.data()),
                                key.size());
    for (const std::string_view part : parts)
        crypto_auth_hmacsha256_update(&state, reinterpret_cast<const unsigned char*>(part.data()),
                                      part.size());
    Mac mac;
    crypto_auth_hmacsha256_final(&state, mac.data());
    return mac;
}

std::string key_of(std::string_view secret) {
    if (secret.starts_with(secret_prefix)) secret.remove_prefix(secret_prefix.size());
    std::string key(secret.size(), '\0');
    std::size_t size = 0;
    const int failed = sodium_base642bin(
        reinterpret_cast<unsigned char*>(key.data()), key.size(), secret.data(), secret.size(),
        nullptr, &size, nullptr, sodium_base64_VARIANT_ORIGINAL);
    if (failed != 0) return std::string(secret);
    key.resize(size);
    return key;
}

}  // namespace

std::string body_signature(std::string_view secret, std::string_view body) {
    const Mac mac = hmac(secret, {body});
    std::array<char, crypto_auth_hmacsha256_BYTES * 2 + 1> text{};
    sodium_bin2hex(text.data(), text.size(), mac.data(), mac.size());
    return text.data();
}

std::string standard_signature(std::string_view secret, std::string_view id, Timestamp sent_at,
                               std::string_view body) {
    const std::string seconds = std::to_string(sent_at.ms / 1000);
    const Mac mac = hmac(key_of(secret), {id, ".", seconds, ".", body});
    std::array<char,
               sodium_base64_ENCODED_LEN(crypto_auth_hmacsha256_BYTES,
                                         sodium_base64_VARIANT_ORIGINAL)>
        text{};
    sodium_bin2base64(text.data(), text.size(), mac.data(), mac.size(),
                      sodium_base64_VARIANT_ORIGINAL);
    return std::string("v1,") + text.data();
}

}  // namespace perennial::webhooks
