#include "cel/checker.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "cel/functions.hpp"

namespace perennial::cel {
namespace {

constexpr std::size_t errors_max = 20;

/// A name bound by a comprehension.
struct Local {
    std::string name;
    Type type;
    std::string path;  // "order.items[]", or "" when the range is no fact
};

bool mixes_exact(const Type& a, const Type& b) {
    return (a.kind == Kind::decimal && b.kind == Kind::integer) ||
           (a.kind == Kind::integer && b.kind == Kind::decimal);
}

class Checker {
  public:
    Checker(Tree& tree, const Environment& environment, const CompileOptions& options,
            std::string_view source)
        : tree_(tree), environment_(environment), options_(options), source_(source) {}

    CheckResult whole() {
        check(tree_.root);
        check_result(tree_.nodes[tree_.root]);
        result_.reads.assign(reads_.begin(), reads_.end());
        return std::move(result_);
    }

  private:
    Ast& node(AstIndex index) { return tree_.nodes[index]; }
    bool strict() const { return options_.typing == Typing::strict; }
    std::string text_of(SourceRange range) const {
        return std::string(source_.substr(range.offset, range.length));
    }

    /// A mistake of types: what the evaluation will find out by itself when typing is dynamic.
    Type mistake(SourceRange range, std::string message) {
        if (strict() && result_.errors.size() < errors_max)
            result_.errors.push_back({range, std::move(message)});
        return Kind::dyn;
    }
    /// A name that means nothing.
    Type unknown(Ast& at, SourceRange range, std::string message) {
        at.mistake = message;
        return mistake(range, std::move(message));
    }

    /// `extended`: the parent reads a part of this node, so that its path is not yet whole.
    const Type& check(AstIndex index, bool extended = false);
    Type check_node(Ast& at, bool extended);
    Type check_name(Ast& at, bool extended);
    Type check_select(Ast& at, bool extended);
    Type check_optional_item(Ast& at);
    Type field_type(Ast& at, const Type& operand);
    Type check_call(Ast& at);
    void resolve_family(Ast& at);
    void check_format(const Ast& at);
    Type check_unary(Ast& at);
    Type check_binary(Ast& at, bool extended);
    Type check_logical(Ast& at);
    Type check_conditional(Ast& at);
    Type check_list(Ast& at);
    Type check_map(Ast& at);
    Type check_comprehension(Ast& at);
    Type check_over_one(Ast& at);
    std::uint32_t add_local(Local local);
    void check_result(Ast& root);
    std::string operator_mistake(const Ast& at, const Type& left, const Type& right);
    std::string overload_mistake(const Ast& at, const Function& function);
    std::string double_hint(const Ast& at);
    std::optional<Value> type_constant(const Ast& at) const;
    std::optional<std::string> dotted_name(const Ast& at) const;
    const Local* find_local(std::string_view name) const;
    std::string path_of(const Ast& at) const;
    void note_read(const Ast& at) {
        if (std::string path = path_of(at); !path.empty()) reads_.insert(std::move(path));
    }

