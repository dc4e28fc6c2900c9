#include "cel/evaluate.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace perennial::cel {
namespace {

constexpr std::string_view budget_message = "the step budget is used up; make the expression simpler";

bool holds(Operator op, std::int64_t a, std::int64_t b) {
    switch (op) {
        case Operator::equal: return a == b;
        case Operator::not_equal: return a != b;
        case Operator::less: return a < b;
        case Operator::less_equal: return a <= b;
        case Operator::greater: return a > b;
        default: return a >= b;
    }
}

bool has_items(const Value& range) { return range.is(Kind::list) || range.is(Kind::map); }

Truth truth_from(bool b) { return b ? Truth::yes : Truth::no; }

}  // namespace

template <bool traced>
Value Evaluator<traced>::value(std::uint32_t index) {
    const Value result = value_of(index, frame_.nodes[index]);
    if constexpr (traced) frame_.tracer->note(index, result);
    return result;
}

template <bool traced>
[[gnu::always_inline]] inline Truth Evaluator<traced>::truth(std::uint32_t index) {
    if constexpr (!traced) {
        // The leaves of nearly every condition, spared the call: half the time of a short condition.
        const Node& node = frame_.nodes[index];
        if (node.op == Op::slot_field_compare_int) {
            const Value& object = frame_.banks[node.bank][node.slot];
            if (object.is_structure(node.structure)) [[likely]]
                return truth_from(
                    holds(node.oper, node.get_int(object.object()), node.constant.as_int()));
        } else if (node.op == Op::slot_field_compare_text) {
            const Value& object = frame_.banks[node.bank][node.slot];
            if (object.is_structure(node.structure)) [[likely]]
                return truth_from(
                    (node.get_text(object.object()) == node.constant.as_text()) ==
                    (node.oper == Operator::equal));
        }
    }
    const Truth result = truth_of(index, frame_.nodes[index]);
    if constexpr (traced) frame_.tracer->note(index, wrap(result));
    return result;
}

template <bool traced>
Value Evaluator<traced>::fail(const Node& node, std::string_view message) {
    return call_for(node).fail_with(message);
}

template <bool traced>
Truth Evaluator<traced>::unwrap(const Node& node, const Value& value) {
    if (value.is(Kind::boolean)) return truth_from(value.as_bool());
    if (value.is_error()) return keep(value);
    return fail_truth(node, fmt::format("a condition must be true or false, but this is {}",
                                        to_text(value)));
}

template <bool traced>
Value Evaluator<traced>::value_of(std::uint32_t index, const Node& node) {
    switch (node.op) {
        case Op::constant: return node.constant;
        case Op::variable: return frame_.banks[node.bank][node.slot];
        case Op::field: return field_of(node, value(child(node, 0)));
        case Op::select: return select_of(node, value(child(node, 0)));
        case Op::optional_select: return optional_select_of(node, value(child(node, 0)));
        case Op::fail: return fail(node, node.constant.as_text());
        case Op::call: return call(node);
        case Op::optional_or: return optional_or(node);
        case Op::optional_item: return value(child(node, 0));
        case Op::unary: {
            Call with = call_for(node);
            return apply(node.oper, with, value(child(node, 0)));
        }
        case Op::binary: {
            const Value left = value(child(node, 0));
            const Value right = value(child(node, 1));
            Call with = call_for(node);
            return apply(node.oper, with, left, right);
        }
        case Op::conditional: return conditional(node);
        case Op::make_list: return make_list(node);
        case Op::make_map: return make_map(node);
        case Op::comprehension:
            if (!loops(node.macro)) return over_one(node);
            if (node.macro >= Macro::filter) return looped(node);
            return wrap(truth_of(index, node));
        case Op::slot_field: return field_of(node, frame_.banks[node.bank][node.slot]);
        default: return wrap(truth_of(index, node));
    }
}

