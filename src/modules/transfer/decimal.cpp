#include "modules/transfer/decimal.hpp"

#include <fmt/format.h>

#include <array>

#include "base/value.hpp"
#include "base/wide.hpp"

namespace perennial::transfer {
namespace {

constexpr int places_max = 12;
constexpr std::int64_t digits_max = 999'999'999'999'999;

constexpr std::array<std::int64_t, places_max + 1> powers_of_ten = [] {
    std::array<std::int64_t, places_max + 1> out{};
    std::int64_t power = 1;
    for (std::int64_t& p : out) {
        p = power;
        power *= 10;
    }
    return out;
}();

constexpr std::string_view no_break_space = "\xC2\xA0";
constexpr std::string_view narrow_no_break_space = "\xE2\x80\xAF";

std::string_view trim(std::string_view text) {
    while (!text.empty()) {
        if (text.front() == ' ' || text.front() == '\t')
            text.remove_prefix(1);
        else if (text.starts_with(no_break_space))
            text.remove_prefix(no_break_space.size());
        else
            break;
    }
    while (!text.empty()) {
        if (text.back() == ' ' || text.back() == '\t')
            text.remove_suffix(1);
        else if (text.ends_with(no_break_space))
            text.remove_suffix(no_break_space.size());
        else
            break;
    }
    return text;
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

std::size_t thousands_mark_length(std::string_view rest, const NumberFormat& format) {
    if (format.thousands_mark == 0 || rest.empty()) return 0;
    if (rest[0] == format.thousands_mark) return 1;
    if (format.thousands_mark != ' ') return 0;
    if (rest.starts_with(no_break_space)) return no_break_space.size();
    return rest.starts_with(narrow_no_break_space) ? narrow_no_break_space.size() : 0;
}

std::string not_a_number(std::string_view text, std::string_view why) {
    return fmt::format("'{}' is not a number{}{}", excerpt(text), why.empty() ? "" : ": ", why);
}

}  // namespace

std::string_view excerpt(std::string_view text) {
    if (text.size() <= 60) return text;
    std::size_t size = 60;
    while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xC0) == 0x80) --size;
    return text.substr(0, size);
}

std::string Decimal::text() const {
    const bool negative = digits < 0;
    std::string out = std::to_string(negative ? -digits : digits);
    const auto places = static_cast<std::size_t>(scale);
    if (out.size() <= places) out.insert(0, places + 1 - out.size(), '0');
    if (places > 0) out.insert(out.size() - places, 1, '.');
    if (negative) out.insert(0, 1, '-');
    return out;
}

std::expected<Decimal, std::string> parse_decimal(std::string_view written,
                                                  const NumberFormat& format) {
    const std::string_view text = trim(written);
    const auto no = [&](std::string_view why) { return std::unexpected(not_a_number(text, why)); };
    if (text.empty()) return std::unexpected(std::string("is empty"));
    std::size_t at = text[0] == '-' || text[0] == '+' ? 1 : 0;
    Decimal out;
    std::size_t any = 0;
    std::size_t group = 0;  // digits since the last thousands mark
    bool grouped = false;
    for (; at < text.size(); ++at) {
        if (is_digit(text[at])) {
            out.digits = out.digits * 10 + (text[at] - '0');
            if (out.digits > digits_max) return no("more than 15 digits");
            ++any;
            ++group;
            continue;
        }
        const std::size_t mark = thousands_mark_length(text.substr(at), format);
        if (mark == 0) break;
        if (group == 0 || (grouped ? group != 3 : group > 3))
            return no("a misplaced thousands mark");
        grouped = true;
        group = 0;
        at += mark - 1;
    }
    if (grouped && group != 3) return no("a misplaced thousands mark");
    if (at < text.size() && text[at] == format.decimal_mark) {
        const std::size_t from = ++at;
        while (at < text.size() && is_digit(text[at])) ++at;
        std::string_view fraction = text.substr(from, at - from);
        any += fraction.size();
        while (fraction.size() > 4 && fraction.back() == '0') fraction.remove_suffix(1);
        if (fraction.size() > places_max) return no("more than 12 decimal places");
        for (char c : fraction) {
            out.digits = out.digits * 10 + (c - '0');
            if (out.digits > digits_max) return no("more than 15 digits");
        }
        out.scale = static_cast<int>(fraction.size());
    }
    if (any == 0) return no("");
    if (at < text.size()) {
        if (text[at] == 'e' || text[at] == 'E') return no("write it out, without an exponent");
        if (text[at] == '.' || text[at] == ',')
            return no(fmt::format("the decimal mark is '{}'", format.decimal_mark));
        return no("");
    }
    if (text[0] == '-') out.digits = -out.digits;
    return out;
}

std::optional<std::int64_t> minor_units(const Decimal& price, std::int64_t quantity, int decimals) {
    CHECK(decimals >= 0 && decimals <= 4 && price.scale >= 0 && price.scale <= places_max);
    if (!fits(quantity)) return std::nullopt;
    int128_t product = static_cast<int128_t>(price.digits) * quantity;
    std::int64_t divisor = 1;
    if (price.scale > decimals)
        divisor = powers_of_ten[static_cast<std::size_t>(price.scale - decimals)];
    else
        product *= powers_of_ten[static_cast<std::size_t>(decimals - price.scale)];
    if (!fits(product / divisor)) return std::nullopt;
    const std::int64_t amount = divide(product, divisor, Rounding::half_up);
    return fits(amount) ? std::optional(amount) : std::nullopt;
}

}  // namespace perennial::transfer