    Tree& tree_;
    const Environment& environment_;
    const CompileOptions& options_;
    std::string_view source_;
    CheckResult result_;
    std::vector<Local> locals_;
    std::set<std::string> reads_;
};

const Type& Checker::check(AstIndex index, bool extended) {
    Type type = check_node(node(index), extended);
    node(index).type = std::move(type);
    return node(index).type;
}

Type Checker::check_node(Ast& at, bool extended) {
    switch (at.kind) {
        case AstKind::literal: return at.value.kind();
        case AstKind::name: return check_name(at, extended);
        case AstKind::select:
        case AstKind::optional_select: return check_select(at, extended);
        case AstKind::has: check_select(at, false); return Kind::boolean;
        case AstKind::call: return check_call(at);
        case AstKind::unary: return check_unary(at);
        case AstKind::binary: return check_binary(at, extended);
        case AstKind::logical_and:
        case AstKind::logical_or: return check_logical(at);
        case AstKind::conditional: return check_conditional(at);
        case AstKind::list: return check_list(at);
        case AstKind::map: return check_map(at);
        case AstKind::optional_item: return check_optional_item(at);
        case AstKind::comprehension: return check_comprehension(at);
    }
    return Kind::dyn;
}

const Local* Checker::find_local(std::string_view name) const {
    for (std::size_t i = locals_.size(); i-- > 0;)
        if (locals_[i].name == name) return &locals_[i];
    return nullptr;
}

std::optional<std::string> Checker::dotted_name(const Ast& at) const {
    if (at.kind == AstKind::name) return at.name;
    if (at.kind != AstKind::select) return std::nullopt;
    const auto before = dotted_name(tree_.nodes[at.children[0]]);
    if (!before) return std::nullopt;
    return *before + "." + at.name;
}

std::optional<Value> Checker::type_constant(const Ast& at) const {
    const auto name = dotted_name(at);
    if (!name) return std::nullopt;
    using enum Kind;
    for (const Kind kind : {null, boolean, integer, unsigned_integer, floating, decimal, string, bytes,
                            timestamp, duration, list, map, type, optional})
        if (*name == kind_name(kind)) return Value::type(kind);
    return std::nullopt;
}

Type Checker::check_name(Ast& at, bool extended) {
    if (const Local* local = find_local(at.name)) {
        at.is_local = true;
        at.slot = static_cast<std::uint32_t>(local - locals_.data());
        if (!extended) note_read(at);
        return local->type;
    }
    const auto variables = environment_.variables();
    for (std::size_t slot = 0; slot < variables.size(); ++slot) {
        if (variables[slot].name != at.name) continue;
        at.slot = static_cast<std::uint32_t>(slot);
        if (!extended) note_read(at);
        return variables[slot].type;
    }
    if (const auto constant = type_constant(at)) {
        at.kind = AstKind::literal;
        at.value = *constant;
        return Kind::type;
    }
    std::vector<std::string_view> names;
    // A variable with a name that cannot be written is there for its slot only.
    for (const Variable& variable : variables)
        if (variable.name != "-") names.push_back(variable.name);
    for (const Local& local : locals_) names.push_back(local.name);
    const std::string_view meant = closest(at.name, names);
    if (!meant.empty())
        return unknown(at, at.name_range,
                       fmt::format("unknown name '{}'; did you mean '{}'?", at.name, meant));
    if (names.empty() || names.size() > 12)
        return unknown(at, at.name_range,
                       fmt::format("unknown name '{}'; for a text, write it in quotes", at.name));
    return unknown(at, at.name_range,
                   fmt::format("unknown name '{}'; known here: {}; for a text, write it in quotes",
                               at.name, fmt::join(names, ", ")));
}

Type Checker::check_select(Ast& at, bool extended) {
    const auto is_known_root = [&] {
        const Ast* root = &at;
        while (root->kind == AstKind::select) root = &node(root->children[0]);
        return root->kind != AstKind::name || find_local(root->name) ||
               std::ranges::any_of(environment_.variables(),
                                   [&](const Variable& v) { return v.name == root->name; });
    };
    if (const auto constant = type_constant(at); constant && !is_known_root()) {
        at.kind = AstKind::literal;
        at.value = *constant;
        return Kind::type;
    }
    const Type operand = check(at.children[0], true);
    if (!extended) note_read(at);
    if (operand.kind != Kind::optional && at.kind != AstKind::optional_select)
        return field_type(at, operand);
    // What is selected of an optional is one too. A null fact is none.
    Type field = field_type(at, operand.kind == Kind::optional ? operand.element_type() : operand);
    field.nullable = false;
    return at.kind == AstKind::has ? Type(Kind::boolean) : Type::optional(std::move(field));
}

Type Checker::field_type(Ast& at, const Type& operand) {
    if (operand.is_dyn()) return Kind::dyn;
    if (operand.kind == Kind::map) {
        if (!may_equal(operand.key_type(), Kind::string))
            return mistake(at.name_range, fmt::format("the keys of this map are {}, so .{} is never there",
                                                      operand.key_type().name(), at.name));
        return operand.element_type();
    }
    const std::string operand_text = text_of(node(at.children[0]).range);
    if (operand.kind != Kind::structure)
        return mistake(at.name_range, fmt::format("{} is {} and has no field '{}'", operand_text,
                                                  operand.name(), at.name));
    at.field = operand.structure->find(at.name);
    if (at.field) return at.field->type;
    std::vector<std::string_view> names;
    for (const Field& field : operand.structure->fields) names.push_back(field.name);
    const std::string_view meant = closest(at.name, names);
    const std::string hint = meant.empty() ? fmt::format("it has {}", fmt::join(names, ", "))
                                           : fmt::format("did you mean '{}'?", meant);
    return unknown(at, at.name_range,
                   fmt::format("{} has no field '{}'; {}", operand.structure->name, at.name, hint));
}

std::string Checker::path_of(const Ast& at) const {
    switch (at.kind) {
        case AstKind::name: {
            if (const Local* local = find_local(at.name)) return local->path;
            return at.name;
        }
        case AstKind::select:
        case AstKind::optional_select:
        case AstKind::has: {
            const std::string operand = path_of(tree_.nodes[at.children[0]]);
            return operand.empty() ? operand : operand + "." + at.name;
        }
        case AstKind::binary: {
            if (at.op != Operator::index && at.op != Operator::optional_index) return {};
            const std::string operand = path_of(tree_.nodes[at.children[0]]);
            const Ast& index = tree_.nodes[at.children[1]];
            if (operand.empty()) return operand;
            if (index.kind == AstKind::literal && index.value.is(Kind::string))
                return fmt::format("{}.{}", operand, index.value.as_text());
            return operand + "[]";
        }
        default: return {};
    }
}

Type Checker::check_unary(Ast& at) {
    const Type operand = check(at.children[0]);
    if (operand.is_dyn()) return at.op == Operator::invert ? Type(Kind::boolean) : operand;
    const bool fits = at.op == Operator::invert
                          ? operand.kind == Kind::boolean
                          : operand.kind == Kind::integer || operand.kind == Kind::floating ||
                                operand.kind == Kind::decimal || operand.kind == Kind::duration;
    if (fits) return operand.kind;
    return mistake(at.range, fmt::format("{} needs {}, but {} is {}", operator_text(at.op),
                                         at.op == Operator::invert ? "a bool" : "a signed number",
                                         text_of(node(at.children[0]).range), operand.name()));
}

Type Checker::check_binary(Ast& at, bool extended) {
    const bool is_index = at.op == Operator::index || at.op == Operator::optional_index;
    const Type left = check(at.children[0], is_index);
    const Type right = check(at.children[1]);
    if (is_index && !extended) note_read(at);
    if (is_index && (left.kind == Kind::optional || at.op == Operator::optional_index)) {
        const Type operand = left.kind == Kind::optional ? left.element_type() : left;
        if (const auto type = operator_type(Operator::index, operand, right)) return Type::optional(*type);
        return mistake(at.range, operator_mistake(at, operand, right));
    }
    if (const auto type = operator_type(at.op, left, right)) return *type;
    std::string wrong = operator_mistake(at, left, right);
    if (left.kind == Kind::optional || right.kind == Kind::optional)
        wrong += "; write .orValue(…) to say what stands for a missing one";
    return mistake(at.range, std::move(wrong));
}

std::string Checker::double_hint(const Ast& at) {
    for (const AstIndex child : at.children) {
        const Ast& operand = node(child);
        if (operand.kind == AstKind::literal && operand.value.is(Kind::floating))
            return fmt::format("write decimal(\"{0}\") instead of {0}", text_of(operand.range));
    }
    return "use decimal(\"…\") for numbers with a fraction";
}

std::string Checker::operator_mistake(const Ast& at, const Type& left, const Type& right) {
    const std::string left_text = text_of(node(at.children[0]).range);
    const std::string right_text = text_of(node(at.children[1]).range);
    const bool is_index = at.op == Operator::index || at.op == Operator::optional_index;
    if (is_index && left.kind != Kind::list && left.kind != Kind::map)
        return fmt::format("{} is {}; only lists and maps have [ ]", left_text, left.name());
    if (is_index)
        return fmt::format("{} is {}; [ ] of {} takes {}", right_text, right.name(), left.name(),
                           left.kind == Kind::list ? "an int" : left.key_type().name());
    if (at.op == Operator::in && right.kind != Kind::list && right.kind != Kind::map)
        return fmt::format("{} is {}; 'in' looks into a list or the keys of a map", right_text,
                           right.name());
    if (at.op == Operator::in)
        return fmt::format("{} is {} and {} is {}: it is never in there", left_text, left.name(),
                           right_text, right.name());
    if (at.op == Operator::equal || at.op == Operator::not_equal)
        return fmt::format("{} is {} and {} is {}: they are never equal", left_text, left.name(),
                           right_text, right.name());
    const bool has_double = left.kind == Kind::floating || right.kind == Kind::floating;
    if (left.is_number() && right.is_number() && has_double && left.kind != right.kind)
        return fmt::format("{} {} {}: a double does not mix with other numbers; {}", left.name(),
                           operator_text(at.op), right.name(), double_hint(at));
    return fmt::format("there is no {} {} {}: {} is {}, {} is {}", left.name(), operator_text(at.op),
                       right.name(), left_text, left.name(), right_text, right.name());
}

Type Checker::check_logical(Ast& at) {
    for (const AstIndex child : at.children) {
        const Type type = check(child);
        if (type.is_dyn() || type.kind == Kind::boolean) continue;
        mistake(node(child).range,
                fmt::format("{} needs conditions on both sides, but {} is {}",
                            at.kind == AstKind::logical_and ? "&&" : "||", text_of(node(child).range),
                            type.name()));
    }
    return Kind::boolean;
}

Type Checker::check_conditional(Ast& at) {
    const Type condition = check(at.children[0]);
    if (!condition.is_dyn() && condition.kind != Kind::boolean)
        mistake(node(at.children[0]).range,
                fmt::format("before ? stands a condition, but {} is {}",
                            text_of(node(at.children[0]).range), condition.name()));
    const Type then = check(at.children[1]);
    const Type otherwise = check(at.children[2]);
    if (then.is_dyn() || otherwise.is_dyn()) return Kind::dyn;
    if (mixes_exact(then, otherwise)) return Kind::decimal;
    Type joined = join(then, otherwise);
    if (!joined.is_dyn()) return joined;
    return mistake(at.range, fmt::format("both sides of : must have one type, but {} is {} and {} is {}",
                                         text_of(node(at.children[1]).range), then.name(),
                                         text_of(node(at.children[2]).range), otherwise.name()));
}

Type Checker::check_list(Ast& at) {
    if (at.children.empty()) return Type::list(Type::unsaid());
    Type element = check(at.children[0]);
    for (const AstIndex child : at.children) {
        if (child == at.children[0]) continue;
        const Type& next = check(child);
        element = join(element, next);
    }
    return Type::list(std::move(element));
}

Type Checker::check_map(Ast& at) {
    if (at.children.empty()) return Type::map(Type::unsaid(), Type::unsaid());
    Type key;
    Type element;
    for (std::size_t i = 0; i < at.children.size(); i += 2) {
        const Type next_key = check(at.children[i]);
        const Type next_element = check(at.children[i + 1]);
        using enum Kind;
        constexpr Kind keys[] = {boolean, integer, unsigned_integer, string, dyn};
        if (std::ranges::find(keys, next_key.kind) == std::end(keys))
            mistake(node(at.children[i]).range,
                    fmt::format("a map's key is a text, a whole number or a bool, not {}",
                                next_key.name()));
        key = i == 0 ? next_key : join(key, next_key);
        element = i == 0 ? next_element : join(element, next_element);
    }
    return Type::map(std::move(key), std::move(element));
}

Type Checker::check_optional_item(Ast& at) {
    const Type type = check(at.children[0]);
    if (type.is_dyn()) return Kind::dyn;
    if (type.kind == Kind::optional) return type.element_type();
    return mistake(at.range, fmt::format("after ? stands an optional, but {} is {}; leave out the ?",
                                         text_of(at.range), type.name()));
}

std::uint32_t Checker::add_local(Local local) {
    locals_.push_back(std::move(local));
    result_.locals = std::max(result_.locals, static_cast<std::uint32_t>(locals_.size()));
    return static_cast<std::uint32_t>(locals_.size() - 1);
}

/// cel.bind(), optMap(), optFlatMap().
Type Checker::check_over_one(Ast& at) {
    const bool is_bind = at.macro == Macro::bind;
    const Type over = check(at.children[0], is_bind);
    // A whole struct is read by its fields only.
    if (is_bind && over.kind != Kind::structure) note_read(node(at.children[0]));
    const std::string macro_name = text_of(at.name_range);
    if (!is_bind && over.kind != Kind::optional && !over.is_dyn())
        mistake(node(at.children[0]).range,
                fmt::format("{}() goes over an optional, but {} is {}", macro_name,
                            text_of(node(at.children[0]).range), over.name()));
    at.slot = add_local({at.name, is_bind ? over : over.element_type(), path_of(node(at.children[0]))});
    const Type body = check(at.children[1]);
    locals_.pop_back();
    if (is_bind) return body;
    if (at.macro == Macro::opt_map) return Type::optional(body);
    if (body.kind == Kind::optional || body.is_dyn()) return body;
    return mistake(node(at.children[1]).range,
                   fmt::format("optFlatMap() needs an optional, but {} is {}; write optMap()",
                               text_of(node(at.children[1]).range), body.name()));
}

Type Checker::check_comprehension(Ast& at) {
    if (!loops(at.macro)) return check_over_one(at);
    const Type range = check(at.children[0]);
    const bool loops = range.kind == Kind::list || range.kind == Kind::map || range.is_dyn();
    const std::string macro_name = text_of(at.name_range);
    if (!loops)
        mistake(node(at.children[0]).range,
                fmt::format("{}() goes over a list or a map, but {} is {}", macro_name,
                            text_of(node(at.children[0]).range), range.name()));
    const std::string path = path_of(node(at.children[0]));
    const bool is_map = range.kind == Kind::map;
    const bool is_pair = !at.second_name.empty();
    const std::string item_path = path.empty() ? "" : path + "[]";
    const Type key = is_map ? range.key_type() : range.is_dyn() ? Type() : Type(Kind::integer);
    const Type item = is_map && !is_pair ? key : range.element_type();
    at.slot = add_local({at.name, is_pair ? key : item, is_pair || is_map ? "" : item_path});
    if (is_pair) add_local({at.second_name, item, item_path});
    const bool has_predicate = at.macro < Macro::map || has_filter(at.macro);
    const Type body = check(at.children[1]);
    const Type transform = has_filter(at.macro) ? check(at.children[2]) : body;
    locals_.resize(locals_.size() - (is_pair ? 2 : 1));
    if (has_predicate && !body.is_dyn() && body.kind != Kind::boolean)
        mistake(node(at.children[1]).range,
                fmt::format("{}() needs a condition, but {} is {}", macro_name,
                            text_of(node(at.children[1]).range), body.name()));
    switch (at.macro) {
        case Macro::filter: return Type::list(item);
        case Macro::map:
        case Macro::map_filter:
        case Macro::transform_list:
        case Macro::transform_list_filter: return Type::list(transform);
        case Macro::transform_map:
        case Macro::transform_map_filter: return Type::map(key, transform);
        case Macro::transform_entry:
        case Macro::transform_entry_filter:
            if (transform.kind == Kind::map || transform.is_dyn()) return transform;
            return mistake(node(at.children.back()).range,
                           fmt::format("transformMapEntry() needs a map, but {} is {}",
                                       text_of(node(at.children.back()).range), transform.name()));
        default: return Kind::boolean;
    }
}

/// Makes one type of what T was so far and what it is here; false when none holds both.
bool unify(std::optional<Type>& t, const Type& here, bool number) {
    if (!t) {
        t = here;
        return true;
    }
    if (mixes_exact(*t, here)) {
        t = Kind::decimal;
        return true;
    }
    const bool either_dyn = (t->is_dyn() && !t->open) || (here.is_dyn() && !here.open);
    const Type joined = join(*t, here);
    if (joined.is_dyn() && !joined.open && !either_dyn && !number) return false;
    t = joined;
    return true;
}

bool fits(const Shape& shape, const Type& given, std::optional<Type>& t) {
    using Generic = Shape::Generic;
    const auto may_be_number = [&](const Type& type) {
        return !shape.number || type.is_dyn() || type.is_number();
    };
    if (shape.generic == Generic::t) return may_be_number(given) && unify(t, given, shape.number);
    if (shape.kind != Kind::dyn && !given.is_dyn() && shape.kind != given.kind) return false;
    const Type element = given.is_dyn() ? Type() : given.element_type();
    if (shape.generic == Generic::holds_t) return may_be_number(element) && unify(t, element, shape.number);
    return shape.element == Kind::dyn || element.is_dyn() || element.kind == shape.element;
}

/// The result's type when the call is of this form.
std::optional<Type> overload_result(const Overload& overload, const Ast& at, const Tree& tree) {
    if (overload.member != at.member_call || !overload.takes(at.children.size())) return std::nullopt;
    std::optional<Type> t;
    for (std::size_t i = 0; i < at.children.size(); ++i)
        if (!fits(overload.parameter(i), tree.nodes[at.children[i]].type, t)) return std::nullopt;
    const Shape& result = overload.result;
    const Type held = t ? *t : Type::unsaid();
    if (result.generic == Shape::Generic::t) return held.open ? Type() : held;
    if (result.generic == Shape::Generic::holds_t)
        return result.kind == Kind::optional ? Type::optional(held) : Type::list(held);
    if (result.kind == Kind::list) return Type::list(result.element);
    return Type(result.kind);
}

std::string shape_text(const Shape& shape) {
    if (shape.generic == Shape::Generic::t) return shape.number ? "number" : "T";
    const std::string_view held = shape.number ? "number" : "T";
    if (shape.generic == Shape::Generic::holds_t)
        return fmt::format("{}({})", shape.kind == Kind::optional ? "optional" : "list", held);
    if (shape.kind == Kind::list && shape.element != Kind::dyn)
        return Type::list(shape.element).name();
    if (shape.kind == Kind::list || shape.kind == Kind::map) return std::string(kind_name(shape.kind));
    return Type(shape.kind).name();
}

/// math.greatest(…): what stands before the point is no fact but a family of functions.
void Checker::resolve_family(Ast& at) {
    if (!at.member_call) return;
    const Ast& receiver = node(at.children[0]);
    const bool is_fact = receiver.kind != AstKind::name || find_local(receiver.name) ||
                         std::ranges::any_of(environment_.variables(), [&](const Variable& variable) {
                             return variable.name == receiver.name;
                         });
    if (is_fact || !is_family(receiver.name)) return;
    at.name = receiver.name + "." + at.name;
    at.name_range = {receiver.range.offset,
                     at.name_range.offset + at.name_range.length - receiver.range.offset};
    at.member_call = false;
    at.children.erase(at.children.begin());
}

Type Checker::check_call(Ast& at) {
    resolve_family(at);
    at.function = find_function(at.name);
    if (!at.function) {
        if (at.member_call) check(at.children[0]);
        std::vector<std::string_view> names = {"all",           "exists",       "exists_one",
                                               "filter",        "map",          "has",
                                               "transformList", "transformMap", "transformMapEntry",
                                               "optMap",        "optFlatMap",   "cel.bind"};
        for (const Function& function : functions()) names.push_back(function.name);
        const std::string_view meant = closest(at.name, names);
        return unknown(at, at.name_range,
                       meant.empty()
                           ? fmt::format("there is no function '{}'", at.name)
                           : fmt::format("there is no function '{}'; did you mean '{}'?", at.name, meant));
    }
    for (const AstIndex child : at.children) check(child);
    // string() too: its text could be read back as an int or a decimal.
    const bool to_whole = at.name == "int" || at.name == "uint" || at.name == "string";
    if (options_.result == ResultType::value && to_whole && at.children.size() == 1 &&
        node(at.children[0]).type.kind == Kind::floating)
        return mistake(at.range, fmt::format("a double cannot become points or money; {}",
                                             double_hint(at)));
    std::optional<Type> result;
    for (const Overload& overload : at.function->overloads) {
        std::optional<Type> one = overload_result(overload, at, tree_);
        if (!one) continue;
        result = result && *result != *one ? Type(Kind::dyn) : std::move(one);
    }
    if (!result) return mistake(at.range, overload_mistake(at, *at.function));
    if (at.name == "format") check_format(at);
    return *result;
}

/// A text for format() with its values written beside it.
void Checker::check_format(const Ast& at) {
    const Ast& values = node(at.children[1]);
    if (values.kind != AstKind::list) return;
    std::vector<Type> types;
    bool is_counted = true;
    for (const AstIndex child : values.children) {
        types.push_back(node(child).type);
        is_counted = is_counted && node(child).kind != AstKind::optional_item;
        // As with string(): the text could be read back as an int or a decimal.
        if (options_.result == ResultType::value && types.back().kind == Kind::floating)
            mistake(node(child).range,
                    fmt::format("a double cannot become points or money; {}", double_hint(values)));
    }
    const Ast& text = node(at.children[0]);
    if (!is_counted || text.kind != AstKind::literal || !text.value.is(Kind::string)) return;
    const std::string wrong = format_mistake(text.value.as_text(), types);
    if (!wrong.empty()) mistake(at.range, "format(): " + wrong);
}

std::string Checker::overload_mistake(const Ast& at, const Function& function) {
    const Kind first = at.children.empty() ? Kind::dyn : node(at.children[0]).type.kind;
    const bool rounds = at.name == "floor" || at.name == "ceil" || at.name.starts_with("round_");
    if (first == Kind::floating && (rounds || at.name == "decimal"))
        return fmt::format("{}() takes no double, which is not exact; {}", at.name, double_hint(at));
    const bool rounds_double = at.name == "math.floor" || at.name == "math.ceil" || at.name == "math.round" ||
                               at.name == "math.trunc";
    if (rounds_double && (first == Kind::decimal || first == Kind::integer))
        return fmt::format("{}() takes a double; round a decimal with floor(…), ceil(…), round_half_up(…) or "
                           "round_half_even(…)",
                           at.name);
    if (first == Kind::decimal && at.name == "int")
        return "say how to round a decimal: floor(…), ceil(…), round_half_up(…) or round_half_even(…)";
    const bool has_form = std::ranges::any_of(function.overloads, [&](const Overload& overload) {
        return overload.member == at.member_call;
    });
    std::vector<std::string> known;
    for (const Overload& overload : function.overloads) {
        if (has_form && overload.member != at.member_call) continue;
        std::vector<std::string> parameters;
        for (std::size_t i = overload.member ? 1 : 0; i < overload.count; ++i)
            parameters.push_back(shape_text(overload.parameters[i]));
        if (overload.repeats) parameters.emplace_back("…");
        const std::string receiver =
            overload.member ? shape_text(overload.parameters[0]) + "." : std::string();
        known.push_back(fmt::format("{}{}({})", receiver, at.name, fmt::join(parameters, ", ")));
    }
    std::vector<std::string> given;
    for (std::size_t i = at.member_call ? 1 : 0; i < at.children.size(); ++i)
        given.push_back(node(at.children[i]).type.name());
    const std::string receiver =
        at.member_call ? node(at.children[0]).type.name() + "." : std::string();
    return fmt::format("there is no {}{}({}); there is {}", receiver, at.name, fmt::join(given, ", "),
                       fmt::join(known, ", "));
}

void Checker::check_result(Ast& root) {
    const Kind kind = root.type.kind;
    if (!result_.errors.empty() || options_.result == ResultType::any) return;
    const std::string_view optional_hint =
        kind == Kind::optional ? "; write .orValue(…) to say what stands for a missing one" : "";
    if (options_.result == ResultType::boolean) {
        if (kind != Kind::boolean && kind != Kind::dyn)
            mistake(root.range, fmt::format("a condition must be true or false, but this is {}{}",
                                            root.type.name(), optional_hint));
        return;
    }
    if (kind == Kind::integer) return;
    if (kind == Kind::decimal)
        mistake(root.range,
                "the result must be whole; say how to round: floor(…), ceil(…), round_half_up(…) or "
                "round_half_even(…)");
    else if (kind == Kind::floating)
        mistake(root.range, fmt::format("the result must be an int, and a double is not exact; {}",
                                        root.kind == AstKind::literal
                                            ? fmt::format("write floor(decimal(\"{}\"))",
                                                          text_of(root.range))
                                            : double_hint(root)));
    else if (kind == Kind::unsigned_integer)
        mistake(root.range, "the result must be an int, but this is a uint; write int(…)");
    else if (kind == Kind::dyn)
        mistake(root.range, "the type of the result is known only when evaluated; make it an int with "
                            "int(…), floor(…) or round_half_up(…)");
    else
        mistake(root.range, fmt::format("the result must be an int, but this is {}{}", root.type.name(),
                                        optional_hint));
}

}  // namespace

CheckResult check(Tree& tree, const Environment& environment, const CompileOptions& options,
                  std::string_view source) {
    return Checker(tree, environment, options, source).whole();
}

}  // namespace perennial::cel
