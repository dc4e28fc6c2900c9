#include "cel/functions.hpp"

namespace perennial::cel {
namespace {

using enum Kind;

constexpr Overload over(std::initializer_list<Kind> parameters, Kind result, bool member = false) {
    Overload overload;
    overload.member = member;
    for (const Kind kind : parameters) overload.parameters[overload.count++] = kind;
    overload.result = result;
    return overload;
}

constexpr Overload method(std::initializer_list<Kind> parameters, Kind result) {
    return over(parameters, result, true);
}

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

constexpr Function table[] = {
    {"size", size_overloads, call_size, "size(order.items) > 3"},
    {"contains", text_test, call_contains, "'perfume set'.contains('set')"},
    {"startsWith", text_test, call_starts_with, "'SKU-12'.startsWith('SKU-')"},
    {"endsWith", text_test, call_ends_with, "'a@shop.example'.endsWith('.example')"},
    {"matches", matches_overloads, call_matches, "'AB-12'.matches('^[A-Z]+-[0-9]+$')"},
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
