#include <re2/re2.h>

#include "cel/functions.hpp"
#include "cel/text.hpp"

namespace perennial::cel {
namespace {

bool both_text(std::span<const Value> arguments) {
    return arguments.size() == 2 && arguments[0].is(Kind::string) && arguments[1].is(Kind::string);
}

re2::StringPiece piece(std::string_view text) { return {text.data(), text.size()}; }

}  // namespace

Value call_size(Call& call, std::span<const Value> arguments) {
    if (arguments.size() != 1) return no_overload(call, "size", arguments);
    const Value& of = arguments[0];
    switch (of.kind()) {
        case Kind::string:
            call.charge(of.as_text().size());
            return Value::integer(count_code_points(of.as_text()));
        case Kind::bytes: return Value::integer(static_cast<std::int64_t>(of.as_text().size()));
        case Kind::list:
        case Kind::map: return Value::integer(static_cast<std::int64_t>(of.size()));
        default: return no_overload(call, "size", arguments);
    }
}

Value call_contains(Call& call, std::span<const Value> arguments) {
    if (!both_text(arguments)) return no_overload(call, "contains", arguments);
    call.charge(arguments[0].as_text().size());
    return Value::boolean(arguments[0].as_text().find(arguments[1].as_text()) !=
                          std::string_view::npos);
}

Value call_starts_with(Call& call, std::span<const Value> arguments) {
    if (!both_text(arguments)) return no_overload(call, "startsWith", arguments);
    return Value::boolean(arguments[0].as_text().starts_with(arguments[1].as_text()));
}

Value call_ends_with(Call& call, std::span<const Value> arguments) {
    if (!both_text(arguments)) return no_overload(call, "endsWith", arguments);
    return Value::boolean(arguments[0].as_text().ends_with(arguments[1].as_text()));
}

Value call_matches(Call& call, std::span<const Value> arguments) {
    if (!both_text(arguments)) return no_overload(call, "matches", arguments);
    call.charge(arguments[0].as_text().size());
    if (call.pattern)
        return Value::boolean(RE2::PartialMatch(piece(arguments[0].as_text()), *call.pattern));
    // Building an automaton costs far more than a node.
    call.charge(4096 + 64 * arguments[1].as_text().size());
    if (call.steps_left < 0) return call.fail("the step budget is used up");
    const RE2 pattern(piece(arguments[1].as_text()), RE2::Quiet);
    if (!pattern.ok()) return call.fail("matches(): bad pattern: {}", pattern.error());
    return Value::boolean(RE2::PartialMatch(piece(arguments[0].as_text()), pattern));
}

}  // namespace perennial::cel
