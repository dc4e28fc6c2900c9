// "Did you mean": the known word nearest to a wrong one.
#pragma once
#include <span>
#include <string>
#include <string_view>

namespace perennial::transfer {

/// `; did you mean "unit_price"?`, or nothing when no word is near.
std::string did_you_mean(std::string_view wrong, std::span<const std::string_view> words);

}  // namespace perennial::transfer
