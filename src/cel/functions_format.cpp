// "…%s…".format([…]) of the extension "strings", and base64.
#include <algorithm>
#include <cmath>

#include "cel/functions.hpp"
#include "cel/text.hpp"

namespace perennial::cel {
namespace {

using Arguments = std::span<const Value>;

constexpr int precision_max = 100;
constexpr int precision_default = 6;

/// "%.3f", "%s", "%%".
struct Clause {
    char letter = 0;
    int precision = precision_default;
};

/// Reads what follows a percent sign and moves `at` behind it; says what is wrong, or "".
std::string read_clause(std::string_view format, std::size_t& at, Clause& clause) {
    const bool has_precision = at < format.size() && format[at] == '.';
    if (has_precision) {
        clause.precision = 0;
        const std::size_t first = ++at;
        while (at < format.size() && format[at] >= '0' && format[at] <= '9' &&
               clause.precision <= precision_max)
            clause.precision = clause.precision * 10 + (format[at++] - '0');
        if (at == first || clause.precision > precision_max)
            return fmt::format("after %. stands a number from 0 to {}", precision_max);
    }
    if (at >= format.size()) return "it ends with a single %; for a percent sign write %%";
    clause.letter = format[at++];
    if (clause.letter == '%' && !has_precision) return {};
    if (std::string_view(has_precision ? "fe" : "sdfeboxX").find(clause.letter) !=
        std::string_view::npos)
        return {};
    std::size_t end = at;
    while (end < format.size() && (static_cast<unsigned char>(format[end]) & 0xc0) == 0x80) ++end;
    return fmt::format("%{}{} is not known; there are %s %d %f %e %b %o %x %X and %%",
                       has_precision ? fmt::format(".{}", clause.precision) : "",
                       format.substr(at - 1, end - at + 1));
}

/// May a value of this type stand for the clause?
bool may_stand(char letter, Kind kind) {
    using enum Kind;
    if (kind == dyn) return true;
    switch (letter) {
        case 's':
            return kind != structure && kind != error && kind != optional;
        case 'd':
            return kind == integer || kind == unsigned_integer || kind == decimal ||
                   kind == floating;
        case 'f':
        case 'e':
            return kind == integer || kind == unsigned_integer || kind == decimal ||
                   kind == floating;
        case 'b':
            return kind == integer || kind == unsigned_integer || kind == boolean;
        case 'o':
            return kind == integer || kind == unsigned_integer;
        default:
            return kind == integer || kind == unsigned_integer || kind == string || kind == bytes;
    }
}

std::string_view wanted_by(char letter) {
    switch (letter) {
        case 's':
            return "a value that has a text";
        case 'd':
            return "a whole number";
        case 'f':
        case 'e':
            return "a number";
        case 'b':
            return "a whole number or a bool";
        case 'o':
            return "a whole number";
        default:
            return "a whole number, a text or bytes";
    }
}

std::string special_double(double number) {
    if (std::isnan(number)) return "NaN";
    return number > 0 ? "Infinity" : "-Infinity";
}

std::string in_base(const Value& value, char letter) {
    const bool negative = value.is(Kind::integer) && value.as_int() < 0;
    const std::uint64_t magnitude = negative ? 0 - value.as_uint() : value.as_uint();
    const std::string_view sign = negative ? "-" : "";
    switch (letter) {
        case 'b':
            return fmt::format("{}{:b}", sign, magnitude);
        case 'o':
            return fmt::format("{}{:o}", sign, magnitude);
        case 'x':
            return fmt::format("{}{:x}", sign, magnitude);
        default:
            return fmt::format("{}{:X}", sign, magnitude);
    }
}

/// One format() at work: the text so far, or what went wrong.
class Formatter {
  public:
    explicit Formatter(Call& call) : call_(call) {}

    Value run(std::string_view format, const Value& list) {
        std::size_t next = 0;
        for (std::size_t at = 0; at < format.size();) {
            const std::size_t percent = std::min(format.find('%', at), format.size());
            append(format.substr(at, percent - at));
            at = percent + 1;
            if (percent == format.size()) break;
            Clause clause;
            const std::string wrong = read_clause(format, at, clause);
            if (!wrong.empty()) return call_.fail("format(): {}", wrong);
            if (clause.letter == '%') {
                append("%");
                continue;
            }
            if (next >= list.size())
                return call_.fail("format(): the text needs more than {} values", list.size());
            write(clause, list.item(next++));
            if (failed_) return error_;
        }
        if (call_.steps_left < 0) return call_.spent();
        return Value::string(call_.arena.copy(out_));
    }

  private:
    void append(std::string_view text) {
        --call_.steps_left;
        call_.charge(text.size());
        if (call_.steps_left < 0) return fail(call_.spent());
        out_.append(text);
    }
    void fail(const Value& error) {
        if (failed_) return;
        failed_ = true;
        error_ = error;
    }