template <bool traced>
Truth Evaluator<traced>::truth_of(std::uint32_t index, const Node& node) {
    switch (node.op) {
        case Op::logical_and: return logical(node, Truth::no);
        case Op::logical_or: return logical(node, Truth::yes);
        case Op::compare: return compare(node);
        case Op::has: return has(node);
        case Op::comprehension:
            if (node.macro == Macro::all || node.macro == Macro::exists)
                return node.pair ? quantified<true>(node) : quantified<false>(node);
            if (node.macro == Macro::exists_one)
                return node.pair ? exists_one<true>(node) : exists_one<false>(node);
            if (node.macro == Macro::bind) {
                if (!bind_one(node, value(child(node, 0)))) return Truth::error;
                return truth(child(node, 1));
            }
            return unwrap(node, value_of(index, node));
        case Op::slot_field_compare_int:
        case Op::slot_field_compare_text:
            return compare_constant(node, value_of(child(node, 0), frame_.nodes[child(node, 0)]));
        case Op::compare_int: {
            const Value left = value(child(node, 0));
            if (left.is(Kind::integer)) [[likely]]
                return truth_from(holds(node.oper, left.as_int(), node.constant.as_int()));
            return compare_constant(node, left);
        }
        case Op::compare_text: {
            const Value left = value(child(node, 0));
            if (left.is(Kind::string)) [[likely]]
                return truth_from((left.as_text() == node.constant.as_text()) ==
                                  (node.oper == Operator::equal));
            return compare_constant(node, left);
        }
        case Op::unary: {
            if (node.oper != Operator::invert) return unwrap(node, value_of(index, node));
            const Truth operand = truth(child(node, 0));
            if (operand == Truth::error) return operand;
            return truth_from(operand == Truth::no);
        }
        default: return unwrap(node, value_of(index, node));
    }
}

template <bool traced>
Truth Evaluator<traced>::compare_constant(const Node& node, const Value& left) {
    Call with = call_for(node);
    return unwrap(node, apply(node.oper, with, left, node.constant));
}

template <bool traced>
Truth Evaluator<traced>::compare(const Node& node) {
    const Value left = value(child(node, 0));
    const Value right = value(child(node, 1));
    if (left.is(Kind::integer) && right.is(Kind::integer))
        return truth_from(holds(node.oper, left.as_int(), right.as_int()));
    Call with = call_for(node);
    return unwrap(node, apply(node.oper, with, left, right));
}

template <bool traced>
std::string Evaluator<traced>::null_message(const Node& node, std::string_view name) const {
    const SourceRange operand = frame_.parts.plain[child(node, 0)].range;
    return fmt::format("{} is null and has no '{}'{}",
                       frame_.parts.source.substr(operand.offset, operand.length), name, null_hint);
}

template <bool traced>
Value Evaluator<traced>::field_of(const Node& node, const Value& operand) {
    // The type is looked at again: a getter of another struct would read foreign memory.
    if (operand.is_structure(node.structure)) [[likely]]
        return node.field->get(operand.object());
    return select_of(node, operand);
}

template <bool traced>
Value Evaluator<traced>::select_of(const Node& node, const Value& operand) {
    const std::string_view name = node.field ? std::string_view(node.field->name)
                                             : node.constant.as_text();
    switch (operand.kind()) {
        case Kind::error: return operand;
        case Kind::structure:
            if (const Field* field = operand.struct_type().find(name))
                return field->get(operand.object());
            return fail(node, fmt::format("{} has no field '{}'", operand.struct_type().name, name));
        case Kind::map: {
            Value found;
            if (operand.find(Value::string(name), found)) return found;
            return fail(node, fmt::format("no such key: {}", name));
        }
        case Kind::null: return fail(node, null_message(node, name));
        case Kind::optional:
            if (!operand.held()) return operand;
            if (operand.held()->is_null()) return fail(node, null_message(node, name));
            return optional_select_of(node, *operand.held());
        default:
            return fail(node, fmt::format("no such overload: {}.{}", type_name(operand), name));
    }
}

/// A field that is null and a key that is missing are none; so is all that is selected of null or none.
template <bool traced>
Value Evaluator<traced>::optional_select_of(const Node& node, const Value& operand) {
    const std::string_view name = node.field ? std::string_view(node.field->name)
                                             : node.constant.as_text();
    switch (operand.kind()) {
        case Kind::error: return operand;
        case Kind::null: return Value::optional(nullptr);
        case Kind::optional:
            return operand.held() ? optional_select_of(node, *operand.held()) : operand;
        case Kind::structure: {
            const Field* field = operand.struct_type().find(name);
            if (!field)
                return fail(node, fmt::format("{} has no field '{}'", operand.struct_type().name, name));
            const Value found = field->get(operand.object());
            return found.is_null() ? Value::optional(nullptr) : call_for(node).optional_of(found);
        }
        case Kind::map: {
            Value found;
            if (!operand.find(Value::string(name), found)) return Value::optional(nullptr);
            return call_for(node).optional_of(found);
        }
        default:
            return fail(node, fmt::format("no such overload: {}.?{}", type_name(operand), name));
    }
}

