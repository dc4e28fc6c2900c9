#include "modules/campaigns/economics.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace perennial::campaigns {
namespace {

constexpr std::int64_t million = 1'000'000;
constexpr std::array<std::string_view, 6> languages{"en", "it", "pt", "pt-BR", "ro", "ru"};

using Forms = CurrencyNames::mapped_type;

const Forms* forms_in(const Program& program, std::string_view language) {
    const auto& names = program.currency_names;
    if (const auto found = names.find(language); found != names.end()) return &found->second;
    const auto base = names.find(language.substr(0, language.find('-')));
    return base == names.end() ? nullptr : &base->second;
}

}  // namespace

std::optional<std::int64_t> millionths_of(std::string_view text) {
    constexpr std::size_t whole_max = 9;
    constexpr std::size_t fraction_max = 6;
    const auto point = text.find('.');
    const std::string_view whole = text.substr(0, point);
    const std::string_view fraction =
        point == std::string_view::npos ? std::string_view() : text.substr(point + 1);
    const auto digits = [](std::string_view part) {
        return std::ranges::all_of(part, [](char c) { return c >= '0' && c <= '9'; });
    };
    if (whole.empty() || whole.size() > whole_max || fraction.size() > fraction_max ||
        (point != std::string_view::npos && fraction.empty()) || !digits(whole) ||
        !digits(fraction))
        return std::nullopt;
    std::string all(whole);
    all += fraction;
    all.append(fraction_max - fraction.size(), '0');
    std::int64_t value = 0;
    std::from_chars(all.data(), all.data() + all.size(), value);
    return value;
}

std::string millionths_text(int128_t millionths) {
    const bool negative = millionths < 0;
    const int128_t size = negative ? -millionths : millionths;
    std::string out = fmt::format("{}{}", negative ? "-" : "",
                                  static_cast<std::uint64_t>(size / million));
    std::string fraction = fmt::format("{:06}", static_cast<std::uint64_t>(size % million));
    while (!fraction.empty() && fraction.back() == '0') fraction.pop_back();
    return fraction.empty() ? out : out + "." + fraction;
}

std::optional<Money> value_of(const Program& program, Points points) {
    if (!program.point_value) return std::nullopt;
    const int128_t product = static_cast<int128_t>(points.value) * *program.point_value;
    if (!fits(product / million)) return Money(product > 0 ? value_max : -value_max);
    return Money(divide(product, million, Rounding::floor));
}

bool is_known_language(std::string_view language) {
    return std::ranges::find(languages, language) != languages.end();
}

std::string_view plural_category(std::string_view language, std::int64_t number) {
    const std::uint64_t n = number < 0 ? 0 - static_cast<std::uint64_t>(number)
                                       : static_cast<std::uint64_t>(number);
    const std::uint64_t ten = n % 10;
    const std::uint64_t hundred = n % 100;
    const std::string_view base = language.substr(0, language.find('-'));
    if (base == "ru") {
        if (ten == 1 && hundred != 11) return "one";
        if (ten >= 2 && ten <= 4 && (hundred < 12 || hundred > 14)) return "few";
        return "many";
    }
    if (base == "ro") {
        if (n == 1) return "one";
        return n == 0 || (hundred >= 1 && hundred <= 19) ? "few" : "other";
    }
    if (n == 1 || (language == "pt-BR" && n == 0)) return "one";
    const bool has_many = base == "it" || base == "pt";
    return has_many && n != 0 && n % million == 0 ? "many" : "other";
}

bool needs_form(std::string_view language, std::string_view category) {
    const std::string_view base = language.substr(0, language.find('-'));
    if (category == "few") return base == "ru" || base == "ro";
    if (category == "many") return base == "ru";
    return category == "one" || (category == "other" && base != "ru");
}

std::string points_text(const Program& program, std::string_view language, Points points) {
    const Forms* forms = forms_in(program, language);
    std::string_view spoken = language;
    if (forms == nullptr) {
        spoken = "en";
        forms = forms_in(program, spoken);
    }
    if (forms == nullptr && !program.currency_names.empty()) {
        const auto& [first, its] = *program.currency_names.begin();
        spoken = first;
        forms = &its;
    }
    if (forms == nullptr)
        return fmt::format("{} {}", points.value,
                           plural_category("en", points.value) == "one" ? "point" : "points");
    auto form = forms->find(plural_category(spoken, points.value));
    if (form == forms->end()) form = forms->find("other");
    if (form == forms->end()) form = forms->find("many");
    CHECK(form != forms->end());
    return fmt::format("{} {}", points.value, form->second);
}

}  // namespace perennial::campaigns
