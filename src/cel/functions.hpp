// The functions of the language and of our extension. A body checks the kinds it gets, since dyn
// arguments reach it unchecked; the overloads are what the checker believes.
#pragma once
#include <fmt/format.h>

#include <array>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string_view>

#include "cel/arena.hpp"
#include "cel/ast.hpp"
#include "cel/value.hpp"

namespace re2 {
class RE2;
}

namespace perennial::cel {

/// One call at evaluation: where errors and made values go, and what may still be spent.
struct Call {
    Arena& arena;
    std::int64_t& steps_left;
    SourceRange range;
    const re2::RE2* pattern = nullptr;  // of matches() with a constant pattern
    bool exact = false;                 // a value formula: a double may not become an int

    template <class... Args>
    Value fail(fmt::format_string<Args...> text, Args&&... args) {
        return fail_with(fmt::format(text, std::forward<Args>(args)...));
    }
    Value fail_with(std::string_view message);
    /// For work that grows with its input: one step for each 32 bytes or items.
    void charge(std::size_t units) { steps_left -= static_cast<std::int64_t>(units / 32); }
    /// Room for a result; null when the step budget is used up.
    template <class T>
    T* room(std::size_t count) {
        charge((sizeof(T) == 1 ? 1 : 32) * count);
        return steps_left < 0 || count > UINT32_MAX ? nullptr : arena.make<T>(count);
    }
    Value spent() { return fail_with("the step budget is used up"); }
    Value optional_of(const Value& held) {
        Value* const kept = arena.make<Value>();
        *kept = held;
        return Value::optional(kept);
    }
};

/// What an argument must be, or what the result is. Within one overload, T is one type.
struct Shape {
    enum class Generic : std::uint8_t {
        none,
        t,        // T
        holds_t,  // list(T), optional(T)
    };
    Kind kind = Kind::dyn;  // dyn takes anything
    Generic generic = Generic::none;
    bool number = false;       // T is a number; numbers of several types may stand for it
    Kind element = Kind::dyn;  // of a list without T

    constexpr Shape() = default;
    constexpr Shape(Kind k) : kind(k) {}  // NOLINT: a plain kind is a shape
    constexpr Shape(Kind k, Generic g, bool is_number = false) : kind(k), generic(g), number(is_number) {}
    static constexpr Shape list_of(Kind of) {
        Shape shape(Kind::list);
        shape.element = of;
        return shape;
    }
};

struct Overload {
    bool member = false;
    bool repeats = false;  // the last parameter may stand any number of times
    std::uint8_t count = 0;
    std::array<Shape, 4> parameters = {};  // the receiver is the first
    Shape result;