template <bool traced>
Truth Evaluator<traced>::has(const Node& node) {
    Value operand = value(child(node, 0));
    const std::string_view name = node.constant.as_text();
    while (operand.is(Kind::optional)) {
        if (!operand.held()) return Truth::no;
        operand = *operand.held();
    }
    switch (operand.kind()) {
        case Kind::error: return keep(operand);
        case Kind::structure: {
            const Field* field = operand.struct_type().find(name);
            if (!field)
                return fail_truth(node, fmt::format("{} has no field '{}'",
                                                    operand.struct_type().name, name));
            return truth_from(!field->get(operand.object()).is_null());
        }
        case Kind::map: {
            Value found;
            return truth_from(operand.find(Value::string(name), found));
        }
        case Kind::null: return fail_truth(node, null_message(node, name));
        default:
            return fail_truth(node, fmt::format("no such overload: has() of {}", type_name(operand)));
    }
}

template <bool traced>
Value Evaluator<traced>::call(const Node& node) {
    constexpr std::uint32_t usual_max = 4;
    Value usual[usual_max];
    Value* const arguments = node.count <= usual_max ? usual : frame_.arena.make<Value>(node.count);
    for (std::uint32_t i = 0; i < node.count; ++i) {
        arguments[i] = value(child(node, i));
        if (arguments[i].is_error()) return arguments[i];
    }
    Call with = call_for(node);
    const bool is_form = std::ranges::any_of(node.function->overloads, [&](const Overload& overload) {
        return overload.takes(node.count);
    });
    if (!is_form) return no_overload(with, node.function->name, {arguments, node.count});
    return node.function->run(with, {arguments, node.count});
}

template <bool traced>
Value Evaluator<traced>::optional_or(const Node& node) {
    Value arguments[2] = {value(child(node, 0)), Value()};
    if (arguments[0].is_error()) return arguments[0];
    if (!arguments[0].is(Kind::optional) || !arguments[0].held()) {
        arguments[1] = value(child(node, 1));
        if (arguments[1].is_error()) return arguments[1];
    } else {
        arguments[1] = arguments[0];  // not evaluated: what is there wins
    }
    Call with = call_for(node);
    return node.function->run(with, {arguments, 2});
}

template <bool traced>
Value Evaluator<traced>::make_list(const Node& node) {
    Value* const items = frame_.arena.make<Value>(node.count);
    std::uint32_t count = 0;
    for (std::uint32_t i = 0; i < node.count; ++i) {
        Value item = value(child(node, i));
        if (item.is_error()) return item;
        if (is_optional_item(child(node, i))) {
            if (!item.is(Kind::optional))
                return fail(node, fmt::format("after ? stands an optional, not {}", to_text(item)));
            if (!item.held()) continue;
            item = *item.held();
        }
        items[count++] = item;
    }
    return Value::list({items, count});
}

template <bool traced>
Value Evaluator<traced>::make_map(const Node& node) {
    MapEntry* const entries = frame_.arena.make<MapEntry>(node.count / 2);
    std::uint32_t size = 0;
    for (std::uint32_t i = 0; i < node.count; i += 2) {
        MapEntry entry;
        entry.key = value(child(node, i));
        if (entry.key.is_error()) return entry.key;
        entry.value = value(child(node, i + 1));
        if (entry.value.is_error()) return entry.value;
        if (is_optional_item(child(node, i + 1))) {
            if (!entry.value.is(Kind::optional))
                return fail(node, fmt::format("after ? stands an optional, not {}", to_text(entry.value)));
            if (!entry.value.held()) continue;
            entry.value = *entry.value.held();
        }
        const Value wrong = put(node, entry, {entries, size});
        if (wrong.is_error()) return wrong;
        entries[size++] = entry;
    }
    return Value::map({entries, size});
}

