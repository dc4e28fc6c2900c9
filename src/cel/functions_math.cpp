// The extension "math". Numbers with a fraction that move value are decimals: floor(), ceil() and
// round_half_up() without "math." round those; the functions here that take doubles answer doubles.
#include <cmath>

#include "cel/functions.hpp"

namespace perennial::cel {
namespace {

using Arguments = std::span<const Value>;

bool is_number(const Value& value) {
    return value.is(Kind::integer) || value.is(Kind::unsigned_integer) ||
           value.is(Kind::floating) || value.is(Kind::decimal);
}

/// Of numbers of any types, by what they mean; the first of equals. `wanted` beats the one before.
Value extreme(Call& call, std::string_view name, Arguments arguments, Ordering wanted) {
    const bool is_list = arguments.size() == 1 && arguments[0].is(Kind::list);
    const std::size_t count = is_list ? arguments[0].size() : arguments.size();
    if (count == 0) return call.fail("{}(): there is no number", name);
    const auto at = [&](std::size_t i) { return is_list ? arguments[0].item(i) : arguments[i]; };
    Value best = at(0);
    for (std::size_t i = 0; i < count; ++i) {
        const Value next = at(i);
        if (--call.steps_left < 0) return call.spent();
        if (!is_number(next)) return no_overload(call, name, {&next, 1});
        if (compare(next, best) == wanted) best = next;
    }
    return best;
}

template <class Rule>
Value of_double(Call& call, std::string_view name, Arguments arguments, Rule rule) {
    if (arguments.size() != 1 || !arguments[0].is(Kind::floating))
        return no_overload(call, name, arguments);
    return rule(arguments[0].as_double());
}

template <class Rule>
Value of_bits(Call& call, std::string_view name, Arguments arguments, Rule rule) {
    if (arguments.size() == 2 && arguments[0].is(Kind::integer) && arguments[1].is(Kind::integer))
        return Value::integer(rule(arguments[0].as_int(), arguments[1].as_int()));
    if (arguments.size() == 2 && arguments[0].is(Kind::unsigned_integer) &&
        arguments[1].is(Kind::unsigned_integer))
        return Value::unsigned_integer(rule(arguments[0].as_uint(), arguments[1].as_uint()));
    return no_overload(call, name, arguments);
}

/// By 64 and more all bits are out; the sign of an int is a bit like the others.
template <class Rule>
Value shifted(Call& call, std::string_view name, Arguments arguments, Rule rule) {
    const bool is_call =
        arguments.size() == 2 && arguments[1].is(Kind::integer) &&
        (arguments[0].is(Kind::integer) || arguments[0].is(Kind::unsigned_integer));
    if (!is_call) return no_overload(call, name, arguments);
    const std::int64_t by = arguments[1].as_int();
    if (by < 0) return call.fail("{}(): {} bits; a shift goes by 0 or more", name, by);
    const std::uint64_t bits = by > 63 ? 0 : rule(arguments[0].as_uint(), by);
    return arguments[0].is(Kind::integer) ? Value::integer(std::bit_cast<std::int64_t>(bits))
                                          : Value::unsigned_integer(bits);
}

}  // namespace

Value call_greatest(Call& call, Arguments arguments) {
    return extreme(call, "math.greatest", arguments, Ordering::greater);
}

Value call_least(Call& call, Arguments arguments) {
    return extreme(call, "math.least", arguments, Ordering::less);
}

Value call_math_ceil(Call& call, Arguments arguments) {
    return of_double(call, "math.ceil", arguments,
                     [](double n) { return Value::floating(std::ceil(n)); });
}

Value call_math_floor(Call& call, Arguments arguments) {
    return of_double(call, "math.floor", arguments,
                     [](double n) { return Value::floating(std::floor(n)); });
}

Value call_math_round(Call& call, Arguments arguments) {
    return of_double(call, "math.round", arguments,
                     [](double n) { return Value::floating(std::round(n)); });
}

Value call_math_trunc(Call& call, Arguments arguments) {
    return of_double(call, "math.trunc", arguments,
                     [](double n) { return Value::floating(std::trunc(n)); });
}

Value call_sqrt(Call& call, Arguments arguments) {
    if (arguments.size() == 1 && arguments[0].is(Kind::floating))
        return Value::floating(std::sqrt(arguments[0].as_double()));
    if (arguments.size() == 1 && arguments[0].is(Kind::integer))
        return Value::floating(std::sqrt(static_cast<double>(arguments[0].as_int())));
    if (arguments.size() == 1 && arguments[0].is(Kind::unsigned_integer))
        return Value::floating(std::sqrt(static_cast<double>(arguments[0].as_uint())));
    return no_overload(call, "math.sqrt", arguments);
}

Value call_abs(Call& call, Arguments arguments) {
    if (arguments.size() != 1) return no_overload(call, "math.abs", arguments);
    const Value& of = arguments[0];
    switch (of.kind()) {
        case Kind::unsigned_integer:
            return of;
        case Kind::integer:
            return of.as_int() < 0 ? apply(Operator::negate, call, of) : of;
        case Kind::floating:
            return Value::floating(std::fabs(of.as_double()));
        case Kind::decimal:
            return of.as_decimal().coefficient() < 0 ? Value::decimal(-of.as_decimal()) : of;
        default:
            return no_overload(call, "math.abs", arguments);
    }
}

Value call_sign(Call& call, Arguments arguments) {
    if (arguments.size() != 1) return no_overload(call, "math.sign", arguments);
    const auto sign = [](const auto& n) { return n > 0 ? 1 : n < 0 ? -1 : 0; };
    const Value& of = arguments[0];
    switch (of.kind()) {
        case Kind::unsigned_integer:
            return Value::unsigned_integer(of.as_uint() > 0 ? 1 : 0);
        case Kind::integer:
            return Value::integer(sign(of.as_int()));
        case Kind::floating:
            return std::isnan(of.as_double()) ? of : Value::floating(sign(of.as_double()));
        case Kind::decimal:
            return Value::decimal(Decimal(sign(of.as_decimal().coefficient())));
        default:
            return no_overload(call, "math.sign", arguments);
    }
}

Value call_is_nan(Call& call, Arguments arguments) {
    return of_double(call, "math.isNaN", arguments,
                     [](double n) { return Value::boolean(std::isnan(n)); });
}

Value call_is_inf(Call& call, Arguments arguments) {
    return of_double(call, "math.isInf", arguments,
                     [](double n) { return Value::boolean(std::isinf(n)); });
}

Value call_is_finite(Call& call, Arguments arguments) {
    return of_double(call, "math.isFinite", arguments,
                     [](double n) { return Value::boolean(std::isfinite(n)); });
}

Value call_bit_and(Call& call, Arguments arguments) {
    return of_bits(call, "math.bitAnd", arguments, [](auto a, auto b) { return a & b; });
}

Value call_bit_or(Call& call, Arguments arguments) {
    return of_bits(call, "math.bitOr", arguments, [](auto a, auto b) { return a | b; });
}

Value call_bit_xor(Call& call, Arguments arguments) {
    return of_bits(call, "math.bitXor", arguments, [](auto a, auto b) { return a ^ b; });
}

Value call_bit_not(Call& call, Arguments arguments) {
    if (arguments.size() == 1 && arguments[0].is(Kind::integer))
        return Value::integer(~arguments[0].as_int());
    if (arguments.size() == 1 && arguments[0].is(Kind::unsigned_integer))
        return Value::unsigned_integer(~arguments[0].as_uint());
    return no_overload(call, "math.bitNot", arguments);
}

Value call_bit_shift_left(Call& call, Arguments arguments) {
    return shifted(call, "math.bitShiftLeft", arguments,
                   [](std::uint64_t bits, std::int64_t by) { return bits << by; });
}

Value call_bit_shift_right(Call& call, Arguments arguments) {
    return shifted(call, "math.bitShiftRight", arguments,
                   [](std::uint64_t bits, std::int64_t by) { return bits >> by; });
}

}  // namespace perennial::cel
