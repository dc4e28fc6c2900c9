#include "modules/customers/lookup_keys.hpp"

#include <openssl/sha.h>

namespace perennial::customers {
namespace {

constexpr std::size_t digits_min = 7;
constexpr std::size_t hash_bytes = 16;

}  // namespace

std::string email_word(std::string_view email) {
    const auto from = email.find_first_not_of(" \t\r\n");
    if (from == std::string_view::npos || !email.contains('@')) return "";
    email = email.substr(from, email.find_last_not_of(" \t\r\n") + 1 - from);
    std::string out(email);
    for (char& c : out)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return out;
}

std::string phone_digits(std::string_view phone) {
    std::string out;
    for (const char c : phone)
        if (c >= '0' && c <= '9' && (c != '0' || !out.empty())) out += c;
    return out;
}

bool same_phone(std::string_view digits, std::string_view other_digits) {
    if (digits.size() < other_digits.size()) std::swap(digits, other_digits);
    return other_digits.size() >= digits_min && digits.ends_with(other_digits);
}

std::string phone_word(std::string_view phone) {
    const std::string digits = phone_digits(phone);
    return digits.size() < digits_min ? "" : digits.substr(digits.size() - digits_min);
}

std::string key_hash(KeyKind kind, std::string_view word) {
    std::string bytes(1, static_cast<char>(kind));
    bytes += word;
    std::string out(SHA256_DIGEST_LENGTH, '\0');
    SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(),
           reinterpret_cast<unsigned char*>(out.data()));
    out.resize(hash_bytes);
    return out;
}

}  // namespace perennial::customers