/// An error when the entry cannot join those.
template <bool traced>
Value Evaluator<traced>::put(const Node& node, const MapEntry& entry, std::span<const MapEntry> entries) {
    const Value& key = entry.key;
    if (!key.is(Kind::boolean) && !key.is(Kind::integer) && !key.is(Kind::unsigned_integer) &&
        !key.is(Kind::string))
        return fail(node, fmt::format("unsupported key type: {}", type_name(key)));
    for (const MapEntry& other : entries)
        if (equal(other.key, key, frame_.steps_left))
            return fail(node, fmt::format("the key {} stands twice", to_text(key)));
    return Value();
}

/// `&&` and `||`: an operand that decides wins over errors beside it, whatever their order.
template <bool traced>
Truth Evaluator<traced>::logical(const Node& node, Truth deciding) {
    bool failed = false;
    Value first_error;
    for (std::uint32_t i = 0; i < node.count; ++i) {
        const Truth operand = truth(child(node, i));
        if (operand == deciding) return deciding;
        if (operand != Truth::error || failed) continue;
        failed = true;
        first_error = frame_.error;
    }
    if (failed) return keep(first_error);
    return deciding == Truth::no ? Truth::yes : Truth::no;
}

template <bool traced>
Value Evaluator<traced>::conditional(const Node& node) {
    const Truth condition = truth(child(node, 0));
    if (condition == Truth::error) return frame_.error;
    return value(child(node, condition == Truth::yes ? 1 : 2));
}

template <bool traced>
Value Evaluator<traced>::no_range(const Node& node, const Value& range) {
    if (range.is_error()) return range;
    return fail(node, fmt::format("no such overload: {} is neither a list nor a map", type_name(range)));
}

template <bool traced>
bool Evaluator<traced>::spend(const Node& node, std::uint64_t steps) {
    frame_.steps_left -= static_cast<std::int64_t>(steps);
    if (frame_.steps_left >= 0) [[likely]] return true;
    frame_.error = fail(node, budget_message);
    return false;
}

template <bool traced>
template <bool pair>
[[gnu::always_inline]] inline bool Evaluator<traced>::bind(const Node& node, const Value& range, std::size_t index,
                             std::uint32_t steps) {
    frame_.steps_left -= steps;
    if (frame_.steps_left < 0) [[unlikely]] {
        frame_.error = fail(node, budget_message);
        return false;
    }
    if constexpr (pair) {
        const bool is_list = range.is(Kind::list);
        Value* const key = frame_.locals + node.slot;
        key[0] = is_list ? Value::integer(static_cast<std::int64_t>(index)) : range.key_at(index);
        key[1] = is_list ? range.item(index) : range.value_at(index);
        if constexpr (traced) frame_.tracer->bind_pair(node, key[0], key[1]);
        return true;
    }
    // Made in place: assigning would copy it in wider pieces than it was written in, which stalls.
    Value* const item = frame_.locals + node.slot;
    if (range.is(Kind::list)) ::new (static_cast<void*>(item)) Value(range.item(index));
    else ::new (static_cast<void*>(item)) Value(range.key_at(index));
    if constexpr (traced) frame_.tracer->bind(node, index, *item, range.is(Kind::map));
    return true;
}

template <bool traced>
template <bool pair>
Truth Evaluator<traced>::quantified(const Node& node) {
    const Value range = value(child(node, 0));
    if (!has_items(range)) return keep(no_range(node, range));
    const std::uint32_t body = child(node, 1);
    const std::uint32_t steps = frame_.nodes[body].steps + 1;
    const Truth deciding = node.macro == Macro::all ? Truth::no : Truth::yes;
    const std::size_t size = range.size();
    bool failed = false;
    Value first_error;
    Truth result = deciding == Truth::no ? Truth::yes : Truth::no;
    for (std::size_t i = 0; i < size; ++i) {
        if (!bind<pair>(node, range, i, steps)) return Truth::error;
        const Truth one = truth(body);
        if (one == deciding) {
            result = one;
            failed = false;
            break;
        }
        if (one != Truth::error || failed) continue;
        failed = true;
        first_error = frame_.error;
    }
    if constexpr (traced) frame_.tracer->unbind(node);
    return failed ? keep(first_error) : result;
}

