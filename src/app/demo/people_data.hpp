// Names, streets and opinions in the five languages of the demo chain, and the making of an e-mail
// address, a phone number and a street address that can belong to nobody.
#pragma once
#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "app/demo/random.hpp"

namespace perennial::app::demo {

/// In the order of Store::language_permille.
inline constexpr std::array<std::string_view, 5> languages{"en", "ro", "ru", "pt", "it"};

enum class Gender : std::uint8_t { female, male };

struct PersonName {
    std::string first;
    std::string last;

    std::string full() const { return first + " " + last; }
};

/// `language` is an index into `languages`. Names that are common are drawn more often.
PersonName draw_name(Random&, std::size_t language, Gender);

/// "Кузнецов" -> "Кузнецова", "Достоевский" -> "Достоевская"; "Шевченко" stays.
std::string feminine_surname(std::string_view russian);

/// Lower-case letters and digits of ASCII only: "Țîrdea" -> "tirdea", "Жукова" -> "zhukova".
std::string to_ascii(std::string_view name);

/// From ranges kept for fiction (Ireland) or not given out; `serial` makes it unique.
std::string phone_number(std::string_view country, std::int64_t serial);

struct StreetAddress {
    std::string line_1;
    std::string postal_code;
};
StreetAddress draw_street(Random&, std::string_view country);

/// What a customer of that language writes with 1 to 5 stars.
std::string_view draw_review(Random&, std::size_t language, std::int64_t stars);

}  // namespace perennial::app::demo
