#include <cmath>

#include "cel/value.hpp"

namespace perennial::cel {
namespace {

Ordering order_of(std::strong_ordering ordering) {
    if (ordering < 0) return Ordering::less;
    return ordering > 0 ? Ordering::greater : Ordering::equal;
}

template <class T>
Ordering order_of(T a, T b) {
    if (a == b) return Ordering::equal;
    if (a < b) return Ordering::less;
    return a > b ? Ordering::greater : Ordering::unordered;
}

Ordering reversed(Ordering order) {
    if (order == Ordering::less) return Ordering::greater;
    return order == Ordering::greater ? Ordering::less : order;
}

constexpr double two_to_63 = 9223372036854775808.0;
constexpr double two_to_64 = 18446744073709551616.0;

/// As cel-go: outside of the whole type's range by range, inside as doubles.
template <class T>
Ordering compare_whole_to_double(T whole, double limit_low, double limit_high, double number) {
    if (std::isnan(number)) return Ordering::unordered;
    if (number < limit_low) return Ordering::greater;
    if (number > limit_high) return Ordering::less;
    return order_of(static_cast<double>(whole), number);
}

Ordering compare_int_to_uint(std::int64_t a, std::uint64_t b) {
    if (a < 0) return Ordering::less;
    return order_of(static_cast<std::uint64_t>(a), b);
}

Ordering compare_decimal_to(const Decimal& a, const Value& b) {
    switch (b.kind()) {
        case Kind::decimal: return order_of(a <=> b.as_decimal());
        case Kind::integer: return order_of(a <=> Decimal(b.as_int()));
        case Kind::unsigned_integer: return order_of(a <=> *Decimal::make(b.as_uint(), 0));
        case Kind::floating: return order_of(a.to_double(), b.as_double());
        default: return Ordering::incomparable;
    }
}

Ordering compare_numbers(const Value& a, const Value& b) {
    if (a.is(Kind::decimal)) return compare_decimal_to(a.as_decimal(), b);
    if (b.is(Kind::decimal)) return reversed(compare_decimal_to(b.as_decimal(), a));
    if (a.is(Kind::integer) && b.is(Kind::unsigned_integer))
        return compare_int_to_uint(a.as_int(), b.as_uint());
    if (a.is(Kind::unsigned_integer) && b.is(Kind::integer))
        return reversed(compare_int_to_uint(b.as_int(), a.as_uint()));
    if (a.is(Kind::integer) && b.is(Kind::floating))
        return compare_whole_to_double(a.as_int(), -two_to_63, two_to_63, b.as_double());
    if (a.is(Kind::unsigned_integer) && b.is(Kind::floating))
        return compare_whole_to_double(a.as_uint(), 0, two_to_64, b.as_double());
    return reversed(compare_numbers(b, a));
}

bool is_number(const Value& value) {
    return value.is(Kind::integer) || value.is(Kind::unsigned_integer) ||
           value.is(Kind::floating) || value.is(Kind::decimal);
}

bool equal_lists(const Value& a, const Value& b, std::int64_t& steps_left) {
    if (a.size() != b.size()) return false;
    for (std::size_t i = 0; i < a.size(); ++i)
        if (!equal(a.item(i), b.item(i), steps_left)) return false;
    return true;
}

bool equal_maps(const Value& a, const Value& b, std::int64_t& steps_left) {
    if (a.size() != b.size()) return false;
    for (std::size_t i = 0; i < a.size(); ++i) {
        Value found;
        if (!b.find(a.key_at(i), found) || !equal(a.value_at(i), found, steps_left)) return false;
    }
    return true;
}

bool equal_optionals(const Value& a, const Value& b, std::int64_t& steps_left) {
    if (!a.held() || !b.held()) return a.held() == b.held();
    return equal(*a.held(), *b.held(), steps_left);
}

bool equal_structs(const Value& a, const Value& b, std::int64_t& steps_left) {
    if (&a.struct_type() != &b.struct_type()) return false;
    if (a.object() == b.object()) return true;
    for (const Field& field : a.struct_type().fields)
        if (!equal(field.get(a.object()), field.get(b.object()), steps_left)) return false;
    return true;
}

}  // namespace

Ordering compare(const Value& a, const Value& b) {
    if (a.kind() != b.kind())
        return is_number(a) && is_number(b) ? compare_numbers(a, b) : Ordering::incomparable;
    switch (a.kind()) {
        case Kind::boolean: return order_of(a.as_bool(), b.as_bool());
        case Kind::integer: return order_of(a.as_int(), b.as_int());
        case Kind::unsigned_integer: return order_of(a.as_uint(), b.as_uint());
        case Kind::floating: return order_of(a.as_double(), b.as_double());
        case Kind::decimal: return order_of(a.as_decimal() <=> b.as_decimal());
        case Kind::string:
        case Kind::bytes: return order_of(a.as_text() <=> b.as_text());
        case Kind::timestamp: return order_of(a.as_timestamp_ns(), b.as_timestamp_ns());
        case Kind::duration: return order_of(a.as_duration_ns(), b.as_duration_ns());
        default: return Ordering::incomparable;
    }
}

bool equal(const Value& a, const Value& b) {
    std::int64_t steps_left = 1'000'000;
    return equal(a, b, steps_left);
}

bool equal(const Value& a, const Value& b, std::int64_t& steps_left) {
    if (--steps_left < 0) return false;
    if (a.kind() != b.kind())
        return is_number(a) && is_number(b) && compare_numbers(a, b) == Ordering::equal;
    switch (a.kind()) {
        case Kind::null: return true;
        case Kind::string:
        case Kind::bytes: return a.as_text() == b.as_text();
        case Kind::list: return equal_lists(a, b, steps_left);
        case Kind::map: return equal_maps(a, b, steps_left);
        case Kind::structure: return equal_structs(a, b, steps_left);
        case Kind::optional: return equal_optionals(a, b, steps_left);
        case Kind::type:
            return a.type_kind() == b.type_kind() && a.type_structure() == b.type_structure();
        default: return compare(a, b) == Ordering::equal;
    }
}

}  // namespace perennial::cel