template <bool traced>
template <bool pair>
Truth Evaluator<traced>::exists_one(const Node& node) {
    const Value range = value(child(node, 0));
    if (!has_items(range)) return keep(no_range(node, range));
    const std::uint32_t body = child(node, 1);
    const std::uint32_t steps = frame_.nodes[body].steps + 1;
    std::size_t found = 0;
    for (std::size_t i = 0; i < range.size(); ++i) {
        if (!bind<pair>(node, range, i, steps)) return Truth::error;
        const Truth one = truth(body);
        if (one == Truth::error) return one;
        found += one == Truth::yes;
    }
    if constexpr (traced) frame_.tracer->unbind(node);
    return truth_from(found == 1);
}

template <bool traced>
template <bool pair>
Value Evaluator<traced>::collect(const Node& node) {
    const Value range = value(child(node, 0));
    if (!has_items(range)) return no_range(node, range);
    const bool filters = node.macro == Macro::filter || has_filter(node.macro);
    const std::uint32_t body = child(node, 1);
    const std::uint32_t transform = has_filter(node.macro) ? child(node, 2) : body;
    const std::uint32_t steps = frame_.nodes[body].steps + frame_.nodes[transform].steps + 1;
    // Charged before it is taken: the list of results has room for every item.
    frame_.steps_left -= static_cast<std::int64_t>(range.size());
    if (frame_.steps_left < 0) return fail(node, budget_message);
    Value* const items = frame_.arena.make<Value>(range.size());
    std::size_t count = 0;
    for (std::size_t i = 0; i < range.size(); ++i) {
        if (!bind<pair>(node, range, i, steps)) return frame_.error;
        if (filters) {
            const Truth keeps = truth(body);
            if (keeps == Truth::error) return frame_.error;
            if (keeps == Truth::no) continue;
        }
        items[count] = node.macro == Macro::filter ? frame_.locals[node.slot] : value(transform);
        if (items[count].is_error()) return items[count];
        ++count;
    }
    if constexpr (traced) frame_.tracer->unbind(node);
    return Value::list({items, count});
}

/// transformMap(), transformMapEntry().
template <bool traced>
template <bool pair>
Value Evaluator<traced>::collect_map(const Node& node) {
    const Value range = value(child(node, 0));
    if (!has_items(range)) return no_range(node, range);
    const bool filters = has_filter(node.macro);
    const bool whole = node.macro == Macro::transform_entry || node.macro == Macro::transform_entry_filter;
    const std::uint32_t body = child(node, 1);
    const std::uint32_t transform = filters ? child(node, 2) : body;
    const std::uint32_t steps = frame_.nodes[body].steps + frame_.nodes[transform].steps + 1;
    std::vector<MapEntry> entries;
    for (std::size_t i = 0; i < range.size(); ++i) {
        if (!bind<pair>(node, range, i, steps)) return frame_.error;
        if (filters) {
            const Truth keeps = truth(body);
            if (keeps == Truth::error) return frame_.error;
            if (keeps == Truth::no) continue;
        }
        const Value made = value(transform);
        if (made.is_error()) return made;
        if (!whole) {
            entries.push_back({frame_.locals[node.slot], made});
            if (!spend(node, 1)) return frame_.error;
            continue;
        }
        if (!made.is(Kind::map))
            return fail(node, fmt::format("transformMapEntry() needs a map, but this is {}", to_text(made)));
        for (std::size_t k = 0; k < made.size(); ++k) {
            if (!spend(node, 1)) return frame_.error;
            const MapEntry entry{made.key_at(k), made.value_at(k)};
            const Value wrong = put(node, entry, entries);
            if (wrong.is_error()) return wrong;
            entries.push_back(entry);
        }
    }
    if constexpr (traced) frame_.tracer->unbind(node);
    MapEntry* const kept = frame_.arena.make<MapEntry>(entries.size());
    std::ranges::copy(entries, kept);
    return Value::map({kept, entries.size()});
}

/// The comprehensions that make a list or a map.
template <bool traced>
Value Evaluator<traced>::looped(const Node& node) {
    if (makes_map(node.macro)) return collect_map<true>(node);
    return node.pair ? collect<true>(node) : collect<false>(node);
}

