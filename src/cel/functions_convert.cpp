#include <array>
#include <charconv>
#include <cmath>

#include "cel/functions.hpp"
#include "cel/text.hpp"

namespace perennial::cel {
namespace {

template <class Number>
bool read_number(std::string_view text, Number& number) {
    if (text.starts_with('+')) text.remove_prefix(1);
    const char* const end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, number);
    return read.ec == std::errc() && read.ptr == end && !text.empty();
}

Value text_of(Call& call, std::string_view text) { return Value::string(call.arena.copy(text)); }

Value int_of_double(Call& call, double number) {
    if (call.exact)
        return call.fail("a double cannot become points or money; write decimal(\"…\") for numbers with "
                         "a fraction");
    // As the spec: the ends of the range are out, since doubles cannot tell them from their neighbours.
    if (!(number > -9223372036854775808.0 && number < 9223372036854775808.0))
        return call.fail("int(): {} is out of range", double_text(number));
    return Value::integer(static_cast<std::int64_t>(number));
}

Value int_of_decimal(Call& call, const Decimal& number) {
    if (const auto whole = number.whole()) return Value::integer(*whole);
    return call.fail("int(): {} is not whole or out of range; say how to round: floor(…), ceil(…), "
                     "round_half_up(…) or round_half_even(…)",
                     number.text());
}

}  // namespace

Value call_int(Call& call, std::span<const Value> arguments) {
    if (arguments.size() != 1) return no_overload(call, "int", arguments);
    const Value& of = arguments[0];
    switch (of.kind()) {
        case Kind::integer: return of;
        case Kind::unsigned_integer:
            if (of.as_uint() > static_cast<std::uint64_t>(INT64_MAX))
                return call.fail("int(): {} is out of range", of.as_uint());
            return Value::integer(static_cast<std::int64_t>(of.as_uint()));
        case Kind::floating: return int_of_double(call, of.as_double());
        case Kind::decimal: return int_of_decimal(call, of.as_decimal());
        case Kind::string: {
            std::int64_t number = 0;
            if (!read_number(of.as_text(), number))
                return call.fail("int(): {} is not a whole number", to_text(of));
            return Value::integer(number);
        }
        case Kind::timestamp: {
            const int128 ns = of.as_timestamp_ns();
            const int128 down = ns % second_ns < 0 ? 1 : 0;
            return Value::integer(static_cast<std::int64_t>(ns / second_ns - down));
        }
        default: return no_overload(call, "int", arguments);
    }
}

Value call_uint(Call& call, std::span<const Value> arguments) {
    if (arguments.size() != 1) return no_overload(call, "uint", arguments);
    const Value& of = arguments[0];
    switch (of.kind()) {
        case Kind::unsigned_integer: return of;
        case Kind::integer:
            if (of.as_int() < 0) return call.fail("uint(): {} is out of range", of.as_int());
            return Value::unsigned_integer(static_cast<std::uint64_t>(of.as_int()));
        case Kind::floating:
            if (call.exact) return int_of_double(call, of.as_double());
            if (!(of.as_double() > -1.0 && of.as_double() < 18446744073709551616.0))
                return call.fail("uint(): {} is out of range", double_text(of.as_double()));
            return Value::unsigned_integer(static_cast<std::uint64_t>(of.as_double()));
        case Kind::string: {
            std::uint64_t number = 0;
            if (!read_number(of.as_text(), number))
                return call.fail("uint(): {} is not a whole number", to_text(of));
            return Value::unsigned_integer(number);
        }
        default: return no_overload(call, "uint", arguments);
    }
}

Value call_double(Call& call, std::span<const Value> arguments) {
    if (arguments.size() != 1) return no_overload(call, "double", arguments);
    const Value& of = arguments[0];
    switch (of.kind()) {
        case Kind::floating: return of;
        case Kind::integer: return Value::floating(static_cast<double>(of.as_int()));
        case Kind::unsigned_integer: return Value::floating(static_cast<double>(of.as_uint()));
        case Kind::decimal: return Value::floating(of.as_decimal().to_double());
        case Kind::string: {
            double number = 0;
            if (!read_number(of.as_text(), number))
                return call.fail("double(): {} is not a number", to_text(of));
            return Value::floating(number);
        }
        default: return no_overload(call, "double", arguments);
    }
}

Value call_string(Call& call, std::span<const Value> arguments) {
    if (arguments.size() != 1) return no_overload(call, "string", arguments);
    const Value& of = arguments[0];
    switch (of.kind()) {
        case Kind::string: return of;
        case Kind::boolean: return Value::string(of.as_bool() ? "true" : "false");
        case Kind::integer: return text_of(call, fmt::format("{}", of.as_int()));
        case Kind::unsigned_integer: return text_of(call, fmt::format("{}", of.as_uint()));
        case Kind::floating:
            if (call.exact) return int_of_double(call, of.as_double());
            return text_of(call, double_text(of.as_double()));
        case Kind::decimal: return text_of(call, of.as_decimal().text());
        case Kind::timestamp: return text_of(call, timestamp_text(of.as_timestamp_ns()));
        case Kind::duration: return text_of(call, duration_text(of.as_duration_ns()));
        case Kind::bytes:
            call.charge(of.as_text().size());
            if (valid_utf8_length(of.as_text()) < of.as_text().size())
                return call.fail("string(): the bytes are not valid UTF-8");
            return Value::string(of.as_text());
        default: return no_overload(call, "string", arguments);
    }
}

Value call_bytes(Call& call, std::span<const Value> arguments) {
    if (arguments.size() == 1 && arguments[0].is(Kind::bytes)) return arguments[0];
    if (arguments.size() == 1 && arguments[0].is(Kind::string))
        return Value::bytes(arguments[0].as_text());
    return no_overload(call, "bytes", arguments);
}

Value call_bool(Call& call, std::span<const Value> arguments) {
    if (arguments.size() == 1 && arguments[0].is(Kind::boolean)) return arguments[0];
    if (arguments.size() != 1 || !arguments[0].is(Kind::string))
        return no_overload(call, "bool", arguments);
    for (const std::string_view text : {"1", "t", "true", "TRUE", "True"})
        if (arguments[0].as_text() == text) return Value::boolean(true);
    for (const std::string_view text : {"0", "f", "false", "FALSE", "False"})
        if (arguments[0].as_text() == text) return Value::boolean(false);
    return call.fail("bool(): {} is neither true nor false", to_text(arguments[0]));
}

Value call_type(Call& call, std::span<const Value> arguments) {
    if (arguments.size() != 1) return no_overload(call, "type", arguments);
    const Value& of = arguments[0];
    return Value::type(of.kind(), of.is(Kind::structure) ? &of.struct_type() : nullptr);
}

Value call_dyn(Call& call, std::span<const Value> arguments) {
    return arguments.size() == 1 ? arguments[0] : no_overload(call, "dyn", arguments);
}

}  // namespace perennial::cel
