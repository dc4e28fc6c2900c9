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
};

struct Overload {
    bool member = false;
    std::uint8_t count = 0;
    std::array<Kind, 3> parameters = {};  // the receiver is the first; dyn takes anything
    Kind result = Kind::dyn;
};

using FunctionBody = Value (*)(Call&, std::span<const Value>);

struct Function {
    std::string_view name;
    std::span<const Overload> overloads;
    FunctionBody run;
    std::string_view example;
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

/// The bodies, by file.
Value call_size(Call&, std::span<const Value>);
Value call_contains(Call&, std::span<const Value>);
Value call_starts_with(Call&, std::span<const Value>);
Value call_ends_with(Call&, std::span<const Value>);
Value call_matches(Call&, std::span<const Value>);

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