/// The variable may hold an error, which counts where the variable is read.
template <bool traced>
bool Evaluator<traced>::bind_one(const Node& node, const Value& value) {
    if (!spend(node, frame_.nodes[child(node, 1)].steps)) return false;
    frame_.locals[node.slot] = value;
    if constexpr (traced) frame_.tracer->bind_value(node);
    return true;
}

/// cel.bind(), optMap(), optFlatMap().
template <bool traced>
Value Evaluator<traced>::over_one(const Node& node) {
    const Value over = value(child(node, 0));
    if (node.macro == Macro::bind) {
        if (!bind_one(node, over)) return frame_.error;
        return value(child(node, 1));
    }
    if (over.is_error()) return over;
    if (!over.is(Kind::optional))
        return fail(node, fmt::format("no such overload: {} is no optional", type_name(over)));
    if (!over.held()) return over;
    if (!bind_one(node, *over.held())) return frame_.error;
    const Value made = value(child(node, 1));
    if (made.is_error()) return made;
    if (node.macro == Macro::opt_map) return call_for(node).optional_of(made);
    if (made.is(Kind::optional)) return made;
    return fail(node, fmt::format("optFlatMap() needs an optional, but this is {}", to_text(made)));
}

namespace {

/// What the compiler could not know about a result of dyn or of an optional fact.
Value checked_result(const ProgramParts& parts, Frame& frame, const Value& result) {
    const Node& root = parts.plain[parts.root];
    Call call{frame.arena, frame.steps_left, root.range};
    if (frame.steps_left < 0) return call.fail_with(budget_message);
    if (result.is_error() || parts.result == ResultType::any) return result;
    if (parts.result == ResultType::boolean && !result.is(Kind::boolean))
        return call.fail("a condition must be true or false, but this is {}", to_text(result));
    if (parts.result == ResultType::value && !result.is(Kind::integer))
        return call.fail("the result must be an int, but this is {}", to_text(result));
    if (parts.result == ResultType::value && !fits(result.as_int()))
        return call.fail("{} is out of the range of points and money", result.as_int());
    return result;
}

}  // namespace

Value Program::evaluate(std::span<const Value> variables, Arena& arena, Trace* trace,
                        const EvaluateOptions& options) const {
    const ProgramParts& parts = *parts_;
    CHECK(variables.size() >= parts.variable_names.size());
    constexpr std::uint32_t usual_max = 8;
    // Raw: each is written by its comprehension before anything reads it.
    alignas(Value) std::byte usual[usual_max * sizeof(Value)];
    Value* const locals = parts.locals <= usual_max ? reinterpret_cast<Value*>(usual)
                                                    : arena.make<Value>(parts.locals);
    const auto steps_max =
        static_cast<std::int64_t>(std::min<std::uint64_t>(options.steps_max, INT64_MAX));
    Frame frame{parts,
                trace ? parts.plain.data() : parts.fast.data(),
                {variables.data(), locals},
                locals,
                arena,
                steps_max - parts.plain[parts.root].steps};
    if (!trace) {
        Evaluator<false> evaluator(frame);
        const bool is_condition = parts.result == ResultType::boolean;
        if (!is_condition) return checked_result(parts, frame, evaluator.value(parts.root));
        const Truth truth = evaluator.truth(parts.root);
        if (truth == Truth::error || frame.steps_left < 0)
            return checked_result(parts, frame, frame.error);
        return Value::boolean(truth == Truth::yes);
    }
    Tracer tracer(parts, *trace);
    frame.tracer = &tracer;
    return checked_result(parts, frame, Evaluator<true>(frame).value(parts.root));
}

Value evaluate_constant(const ProgramParts& parts, std::uint32_t node, Arena& arena) {
    constexpr std::int64_t steps_max = 10'000;
    Frame frame{parts, parts.fast.data(), {nullptr, nullptr}, nullptr, arena, steps_max};
    const Value value = Evaluator<false>(frame).value(node);
    Call call{arena, frame.steps_left, parts.plain[node].range};
    return frame.steps_left < 0 ? call.fail_with(budget_message) : value;
}

}  // namespace perennial::cel