    void write(const Clause& clause, const Value& value) {
        if (!may_stand(clause.letter, value.kind()))
            return fail(call_.fail("format(): %{} takes {}, but this is {}", clause.letter,
                                   wanted_by(clause.letter), to_text(value)));
        switch (clause.letter) {
            case 's':
                return write_text(value);
            case 'd':
                return write_whole(value);
            case 'f':
            case 'e':
                return write_number(clause, value);
            default:
                return write_based(clause.letter, value);
        }
    }

    bool may_show(const Value& value) {
        // The text could be read back as points or money.
        if (!call_.exact || !value.is(Kind::floating)) return true;
        fail(
            call_.fail("format(): a double cannot become points or money; write decimal(\"…\") for "
                       "numbers with a fraction"));
        return false;
    }

    void write_whole(const Value& value) {
        if (!may_show(value)) return;
        if (value.is(Kind::integer)) return append(fmt::format("{}", value.as_int()));
        if (value.is(Kind::unsigned_integer)) return append(fmt::format("{}", value.as_uint()));
        if (value.is(Kind::decimal) && value.as_decimal().whole())
            return append(value.as_decimal().text());
        if (value.is(Kind::floating) && !std::isfinite(value.as_double()))
            return append(special_double(value.as_double()));
        fail(call_.fail("format(): %d takes a whole number, but this is {}; write %f or %s",
                        to_text(value)));
    }

    void write_number(const Clause& clause, const Value& value) {
        if (!may_show(value)) return;
        if (clause.letter == 'f' && !value.is(Kind::floating))
            return write_exact(clause.precision, value);
        const double number = value.is(Kind::floating)  ? value.as_double()
                              : value.is(Kind::decimal) ? value.as_decimal().to_double()
                              : value.is(Kind::integer) ? static_cast<double>(value.as_int())
                                                        : static_cast<double>(value.as_uint());
        if (!std::isfinite(number)) return append(special_double(number));
        append(clause.letter == 'f' ? fmt::format("{:.{}f}", number, clause.precision)
                                    : fmt::format("{:.{}e}", number, clause.precision));
    }

    /// Half-even, as doubles are rounded.
    void write_exact(int precision, const Value& value) {
        const auto exact = value.is(Kind::decimal)   ? value.as_decimal()
                           : value.is(Kind::integer) ? Decimal(value.as_int())
                                                     : *Decimal::make(value.as_uint(), 0);
        const auto rounded =
            Decimal::round(exact, std::min(precision, Decimal::scale_max), Rounding::half_even);
        if (!rounded)
            return fail(call_.fail("format(): {} is out of the range of decimal", exact.text()));
        std::string text = rounded->text();
        const std::size_t point = text.find('.');
        const std::size_t digits = point == std::string::npos ? 0 : text.size() - point - 1;
        if (point == std::string::npos && precision > 0) text += '.';
        text.append(static_cast<std::size_t>(precision) - digits, '0');
        append(text);
    }

    void write_based(char letter, const Value& value) {
        if (value.is(Kind::boolean)) return append(value.as_bool() ? "1" : "0");
        if (!value.is(Kind::string) && !value.is(Kind::bytes))
            return append(in_base(value, letter));
        call_.charge(2 * value.as_text().size());
        if (call_.steps_left < 0) return fail(call_.spent());
        std::string text;
        for (const char c : value.as_text()) {
            const auto byte = static_cast<unsigned char>(c);
            text += letter == 'x' ? fmt::format("{:02x}", byte) : fmt::format("{:02X}", byte);
        }
        append(text);
    }

    void write_text(const Value& value) {
        if (failed_ || !may_show(value)) return;
        if (!may_stand('s', value.kind()))
            return fail(call_.fail("format(): %s takes {}, but this is {}{}", wanted_by('s'),
                                   to_text(value),
                                   value.is(Kind::optional) ? "; write orValue(…)" : ""));
        switch (value.kind()) {
            case Kind::null:
                return append("null");
            case Kind::boolean:
                return append(value.as_bool() ? "true" : "false");
            case Kind::integer:
                return append(fmt::format("{}", value.as_int()));
            case Kind::unsigned_integer:
                return append(fmt::format("{}", value.as_uint()));
            case Kind::floating:
                return append(std::isfinite(value.as_double()) ? double_text(value.as_double())
                                                               : special_double(value.as_double()));
            case Kind::decimal:
                return append(value.as_decimal().text());
            case Kind::string:
                return append(value.as_text());
            case Kind::bytes:
                if (valid_utf8_length(value.as_text()) < value.as_text().size())
                    return fail(call_.fail("format(): the bytes are not valid UTF-8"));
                return append(value.as_text());
            case Kind::timestamp:
                return append(timestamp_text(value.as_timestamp_ns()));
            case Kind::duration:
                return append(duration_text(value.as_duration_ns()));
            case Kind::list:
                return write_list(value);
            case Kind::map:
                return write_map(value);
            default:
                return append(to_text(value));
        }
    }

