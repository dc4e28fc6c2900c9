// Text of the types that have one: numbers, moments, spans of time; and UTF-8.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "cel/decimal.hpp"

namespace perennial::cel {

inline constexpr std::int64_t second_ns = 1'000'000'000;

/// Years 1 to 9999.
bool is_timestamp_ns(int128 ns);

/// RFC 3339 with up to nine digits of a second. Nothing when it is not one or leaves the years.
std::optional<int128> parse_timestamp_ns(std::string_view);
/// "2009-02-13T23:31:30.5Z": only the digits of a second that are needed.
std::string timestamp_text(int128 ns);

/// "1h30m", "-1.5s", "20ms", "3us", "7ns". Nothing when it is not one or over 292 years.
std::optional<std::int64_t> parse_duration_ns(std::string_view);
/// Always in seconds: "5400s", "1.5s".
std::string duration_text(std::int64_t ns);

std::string double_text(double);

/// Bytes up to the first mistake; the text's size when it is well-formed (NUL is allowed).
std::size_t valid_utf8_length(std::string_view);
std::int64_t count_code_points(std::string_view valid);
void append_code_point(std::string& to, std::uint32_t code_point);

/// `"say \"hi\""`: a string literal that reads back.
std::string quoted(std::string_view);

}  // namespace perennial::cel