    bool takes(std::size_t arguments) const {
        return repeats ? arguments >= count : arguments == count;
    }
    const Shape& parameter(std::size_t i) const { return parameters[i < count ? i : count - 1u]; }
};

using FunctionBody = Value (*)(Call&, std::span<const Value>);

struct Function {
    std::string_view name;
    std::span<const Overload> overloads;
    FunctionBody run;
    std::string_view example;
    /// The second argument is evaluated when the first is none: or(), orValue().
    bool is_or = false;
};

std::span<const Function> functions();
const Function* find_function(std::string_view name);

inline constexpr std::string_view null_hint = "; test it with has(…) first";

/// "no such overload: size(int)".
Value no_overload(Call&, std::string_view name, std::span<const Value> arguments);

Value apply(Operator, Call&, const Value& left, const Value& right);
Value apply(Operator, Call&, const Value& operand);
Value index_into(Call&, const Value& operand, const Value& index);
Value is_in(Call&, const Value& item, const Value& range);
/// `operand[?index]`, and `operand[index]` of an optional.
Value optional_index_into(Call&, const Value& operand, const Value& index);

/// "math", "strings" …: what stands before the point of a function's name.
bool is_family(std::string_view name);
/// What is wrong with a text for format(), or with one of the types given to it; "" when nothing is.
std::string format_mistake(std::string_view format, std::span<const Type> arguments);

/// The bodies, by file.
Value call_size(Call&, std::span<const Value>);
Value call_contains(Call&, std::span<const Value>);
Value call_starts_with(Call&, std::span<const Value>);
Value call_ends_with(Call&, std::span<const Value>);
Value call_matches(Call&, std::span<const Value>);

Value call_char_at(Call&, std::span<const Value>);
Value call_index_of(Call&, std::span<const Value>);
Value call_last_index_of(Call&, std::span<const Value>);
Value call_lower_ascii(Call&, std::span<const Value>);
Value call_upper_ascii(Call&, std::span<const Value>);
Value call_replace(Call&, std::span<const Value>);
Value call_split(Call&, std::span<const Value>);
Value call_join(Call&, std::span<const Value>);
Value call_substring(Call&, std::span<const Value>);
Value call_trim(Call&, std::span<const Value>);
Value call_reverse(Call&, std::span<const Value>);
Value call_quote(Call&, std::span<const Value>);
Value call_format(Call&, std::span<const Value>);

Value call_greatest(Call&, std::span<const Value>);
Value call_least(Call&, std::span<const Value>);
Value call_math_ceil(Call&, std::span<const Value>);
Value call_math_floor(Call&, std::span<const Value>);
Value call_math_round(Call&, std::span<const Value>);
Value call_math_trunc(Call&, std::span<const Value>);
Value call_sqrt(Call&, std::span<const Value>);
Value call_abs(Call&, std::span<const Value>);
Value call_sign(Call&, std::span<const Value>);
Value call_is_nan(Call&, std::span<const Value>);
Value call_is_inf(Call&, std::span<const Value>);
Value call_is_finite(Call&, std::span<const Value>);
Value call_bit_and(Call&, std::span<const Value>);
Value call_bit_or(Call&, std::span<const Value>);
Value call_bit_xor(Call&, std::span<const Value>);
Value call_bit_not(Call&, std::span<const Value>);
Value call_bit_shift_left(Call&, std::span<const Value>);
Value call_bit_shift_right(Call&, std::span<const Value>);

Value call_base64_encode(Call&, std::span<const Value>);
Value call_base64_decode(Call&, std::span<const Value>);

Value call_optional_of(Call&, std::span<const Value>);
Value call_optional_of_non_zero(Call&, std::span<const Value>);
Value call_optional_none(Call&, std::span<const Value>);
Value call_has_value(Call&, std::span<const Value>);
Value call_value(Call&, std::span<const Value>);
Value call_or(Call&, std::span<const Value>);
Value call_or_value(Call&, std::span<const Value>);

Value call_int(Call&, std::span<const Value>);
Value call_uint(Call&, std::span<const Value>);
Value call_double(Call&, std::span<const Value>);
Value call_string(Call&, std::span<const Value>);
Value call_bytes(Call&, std::span<const Value>);
Value call_bool(Call&, std::span<const Value>);
Value call_type(Call&, std::span<const Value>);
Value call_dyn(Call&, std::span<const Value>);

Value call_timestamp(Call&, std::span<const Value>);
Value call_duration(Call&, std::span<const Value>);
Value call_full_year(Call&, std::span<const Value>);
Value call_month(Call&, std::span<const Value>);
Value call_date(Call&, std::span<const Value>);
Value call_day_of_month(Call&, std::span<const Value>);
Value call_day_of_week(Call&, std::span<const Value>);
Value call_day_of_year(Call&, std::span<const Value>);
Value call_hours(Call&, std::span<const Value>);
Value call_minutes(Call&, std::span<const Value>);
Value call_seconds(Call&, std::span<const Value>);
Value call_milliseconds(Call&, std::span<const Value>);

Value call_decimal(Call&, std::span<const Value>);
Value call_floor(Call&, std::span<const Value>);
Value call_ceil(Call&, std::span<const Value>);
Value call_round_half_up(Call&, std::span<const Value>);
Value call_round_half_even(Call&, std::span<const Value>);

}  // namespace perennial::cel