    void write_list(const Value& list) {
        append("[");
        for (std::size_t i = 0; i < list.size() && !failed_; ++i) {
            if (i > 0) append(", ");
            write_text(list.item(i));
        }
        append("]");
    }

    /// The text of one value alone.
    std::string text_of(const Value& value) {
        std::string before = std::move(out_);
        out_.clear();
        write_text(value);
        std::swap(before, out_);
        return before;
    }

    /// In the order of the keys' texts.
    void write_map(const Value& map) {
        std::vector<std::pair<std::string, Value>> entries;
        for (std::size_t i = 0; i < map.size() && !failed_; ++i)
            entries.emplace_back(text_of(map.key_at(i)), map.value_at(i));
        std::ranges::stable_sort(entries, {}, &std::pair<std::string, Value>::first);
        append("{");
        std::string_view separator;
        for (const auto& [key, value] : entries) {
            if (failed_) return;
            append(separator);
            append(key);
            append(": ");
            write_text(value);
            separator = ", ";
        }
        append("}");
    }

    Call& call_;
    std::string out_;
    bool failed_ = false;
    Value error_;
};

constexpr std::string_view base64_letters =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

}  // namespace

Value call_format(Call& call, Arguments arguments) {
    if (arguments.size() != 2 || !arguments[0].is(Kind::string) || !arguments[1].is(Kind::list))
        return no_overload(call, "format", arguments);
    return Formatter(call).run(arguments[0].as_text(), arguments[1]);
}

std::string format_mistake(std::string_view format, std::span<const Type> arguments) {
    std::size_t next = 0;
    for (std::size_t at = 0; at < format.size();) {
        const std::size_t percent = format.find('%', at);
        if (percent == std::string_view::npos) break;
        at = percent + 1;
        Clause clause;
        std::string wrong = read_clause(format, at, clause);
        if (!wrong.empty()) return wrong;
        if (clause.letter == '%') continue;
        if (next >= arguments.size())
            return fmt::format("the text needs more than {} value{}", arguments.size(),
                               arguments.size() == 1 ? "" : "s");
        const Type& type = arguments[next++];
        if (!may_stand(clause.letter, type.kind))
            return fmt::format("%{} takes {}, but value {} is {}", clause.letter,
                               wanted_by(clause.letter), next, type.name());
    }
    return {};
}

Value call_base64_encode(Call& call, Arguments arguments) {
    if (arguments.size() != 1 || !arguments[0].is(Kind::bytes))
        return no_overload(call, "base64.encode", arguments);
    const std::string_view from = arguments[0].as_text();
    const std::size_t size = (from.size() + 2) / 3 * 4;
    char* const to = call.room<char>(size);
    if (!to) return call.spent();
    std::ranges::fill(to, to + size, '=');
    std::size_t written = 0;
    for (std::size_t i = 0; i < from.size(); i += 3) {
        std::uint32_t bits = 0;
        const std::size_t bytes = std::min<std::size_t>(3, from.size() - i);
        for (std::size_t k = 0; k < 3; ++k)
            bits = bits << 8 | (k < bytes ? static_cast<unsigned char>(from[i + k]) : 0u);
        for (std::size_t k = 0; k <= bytes; ++k)
            to[written + k] = base64_letters[bits >> (18 - 6 * k) & 63];
        written += 4;
    }
    return Value::string({to, size});
}

Value call_base64_decode(Call& call, Arguments arguments) {
    if (arguments.size() != 1 || !arguments[0].is(Kind::string))
        return no_overload(call, "base64.decode", arguments);
    std::string_view from = arguments[0].as_text();
    const auto wrong = [&] {
        return call.fail("base64.decode(): {} is not base64", to_text(arguments[0]));
    };
    if (from.ends_with('=')) {
        if (from.size() % 4 != 0) return wrong();
        from.remove_suffix(from.ends_with("==") ? 2 : 1);
    }
    if (from.size() % 4 == 1) return wrong();
    char* const to = call.room<char>(from.size() / 4 * 3 + 2);
    if (!to) return call.spent();
    std::size_t size = 0;
    std::uint32_t bits = 0;
    int held = 0;
    for (const char c : from) {
        const std::size_t digit = base64_letters.find(c);
        if (digit == std::string_view::npos) return wrong();
        bits = bits << 6 | static_cast<std::uint32_t>(digit);
        held += 6;
        if (held < 8) continue;
        held -= 8;
        to[size++] = static_cast<char>(bits >> held & 0xff);
    }
    return Value::bytes({to, size});
}

}  // namespace perennial::cel
