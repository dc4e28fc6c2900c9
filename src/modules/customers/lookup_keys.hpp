// What a customer is found by at the till: e-mail address and phone number, which are not unique. A key
// lies in the bucket of its own hash, and holds no personal data.
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace perennial::customers {

/// Numbers are stored: never renumber.
enum class KeyKind : unsigned char { email = 1, phone = 2 };

/// Trimmed, ASCII letters small; empty for what is no address.
std::string email_word(std::string_view email);

/// Digits without the sign of an international number and leading zeros: "+40 722-123 456" ->
/// "40722123456", "0722 123456" -> "722123456".
std::string phone_digits(std::string_view phone);
/// One ends the other, with seven digits at least: the longer has the code of the country.
bool same_phone(std::string_view digits, std::string_view other_digits);
/// The last seven digits; empty when there are fewer.
std::string phone_word(std::string_view phone);

/// 16 bytes.
std::string key_hash(KeyKind, std::string_view word);

}  // namespace perennial::customers
