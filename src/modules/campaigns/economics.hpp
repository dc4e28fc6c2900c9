// What points are worth and what they are called: exact decimals, plural forms. Pure.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "modules/campaigns/model.hpp"

namespace perennial::campaigns {

/// "0.015" -> 15'000; nothing for what is no decimal of at most nine digits before and six after the
/// point. No sign.
std::optional<std::int64_t> millionths_of(std::string_view text);
/// 15'000 -> "0.015"
std::string millionths_text(int128_t millionths);

/// What the points pay, in minor units; a fraction of a unit is none. 2350 points of 0.01 EUR
/// (`point_value` "1") pay 2350 cents. Nothing when the program names no value.
std::optional<Money> value_of(const Program&, Points);

/// The languages that names of a currency may have.
bool is_known_language(std::string_view);
/// "one", "few", "many" or "other": the category of a whole number by the CLDR's rules for en, it, pt
/// (European), pt-BR, ro and ru; the sign does not matter.
std::string_view plural_category(std::string_view language, std::int64_t number);
/// The categories that whole numbers have in a language and for which no other form can stand.
bool needs_form(std::string_view language, std::string_view category);

/// "1 stea", "2 stele", "20 de stele"; "20 points" when the program names nothing. The language may
/// be a tag ("ro-RO"); one that the program lacks falls back to English, then to any.
std::string points_text(const Program&, std::string_view language, Points);

}  // namespace perennial::campaigns
