#include "cel/functions.hpp"

namespace perennial::cel {
namespace {

Value rounded(Call& call, std::string_view name, Rounding rounding,
              std::span<const Value> arguments) {
    const bool is_call = arguments.size() == 1 ||
                         (arguments.size() == 2 && arguments[1].is(Kind::integer));
    if (!is_call || (!arguments[0].is(Kind::decimal) && !arguments[0].is(Kind::integer)))
        return no_overload(call, name, arguments);
    const Decimal number = arguments[0].is(Kind::decimal) ? arguments[0].as_decimal()
                                                          : Decimal(arguments[0].as_int());
    const std::int64_t digits = arguments.size() == 2 ? arguments[1].as_int() : 0;
    if (digits < -Decimal::scale_max || digits > Decimal::scale_max)
        return call.fail("{}(): {} digits; use -18 to 18", name, digits);
    const auto result = Decimal::round(number, static_cast<int>(digits), rounding);
    if (!result) return call.fail("{}(): the result is out of the range of decimal", name);
    if (arguments.size() == 2) return Value::decimal(*result);
    if (const auto whole = result->whole()) return Value::integer(*whole);
    return call.fail("{}(): {} is out of the range of int", name, result->text());
}

}  // namespace

Value call_decimal(Call& call, std::span<const Value> arguments) {
    if (arguments.size() != 1) return no_overload(call, "decimal", arguments);
    const Value& of = arguments[0];
    switch (of.kind()) {
        case Kind::decimal: return of;
        case Kind::integer: return Value::decimal(Decimal(of.as_int()));
        case Kind::unsigned_integer: return Value::decimal(*Decimal::make(of.as_uint(), 0));
        case Kind::floating:
            return call.fail("decimal() takes no double, which is not exact; put the number in quotes: "
                             "decimal(\"0.1\")");
        case Kind::string: {
            const auto number = Decimal::parse(of.as_text());
            if (number) return Value::decimal(*number);
            return call.fail("decimal(): {} is not a decimal number of at most 36 digits, 18 of them "
                             "after the point",
                             to_text(of));
        }
        default: return no_overload(call, "decimal", arguments);
    }
}

Value call_floor(Call& call, std::span<const Value> arguments) {
    return rounded(call, "floor", Rounding::floor, arguments);
}

Value call_ceil(Call& call, std::span<const Value> arguments) {
    return rounded(call, "ceil", Rounding::ceil, arguments);
}

Value call_round_half_up(Call& call, std::span<const Value> arguments) {
    return rounded(call, "round_half_up", Rounding::half_up, arguments);
}

Value call_round_half_even(Call& call, std::span<const Value> arguments) {
    return rounded(call, "round_half_even", Rounding::half_even, arguments);
}

}  // namespace perennial::cel
