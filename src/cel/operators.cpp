#include "cel/functions.hpp"
#include "cel/text.hpp"

namespace perennial::cel {
namespace {

Value overflow(Call& call, std::string_view type) { return call.fail("{} overflow", type); }

Value whole_arithmetic(Operator op, Call& call, std::int64_t a, std::int64_t b) {
    std::int64_t result = 0;
    bool over = false;
    switch (op) {
        case Operator::add: over = __builtin_add_overflow(a, b, &result); break;
        case Operator::subtract: over = __builtin_sub_overflow(a, b, &result); break;
        case Operator::multiply: over = __builtin_mul_overflow(a, b, &result); break;
        case Operator::divide:
            if (b == 0) return call.fail("division by zero");
            over = a == INT64_MIN && b == -1;
            if (!over) result = a / b;
            break;
        default:
            if (b == 0) return call.fail("modulus by zero");
            over = a == INT64_MIN && b == -1;
            if (!over) result = a % b;
            break;
    }
    return over ? overflow(call, "int") : Value::integer(result);
}

Value unsigned_arithmetic(Operator op, Call& call, std::uint64_t a, std::uint64_t b) {
    std::uint64_t result = 0;
    bool over = false;
    switch (op) {
        case Operator::add: over = __builtin_add_overflow(a, b, &result); break;
        case Operator::subtract: over = __builtin_sub_overflow(a, b, &result); break;
        case Operator::multiply: over = __builtin_mul_overflow(a, b, &result); break;
        case Operator::divide:
            if (b == 0) return call.fail("division by zero");
            result = a / b;
            break;
        default:
            if (b == 0) return call.fail("modulus by zero");
            result = a % b;
            break;
    }
    return over ? overflow(call, "uint") : Value::unsigned_integer(result);
}

std::optional<Value> floating_arithmetic(Operator op, double a, double b) {
    switch (op) {
        case Operator::add: return Value::floating(a + b);
        case Operator::subtract: return Value::floating(a - b);
        case Operator::multiply: return Value::floating(a * b);
        case Operator::divide: return Value::floating(a / b);
        default: return std::nullopt;
    }
}

std::optional<Decimal> as_exact(const Value& value) {
    if (value.is(Kind::decimal)) return value.as_decimal();
    if (value.is(Kind::integer)) return Decimal(value.as_int());
    if (value.is(Kind::unsigned_integer)) return Decimal::make(value.as_uint(), 0);
    return std::nullopt;
}

std::optional<Value> decimal_arithmetic(Operator op, Call& call, const Value& left,
                                        const Value& right) {
    const auto a = as_exact(left);
    const auto b = as_exact(right);
    if (!a || !b || op == Operator::modulo) return std::nullopt;
    if (op == Operator::divide && b->coefficient() == 0) return call.fail("division by zero");
    const auto result = op == Operator::add        ? Decimal::add(*a, *b)
                        : op == Operator::subtract ? Decimal::add(*a, -*b)
                        : op == Operator::multiply ? Decimal::multiply(*a, *b)
                                                   : Decimal::divide(*a, *b);
    return result ? Value::decimal(*result) : overflow(call, "decimal");
}

Value joined_text(Call& call, const Value& left, const Value& right) {
    const std::string_view a = left.as_text();
    const std::string_view b = right.as_text();
    call.charge(a.size() + b.size());
    if (call.steps_left < 0) return call.fail("the step budget is used up");
    char* const to = static_cast<char*>(call.arena.take(a.size() + b.size()));
    std::copy(a.begin(), a.end(), to);
    std::copy(b.begin(), b.end(), to + a.size());
    const std::string_view text(to, a.size() + b.size());
    return left.is(Kind::string) ? Value::string(text) : Value::bytes(text);
}

Value joined_lists(Call& call, const Value& left, const Value& right) {
    const std::size_t size = left.size() + right.size();
    call.charge(32 * size);
    if (call.steps_left < 0 || size > UINT32_MAX) return call.fail("the step budget is used up");
    Value* const items = call.arena.make<Value>(size);
    for (std::size_t i = 0; i < left.size(); ++i) items[i] = left.item(i);
    for (std::size_t i = 0; i < right.size(); ++i) items[left.size() + i] = right.item(i);
    return Value::list({items, size});
}

Value moment_at(Call& call, int128 ns) {
    return is_timestamp_ns(ns) ? Value::timestamp_ns(ns)
                               : call.fail("the moment leaves the years 1 to 9999");
}

Value span_of(Call& call, int128 ns) {
    if (ns > INT64_MAX || ns < INT64_MIN) return call.fail("the duration is over 292 years");
    return Value::duration_ns(static_cast<std::int64_t>(ns));
}

std::optional<Value> time_arithmetic(Operator op, Call& call, const Value& left, const Value& right) {
    const bool add = op == Operator::add;
    if (!add && op != Operator::subtract) return std::nullopt;
    const Kind a = left.kind();
    const Kind b = right.kind();
    if (a == Kind::timestamp && b == Kind::duration) {
        const int128 span = right.as_duration_ns();
        return moment_at(call, left.as_timestamp_ns() + (add ? span : -span));
    }
    if (a == Kind::duration && b == Kind::timestamp && add)
        return moment_at(call, right.as_timestamp_ns() + left.as_duration_ns());
    if (a == Kind::duration && b == Kind::duration) {
        const int128 span = right.as_duration_ns();
        return span_of(call, left.as_duration_ns() + (add ? span : -span));
    }
    if (a == Kind::timestamp && b == Kind::timestamp && !add)
        return span_of(call, left.as_timestamp_ns() - right.as_timestamp_ns());
    return std::nullopt;
}

std::optional<Value> arithmetic(Operator op, Call& call, const Value& left, const Value& right) {
    if (left.is(Kind::decimal) || right.is(Kind::decimal))
        return decimal_arithmetic(op, call, left, right);
    if (left.is(Kind::timestamp) || left.is(Kind::duration))
        return time_arithmetic(op, call, left, right);
    if (left.kind() != right.kind()) return std::nullopt;
    switch (left.kind()) {
        case Kind::integer: return whole_arithmetic(op, call, left.as_int(), right.as_int());
        case Kind::unsigned_integer:
            return unsigned_arithmetic(op, call, left.as_uint(), right.as_uint());
        case Kind::floating: return floating_arithmetic(op, left.as_double(), right.as_double());
        case Kind::string:
        case Kind::bytes:
            if (op == Operator::add) return joined_text(call, left, right);
            return std::nullopt;
        case Kind::list:
            if (op == Operator::add) return joined_lists(call, left, right);
            return std::nullopt;
        default: return std::nullopt;
    }
}

std::optional<bool> ordered(Operator op, Ordering order) {
    if (order == Ordering::incomparable) return std::nullopt;
    switch (op) {
        case Operator::less: return order == Ordering::less;
        case Operator::less_equal: return order == Ordering::less || order == Ordering::equal;
        case Operator::greater: return order == Ordering::greater;
        default: return order == Ordering::greater || order == Ordering::equal;
    }
}

/// A whole number as an index, also a double or uint that means one (the spec's wish for dyn).
std::optional<std::int64_t> as_index(const Value& index) {
    if (index.is(Kind::integer)) return index.as_int();
    if (index.is(Kind::unsigned_integer) && index.as_uint() <= INT64_MAX)
        return static_cast<std::int64_t>(index.as_uint());
    if (index.is(Kind::floating) && index.as_double() >= 0 && index.as_double() < 4294967296.0) {
        const auto whole = static_cast<std::int64_t>(index.as_double());
        if (static_cast<double>(whole) == index.as_double()) return whole;
    }
    return std::nullopt;
}

std::size_t text_bytes(const Value& value) {
    return value.is(Kind::string) || value.is(Kind::bytes) ? value.as_text().size() : 0;
}

}  // namespace

Value apply(Operator op, Call& call, const Value& left, const Value& right) {
    if (left.is_error()) return left;
    if (right.is_error()) return right;
    switch (op) {
        case Operator::equal:
        case Operator::not_equal:
            call.charge(std::min(text_bytes(left), text_bytes(right)));
            return Value::boolean(equal(left, right, call.steps_left) == (op == Operator::equal));
        case Operator::less:
        case Operator::less_equal:
        case Operator::greater:
        case Operator::greater_equal:
            if (const auto answer = ordered(op, compare(left, right))) return Value::boolean(*answer);
            break;
        case Operator::in: return is_in(call, left, right);
        case Operator::index:
            return left.is(Kind::optional) ? optional_index_into(call, left, right)
                                           : index_into(call, left, right);
        case Operator::optional_index: return optional_index_into(call, left, right);
        default:
            if (const auto result = arithmetic(op, call, left, right)) return *result;
            break;
    }
    return call.fail("no such overload: {} {} {}{}", type_name(left), operator_text(op), type_name(right),
                     left.is_null() || right.is_null() ? null_hint : "");
}

Value apply(Operator op, Call& call, const Value& operand) {
    if (operand.is_error()) return operand;
    if (op == Operator::invert && operand.is(Kind::boolean)) return Value::boolean(!operand.as_bool());
    if (op == Operator::negate) {
        if (operand.is(Kind::integer)) {
            if (operand.as_int() == INT64_MIN) return overflow(call, "int");
            return Value::integer(-operand.as_int());
        }
        if (operand.is(Kind::floating)) return Value::floating(-operand.as_double());
        if (operand.is(Kind::decimal)) return Value::decimal(-operand.as_decimal());
        if (operand.is(Kind::duration)) return span_of(call, -int128{operand.as_duration_ns()});
    }
    return call.fail("no such overload: {}{}", operator_text(op), type_name(operand));
}

Value index_into(Call& call, const Value& operand, const Value& index) {
    if (operand.is(Kind::map)) {
        Value found;
        if (operand.find(index, found)) return found;
        if (index.is(Kind::string)) return call.fail("no such key: {}", index.as_text());
        return call.fail("no such key: {}", to_text(index));
    }
    if (!operand.is(Kind::list))
        return call.fail("no such overload: {}[{}]", type_name(operand), type_name(index));
    const auto at = as_index(index);
    if (!at) return call.fail("{} is no index of a list", to_text(index));
    if (*at < 0 || static_cast<std::uint64_t>(*at) >= operand.size())
        return call.fail("index {} is out of range: the list's size is {}", *at, operand.size());
    return operand.item(static_cast<std::size_t>(*at));
}

Value optional_index_into(Call& call, const Value& operand, const Value& index) {
    switch (operand.kind()) {
        case Kind::optional:
            return operand.held() ? optional_index_into(call, *operand.held(), index) : operand;
        case Kind::null: return Value::optional(nullptr);
        case Kind::map: {
            Value found;
            return operand.find(index, found) ? call.optional_of(found) : Value::optional(nullptr);
        }
        case Kind::list: {
            const auto at = as_index(index);
            if (!at) return call.fail("{} is no index of a list", to_text(index));
            if (*at < 0 || static_cast<std::uint64_t>(*at) >= operand.size())
                return Value::optional(nullptr);
            return call.optional_of(operand.item(static_cast<std::size_t>(*at)));
        }
        default:
            return call.fail("no such overload: {}[?{}]", type_name(operand), type_name(index));
    }
}

Value is_in(Call& call, const Value& item, const Value& range) {
    if (range.is(Kind::map)) {
        Value found;
        return Value::boolean(range.find(item, found));
    }
    if (!range.is(Kind::list))
        return call.fail("no such overload: {} in {}", type_name(item), type_name(range));
    for (std::size_t i = 0; i < range.size(); ++i)
        if (equal(item, range.item(i), call.steps_left)) return Value::boolean(true);
    return Value::boolean(false);
}

}  // namespace perennial::cel
