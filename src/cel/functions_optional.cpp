// Optionals: a value that may be missing, and what to take instead.
#include "cel/functions.hpp"

namespace perennial::cel {
namespace {

using Arguments = std::span<const Value>;

/// What a value of its type is when nothing was set.
bool is_zero(const Value& value) {
    switch (value.kind()) {
        case Kind::null:
            return true;
        case Kind::boolean:
            return !value.as_bool();
        case Kind::integer:
        case Kind::unsigned_integer:
        case Kind::duration:
            return value.as_uint() == 0;
        case Kind::floating:
            return value.as_double() == 0;
        case Kind::decimal:
            return value.as_decimal().coefficient() == 0;
        case Kind::string:
        case Kind::bytes:
            return value.as_text().empty();
        case Kind::timestamp:
            return value.as_timestamp_ns() == 0;
        case Kind::list:
        case Kind::map:
            return value.size() == 0;
        default:
            return false;
    }
}

bool is_optional(Arguments arguments, std::size_t count) {
    return arguments.size() == count && arguments[0].is(Kind::optional);
}

}  // namespace

Value call_optional_of(Call& call, Arguments arguments) {
    if (arguments.size() != 1) return no_overload(call, "optional.of", arguments);
    return call.optional_of(arguments[0]);
}

Value call_optional_of_non_zero(Call& call, Arguments arguments) {
    if (arguments.size() != 1) return no_overload(call, "optional.ofNonZeroValue", arguments);
    return is_zero(arguments[0]) ? Value::optional(nullptr) : call.optional_of(arguments[0]);
}

Value call_optional_none(Call& call, Arguments arguments) {
    if (!arguments.empty()) return no_overload(call, "optional.none", arguments);
    return Value::optional(nullptr);
}

Value call_has_value(Call& call, Arguments arguments) {
    if (!is_optional(arguments, 1)) return no_overload(call, "hasValue", arguments);
    return Value::boolean(arguments[0].held() != nullptr);
}

Value call_value(Call& call, Arguments arguments) {
    if (!is_optional(arguments, 1)) return no_overload(call, "value", arguments);
    if (arguments[0].held()) return *arguments[0].held();
    return call.fail("value(): there is none; write orValue(…) to say what stands for it");
}

Value call_or(Call& call, Arguments arguments) {
    if (!is_optional(arguments, 2) || !arguments[1].is(Kind::optional))
        return no_overload(call, "or", arguments);
    return arguments[0].held() ? arguments[0] : arguments[1];
}

Value call_or_value(Call& call, Arguments arguments) {
    if (!is_optional(arguments, 2)) return no_overload(call, "orValue", arguments);
    return arguments[0].held() ? *arguments[0].held() : arguments[1];
}

}  // namespace perennial::cel
