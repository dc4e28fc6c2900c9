#include "cel/functions.hpp"

namespace perennial::cel {
namespace {

using enum Kind;

constexpr Overload over(std::initializer_list<Shape> parameters, Shape result, bool member = false) {
    Overload overload;
    overload.member = member;
    for (const Shape& shape : parameters) overload.parameters[overload.count++] = shape;
    overload.result = result;
    return overload;
}

constexpr Overload method(std::initializer_list<Shape> parameters, Shape result) {
    return over(parameters, result, true);
}

constexpr Overload repeated(Shape parameter, Shape result) {
    Overload overload = over({parameter}, result);
    overload.repeats = true;
    return overload;
}

constexpr Shape t(dyn, Shape::Generic::t);
constexpr Shape optional_t(optional, Shape::Generic::holds_t);
constexpr Shape number(dyn, Shape::Generic::t, true);
constexpr Shape list_of_numbers(list, Shape::Generic::holds_t, true);
constexpr Shape list_of_texts = Shape::list_of(string);

constexpr Overload size_overloads[] = {
    over({string}, integer),   over({bytes}, integer),   over({list}, integer),
    over({map}, integer),      method({string}, integer), method({bytes}, integer),
    method({list}, integer),   method({map}, integer),
};
constexpr Overload text_test[] = {method({string, string}, boolean)};
constexpr Overload matches_overloads[] = {method({string, string}, boolean),
                                          over({string, string}, boolean)};
constexpr Overload int_overloads[] = {
    over({integer}, integer), over({unsigned_integer}, integer), over({floating}, integer),
    over({string}, integer),  over({timestamp}, integer),
};
constexpr Overload uint_overloads[] = {
    over({unsigned_integer}, unsigned_integer),
    over({integer}, unsigned_integer),
    over({floating}, unsigned_integer),
    over({string}, unsigned_integer),
};
constexpr Overload double_overloads[] = {
    over({floating}, floating), over({integer}, floating), over({unsigned_integer}, floating),
    over({string}, floating),   over({decimal}, floating),
};
constexpr Overload string_overloads[] = {
    over({string}, string),   over({integer}, string),   over({unsigned_integer}, string),
    over({floating}, string), over({boolean}, string),   over({bytes}, string),
    over({decimal}, string),  over({timestamp}, string), over({duration}, string),
};
constexpr Overload bytes_overloads[] = {over({bytes}, bytes), over({string}, bytes)};
constexpr Overload bool_overloads[] = {over({boolean}, boolean), over({string}, boolean)};
constexpr Overload type_overloads[] = {over({dyn}, type)};
constexpr Overload dyn_overloads[] = {over({dyn}, dyn)};
constexpr Overload timestamp_overloads[] = {
    over({timestamp}, timestamp), over({string}, timestamp), over({integer}, timestamp)};
constexpr Overload duration_overloads[] = {over({duration}, duration), over({string}, duration)};
constexpr Overload moment_part[] = {method({timestamp}, integer), method({timestamp, string}, integer)};
constexpr Overload moment_or_span_part[] = {
    method({timestamp}, integer), method({timestamp, string}, integer), method({duration}, integer)};
constexpr Overload decimal_overloads[] = {
    over({decimal}, decimal), over({string}, decimal), over({integer}, decimal),
    over({unsigned_integer}, decimal)};
constexpr Overload rounding_overloads[] = {
    over({decimal}, integer), over({integer}, integer), over({decimal, integer}, decimal),
    over({integer, integer}, decimal)};

constexpr Overload char_at_overloads[] = {method({string, integer}, string)};
constexpr Overload index_of_overloads[] = {method({string, string}, integer),
                                           method({string, string, integer}, integer)};
constexpr Overload text_to_text[] = {method({string}, string)};
constexpr Overload replace_overloads[] = {method({string, string, string}, string),
                                          method({string, string, string, integer}, string)};
constexpr Overload split_overloads[] = {method({string, string}, list_of_texts),
                                        method({string, string, integer}, list_of_texts)};
constexpr Overload join_overloads[] = {method({list_of_texts}, string),
                                       method({list_of_texts, string}, string)};
constexpr Overload substring_overloads[] = {method({string, integer}, string),
                                            method({string, integer, integer}, string)};
constexpr Overload quote_overloads[] = {over({string}, string)};
constexpr Overload format_overloads[] = {method({string, list}, string)};
constexpr Overload extreme_overloads[] = {over({list_of_numbers}, t), repeated(number, t)};
constexpr Overload double_to_double[] = {over({floating}, floating)};
constexpr Overload sqrt_overloads[] = {over({floating}, floating), over({integer}, floating),
                                       over({unsigned_integer}, floating)};
constexpr Overload same_number[] = {over({number}, t)};
constexpr Overload double_test[] = {over({floating}, boolean)};
constexpr Overload bits_overloads[] = {over({integer, integer}, integer),
                                       over({unsigned_integer, unsigned_integer}, unsigned_integer)};
constexpr Overload bit_not_overloads[] = {over({integer}, integer),
                                          over({unsigned_integer}, unsigned_integer)};
constexpr Overload shift_overloads[] = {over({integer, integer}, integer),
                                        over({unsigned_integer, integer}, unsigned_integer)};
constexpr Overload encode_overloads[] = {over({bytes}, string)};
constexpr Overload decode_overloads[] = {over({string}, bytes)};
constexpr Overload optional_of_overloads[] = {over({t}, optional_t)};
constexpr Overload optional_none_overloads[] = {over({}, optional_t)};
constexpr Overload has_value_overloads[] = {method({optional_t}, boolean)};
constexpr Overload value_overloads[] = {method({optional_t}, t)};
constexpr Overload or_overloads[] = {method({optional_t, optional_t}, optional_t)};
constexpr Overload or_value_overloads[] = {method({optional_t, t}, t)};

constexpr Function table[] = {
    {"size", size_overloads, call_size, "size(order.items) > 3"},
    {"contains", text_test, call_contains, "'perfume set'.contains('set')"},
    {"startsWith", text_test, call_starts_with, "'SKU-12'.startsWith('SKU-')"},
    {"endsWith", text_test, call_ends_with, "'a@shop.example'.endsWith('.example')"},
    {"matches", matches_overloads, call_matches, "'AB-12'.matches('^[A-Z]+-[0-9]+$')"},
    {"charAt", char_at_overloads, call_char_at, "'SKU-12'.charAt(4) == '1'"},
    {"indexOf", index_of_overloads, call_index_of, "'SKU-12'.indexOf('-') == 3"},
    {"lastIndexOf", index_of_overloads, call_last_index_of, "'a/b/c'.lastIndexOf('/') == 3"},
    {"lowerAscii", text_to_text, call_lower_ascii, "customer.tier.lowerAscii() == 'gold'"},
    {"upperAscii", text_to_text, call_upper_ascii, "'ab'.upperAscii() == 'AB'"},
    {"replace", replace_overloads, call_replace, "'1 234'.replace(' ', '') == '1234'"},
    {"split", split_overloads, call_split, "'a,b'.split(',') == ['a', 'b']"},
    {"join", join_overloads, call_join, "['a', 'b'].join(', ') == 'a, b'"},
    {"substring", substring_overloads, call_substring, "'SKU-12'.substring(0, 3) == 'SKU'"},
    {"trim", text_to_text, call_trim, "' gold '.trim() == 'gold'"},
    {"reverse", text_to_text, call_reverse, "'abc'.reverse() == 'cba'"},
    {"format", format_overloads, call_format, "'%s has %d points'.format(['Ann', 120])"},
    {"strings.quote", quote_overloads, call_quote, "strings.quote('say hi')"},
    {"math.greatest", extreme_overloads, call_greatest, "math.greatest(order.amount - 500, 0)"},
    {"math.least", extreme_overloads, call_least, "math.least(order.amount, 10000)"},
    {"math.ceil", double_to_double, call_math_ceil, "math.ceil(1.2) == 2.0"},
    {"math.floor", double_to_double, call_math_floor, "math.floor(1.8) == 1.0"},
    {"math.round", double_to_double, call_math_round, "math.round(1.5) == 2.0"},
    {"math.trunc", double_to_double, call_math_trunc, "math.trunc(-1.8) == -1.0"},
    {"math.sqrt", sqrt_overloads, call_sqrt, "math.sqrt(81) == 9.0"},
    {"math.abs", same_number, call_abs, "math.abs(-5) == 5"},
    {"math.sign", same_number, call_sign, "math.sign(-5) == -1"},
    {"math.isNaN", double_test, call_is_nan, "math.isNaN(0.0 / 0.0)"},
    {"math.isInf", double_test, call_is_inf, "math.isInf(1.0 / 0.0)"},
    {"math.isFinite", double_test, call_is_finite, "math.isFinite(1.5)"},
    {"math.bitAnd", bits_overloads, call_bit_and, "math.bitAnd(6, 3) == 2"},
    {"math.bitOr", bits_overloads, call_bit_or, "math.bitOr(6, 3) == 7"},
    {"math.bitXor", bits_overloads, call_bit_xor, "math.bitXor(6, 3) == 5"},
    {"math.bitNot", bit_not_overloads, call_bit_not, "math.bitNot(0) == -1"},
    {"math.bitShiftLeft", shift_overloads, call_bit_shift_left, "math.bitShiftLeft(1, 4) == 16"},
    {"math.bitShiftRight", shift_overloads, call_bit_shift_right, "math.bitShiftRight(16, 4) == 1"},
    {"base64.encode", encode_overloads, call_base64_encode, "base64.encode(b'hello') == 'aGVsbG8='"},
    {"base64.decode", decode_overloads, call_base64_decode, "base64.decode('aGVsbG8=') == b'hello'"},
    {"optional.of", optional_of_overloads, call_optional_of, "optional.of(order.amount)"},
    {"optional.ofNonZeroValue", optional_of_overloads, call_optional_of_non_zero,
     "optional.ofNonZeroValue(customer.tier).orValue('none')"},
    {"optional.none", optional_none_overloads, call_optional_none, "optional.none()"},
    {"hasValue", has_value_overloads, call_has_value, "order.?coupon.hasValue()"},
    {"value", value_overloads, call_value, "order.?coupon.value() == 'WELCOME'"},
    {"or", or_overloads, call_or, "order.metadata.?code.or(order.?coupon).hasValue()", true},
    {"orValue", or_value_overloads, call_or_value, "order.?coupon.orValue('') == 'WELCOME'", true},
    {"int", int_overloads, call_int, "int('42')"},
    {"uint", uint_overloads, call_uint, "uint(42)"},
    {"double", double_overloads, call_double, "double(3)"},
    {"string", string_overloads, call_string, "string(42)"},
    {"bytes", bytes_overloads, call_bytes, "bytes('abc')"},
    {"bool", bool_overloads, call_bool, "bool('true')"},
    {"type", type_overloads, call_type, "type(1) == int"},
    {"dyn", dyn_overloads, call_dyn, "dyn(1)"},
    {"timestamp", timestamp_overloads, call_timestamp, "timestamp('2024-07-23T19:38:38Z')"},
    {"duration", duration_overloads, call_duration, "duration('1h30m')"},
    {"getFullYear", moment_part, call_full_year, "now.getFullYear('Europe/Berlin')"},
    {"getMonth", moment_part, call_month, "now.getMonth() == 0"},
    {"getDate", moment_part, call_date, "now.getDate() == 1"},
    {"getDayOfMonth", moment_part, call_day_of_month, "now.getDayOfMonth() == 0"},
    {"getDayOfWeek", moment_part, call_day_of_week, "now.getDayOfWeek() == 0"},
    {"getDayOfYear", moment_part, call_day_of_year, "now.getDayOfYear() == 0"},
    {"getHours", moment_or_span_part, call_hours, "duration('90m').getHours() == 1"},
    {"getMinutes", moment_or_span_part, call_minutes, "duration('90m').getMinutes() == 90"},
    {"getSeconds", moment_or_span_part, call_seconds, "duration('2m').getSeconds() == 120"},
    {"getMilliseconds", moment_or_span_part, call_milliseconds, "now.getMilliseconds()"},
    {"decimal", decimal_overloads, call_decimal, "decimal('0.05') * order.amount"},
    {"floor", rounding_overloads, call_floor, "floor(decimal('2.7')) == 2"},
    {"ceil", rounding_overloads, call_ceil, "ceil(decimal('2.1')) == 3"},
    {"round_half_up", rounding_overloads, call_round_half_up, "round_half_up(decimal('2.5')) == 3"},
    {"round_half_even", rounding_overloads, call_round_half_even,
     "round_half_even(decimal('2.5')) == 2"},
};

}  // namespace

std::span<const Function> functions() { return table; }

const Function* find_function(std::string_view name) {
    for (const Function& function : table)
        if (function.name == name) return &function;
    return nullptr;
}

bool is_family(std::string_view name) {
    for (const Function& function : table)
        if (function.name.starts_with(name) && function.name.substr(name.size()).starts_with('.'))
            return true;
    return false;
}

Value Call::fail_with(std::string_view message) {
    auto* const error = arena.make<LanguageError>();
    error->message = arena.copy(message);
    error->range = range;
    return Value::error(*error);
}

Value no_overload(Call& call, std::string_view name, std::span<const Value> arguments) {
    std::string types;
    bool has_null = false;
    for (const Value& argument : arguments) {
        if (argument.is_error()) return argument;
        types += (types.empty() ? "" : ", ") + type_name(argument);
        has_null = has_null || argument.is_null();
    }
    return call.fail("no such overload: {}({}){}", name, types, has_null ? null_hint : "");
}

}  // namespace perennial::cel
