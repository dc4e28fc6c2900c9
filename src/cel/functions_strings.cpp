// The extension "strings": places in a text count code points from 0.
#include <algorithm>

#include "cel/functions.hpp"
#include "cel/text.hpp"

namespace perennial::cel {
namespace {

using Arguments = std::span<const Value>;

/// The kinds of the arguments, the last of which may be left out.
bool are(Arguments arguments, std::initializer_list<Kind> kinds, std::size_t needed) {
    if (arguments.size() < needed || arguments.size() > kinds.size()) return false;
    return std::equal(arguments.begin(), arguments.end(), kinds.begin(),
                      [](const Value& value, Kind kind) { return value.is(kind); });
}

bool begins_code_point(char c) {
    return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
}

/// The byte at which code point `index` begins; the text's size for the one after the last; nothing
/// beyond.
std::optional<std::size_t> byte_of(std::string_view text, std::int64_t index) {
    if (index < 0) return std::nullopt;
    for (std::size_t at = 0; at < text.size(); ++at)
        if (begins_code_point(text[at]) && index-- == 0) return at;
    if (index == 0) return text.size();
    return std::nullopt;
}

std::size_t code_point_bytes(std::string_view text, std::size_t at) {
    std::size_t end = at + 1;
    while (end < text.size() && !begins_code_point(text[end])) ++end;
    return end - at;
}

Value no_place(Call& call, std::string_view name, std::int64_t index, std::string_view text) {
    return call.fail("{}(): {} is no place of the text, which has {} characters", name, index,
                     count_code_points(text));
}

Value made(Call& call, std::string_view text) {
    char* const to = call.room<char>(text.size());
    if (!to) return call.spent();
    std::ranges::copy(text, to);
    return Value::string({to, text.size()});
}

Value made_list(Call& call, std::span<const std::string_view> parts) {
    Value* const items = call.room<Value>(parts.size());
    if (!items) return call.spent();
    for (std::size_t i = 0; i < parts.size(); ++i) items[i] = Value::string(parts[i]);
    return Value::list({items, parts.size()});
}

Value in_ascii_case(Call& call, std::string_view name, Arguments arguments, char first, char last) {
    if (!are(arguments, {Kind::string}, 1)) return no_overload(call, name, arguments);
    const std::string_view text = arguments[0].as_text();
    char* const to = call.room<char>(text.size());
    if (!to) return call.spent();
    std::ranges::transform(text, to, [&](char c) {
        return c >= first && c <= last ? static_cast<char>(c ^ 0x20) : c;
    });
    return Value::string({to, text.size()});
}

/// Of Unicode's White_Space, as the specification's tests have it.
bool is_space(std::string_view code_point) {
    constexpr std::string_view spaces[] = {
        "\t",     "\n",     "\v",     "\f",     "\r",     " ",      "\u0085", "\u00a0", "\u1680",
        "\u2000", "\u2001", "\u2002", "\u2003", "\u2004", "\u2005", "\u2006", "\u2007", "\u2008",
        "\u2009", "\u200a", "\u2028", "\u2029", "\u202f", "\u205f", "\u3000"};
    return std::ranges::find(spaces, code_point) != std::end(spaces);
}

}  // namespace

Value call_char_at(Call& call, Arguments arguments) {
    if (!are(arguments, {Kind::string, Kind::integer}, 2))
        return no_overload(call, "charAt", arguments);
    const std::string_view text = arguments[0].as_text();
    call.charge(text.size());
    const auto at = byte_of(text, arguments[1].as_int());
    if (!at) return no_place(call, "charAt", arguments[1].as_int(), text);
    if (*at == text.size()) return Value::string("");
    return Value::string(text.substr(*at, code_point_bytes(text, *at)));
}

Value call_index_of(Call& call, Arguments arguments) {
    if (!are(arguments, {Kind::string, Kind::string, Kind::integer}, 2))
        return no_overload(call, "indexOf", arguments);
    const std::string_view text = arguments[0].as_text();
    call.charge(text.size());
    const std::int64_t from = arguments.size() == 3 ? arguments[2].as_int() : 0;
    const auto begin = byte_of(text, from);
    if (!begin) return no_place(call, "indexOf", from, text);
    const std::size_t found = text.find(arguments[1].as_text(), *begin);
    if (found == std::string_view::npos) return Value::integer(-1);
    return Value::integer(count_code_points(text.substr(0, found)));
}

Value call_last_index_of(Call& call, Arguments arguments) {
    if (!are(arguments, {Kind::string, Kind::string, Kind::integer}, 2))
        return no_overload(call, "lastIndexOf", arguments);
    const std::string_view text = arguments[0].as_text();
    call.charge(text.size());
    std::size_t last = text.size();
    if (arguments.size() == 3) {
        const auto at = byte_of(text, arguments[2].as_int());
        if (!at) return no_place(call, "lastIndexOf", arguments[2].as_int(), text);
        last = *at;
    }
    const std::size_t found = text.rfind(arguments[1].as_text(), last);
    if (found == std::string_view::npos) return Value::integer(-1);
    return Value::integer(count_code_points(text.substr(0, found)));
}

Value call_lower_ascii(Call& call, Arguments arguments) {
    return in_ascii_case(call, "lowerAscii", arguments, 'A', 'Z');
}

Value call_upper_ascii(Call& call, Arguments arguments) {
    return in_ascii_case(call, "upperAscii", arguments, 'a', 'z');
}

Value call_replace(Call& call, Arguments arguments) {
    if (!are(arguments, {Kind::string, Kind::string, Kind::string, Kind::integer}, 3))
        return no_overload(call, "replace", arguments);
    const std::string_view text = arguments[0].as_text();
    const std::string_view old = arguments[1].as_text();
    const std::string_view with = arguments[2].as_text();
    call.charge(text.size());
    std::int64_t left = arguments.size() == 4 ? arguments[3].as_int() : -1;
    std::string out;
    std::size_t at = 0;
    while (left != 0) {
        // An empty one stands before each character and at the end.
        const std::size_t found = text.find(old, at);
        if (found == std::string_view::npos) break;
        call.charge(with.size() + 32);
        if (call.steps_left < 0) return call.spent();
        out.append(text.substr(at, found - at)).append(with);
        at = found + old.size();
        if (left > 0) --left;
        if (!old.empty()) continue;
        if (at == text.size()) break;
        const std::size_t bytes = code_point_bytes(text, at);
        out.append(text.substr(at, bytes));
        at += bytes;
    }
    out.append(text.substr(at));
    return made(call, out);
}

Value call_split(Call& call, Arguments arguments) {
    if (!are(arguments, {Kind::string, Kind::string, Kind::integer}, 2))
        return no_overload(call, "split", arguments);
    const std::string_view text = arguments[0].as_text();
    const std::string_view separator = arguments[1].as_text();
    const std::int64_t limit = arguments.size() == 3 ? arguments[2].as_int() : -1;
    call.charge(text.size());
    std::vector<std::string_view> parts;
    if (limit == 0 || (text.empty() && separator.empty())) return made_list(call, parts);
    std::size_t at = 0;
    while (limit < 0 || static_cast<std::int64_t>(parts.size()) + 1 < limit) {
        std::size_t end = text.find(separator, at);
        if (separator.empty()) end = at + code_point_bytes(text, at);
        if (end == std::string_view::npos || (separator.empty() && end >= text.size())) break;
        if (--call.steps_left < 0) return call.spent();
        parts.push_back(text.substr(at, end - at));
        at = end + separator.size();
    }
    parts.push_back(text.substr(at));
    return made_list(call, parts);
}

Value call_join(Call& call, Arguments arguments) {
    if (!are(arguments, {Kind::list, Kind::string}, 1)) return no_overload(call, "join", arguments);
    const Value& list = arguments[0];
    const std::string_view separator = arguments.size() == 2 ? arguments[1].as_text() : "";
    std::string out;
    for (std::size_t i = 0; i < list.size(); ++i) {
        const Value item = list.item(i);
        if (!item.is(Kind::string))
            return call.fail("join(): item {} is {}; write list.map(x, string(x)).join()", i,
                             to_text(item));
        call.charge(item.as_text().size() + separator.size() + 32);
        if (call.steps_left < 0) return call.spent();
        if (i > 0) out.append(separator);
        out.append(item.as_text());
    }
    return made(call, out);
}

Value call_substring(Call& call, Arguments arguments) {
    if (!are(arguments, {Kind::string, Kind::integer, Kind::integer}, 2))
        return no_overload(call, "substring", arguments);
    const std::string_view text = arguments[0].as_text();
    call.charge(text.size());
    const std::int64_t first = arguments[1].as_int();
    const auto begin = byte_of(text, first);
    if (!begin) return no_place(call, "substring", first, text);
    if (arguments.size() == 2) return Value::string(text.substr(*begin));
    const std::int64_t last = arguments[2].as_int();
    const auto end = byte_of(text, last);
    if (!end) return no_place(call, "substring", last, text);
    if (*end < *begin)
        return call.fail("substring(): it ends at {}, before it begins at {}", last, first);
    return Value::string(text.substr(*begin, *end - *begin));
}

Value call_trim(Call& call, Arguments arguments) {
    if (!are(arguments, {Kind::string}, 1)) return no_overload(call, "trim", arguments);
    std::string_view text = arguments[0].as_text();
    call.charge(text.size());
    while (!text.empty() && is_space(text.substr(0, code_point_bytes(text, 0))))
        text.remove_prefix(code_point_bytes(text, 0));
    while (!text.empty()) {
        std::size_t last = text.size() - 1;
        while (last > 0 && !begins_code_point(text[last])) --last;
        if (!is_space(text.substr(last))) break;
        text.remove_suffix(text.size() - last);
    }
    return Value::string(text);
}

Value call_reverse(Call& call, Arguments arguments) {
    if (!are(arguments, {Kind::string}, 1)) return no_overload(call, "reverse", arguments);
    const std::string_view text = arguments[0].as_text();
    char* const to = call.room<char>(text.size());
    if (!to) return call.spent();
    std::size_t left = text.size();
    for (std::size_t at = 0; at < text.size();) {
        const std::string_view one = text.substr(at, code_point_bytes(text, at));
        left -= one.size();
        std::ranges::copy(one, to + left);
        at += one.size();
    }
    return Value::string({to, text.size()});
}

Value call_quote(Call& call, Arguments arguments) {
    if (!are(arguments, {Kind::string}, 1)) return no_overload(call, "strings.quote", arguments);
    constexpr std::string_view special = "\a\b\f\n\r\t\v\\\"";
    constexpr std::string_view letters = "abfnrtv\\\"";
    std::string out = "\"";
    for (const char c : arguments[0].as_text()) {
        const std::size_t known = special.find(c);
        if (known != std::string_view::npos)
            (out += '\\') += letters[known];
        else
            out += c;
    }
    return made(call, out += '"');
}

}  // namespace perennial::cel
