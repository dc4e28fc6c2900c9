#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "cel/checker.hpp"
#include "cel/node.hpp"
#include "cel/parser.hpp"
#include "cel/text.hpp"

namespace perennial::cel {
namespace {

Position position_of(std::string_view source, std::uint32_t offset) {
    const std::string_view before = source.substr(0, offset);
    const std::size_t line_start = before.rfind('\n') == std::string_view::npos ? 0 : before.rfind('\n') + 1;
    Position position;
    position.offset = offset;
    position.line = static_cast<std::uint32_t>(std::ranges::count(before, '\n')) + 1;
    position.column = static_cast<std::uint32_t>(count_code_points(before.substr(line_start))) + 1;
    return position;
}

bool is_comparison(Operator op) {
    return op == Operator::equal || op == Operator::not_equal || op == Operator::less ||
           op == Operator::less_equal || op == Operator::greater || op == Operator::greater_equal;
}

Op op_of(const Ast& at, bool of_optional) {
    if (!at.mistake.empty()) return Op::fail;
    switch (at.kind) {
        case AstKind::literal: return Op::constant;
        case AstKind::name: return Op::variable;
        case AstKind::select: return at.field && !of_optional ? Op::field : Op::select;
        case AstKind::optional_select: return Op::optional_select;
        case AstKind::has: return Op::has;
        // Without a function it stands below a mistake and is never reached.
        case AstKind::call:
            if (!at.function) return Op::fail;
            return at.function->is_or && at.children.size() == 2 ? Op::optional_or : Op::call;
        case AstKind::unary: return Op::unary;
        case AstKind::binary: return is_comparison(at.op) ? Op::compare : Op::binary;
        case AstKind::logical_and: return Op::logical_and;
        case AstKind::logical_or: return Op::logical_or;
        case AstKind::conditional: return Op::conditional;
        case AstKind::list: return Op::make_list;
        case AstKind::map: return Op::make_map;
        case AstKind::optional_item: return Op::optional_item;
        case AstKind::comprehension: return Op::comprehension;
    }
    return Op::fail;
}

Value constant_of(const Ast& at, Arena& constants) {
    if (!at.mistake.empty()) return Value::string(constants.copy(at.mistake));
    if (at.kind == AstKind::literal) return at.value;
    return Value::string(constants.copy(at.name));
}

/// Makes plain node i from syntax node i.
void lower(const Tree& tree, ProgramParts& parts) {
    parts.plain.resize(tree.nodes.size());
    for (std::size_t i = 0; i < tree.nodes.size(); ++i) {
        const Ast& at = tree.nodes[i];
        Node& node = parts.plain[i];
        const Type* const operand = at.children.empty() ? nullptr : &tree.nodes[at.children[0]].type;
        const bool of_optional = operand && operand->kind == Kind::optional;
        node.op = op_of(at, of_optional);
        node.oper = at.op;
        node.macro = at.macro;
        node.bank = at.is_local || at.kind == AstKind::comprehension ? 1 : 0;
        node.pair = !at.second_name.empty();
        node.slot = at.slot;
        node.first = static_cast<std::uint32_t>(parts.children.size());
        node.count = static_cast<std::uint32_t>(at.children.size());
        node.range = at.range;
        node.field = at.field;
        node.function = at.function;
        node.constant = constant_of(at, parts.constants);
        if (at.field) node.structure = of_optional ? operand->element_type().structure : operand->structure;
        parts.children.insert(parts.children.end(), at.children.begin(), at.children.end());
        const std::size_t counted = at.kind == AstKind::comprehension ? 1 : at.children.size();
        for (std::size_t k = 0; k < counted; ++k) node.steps += parts.plain[at.children[k]].steps;
    }
    parts.root = tree.root;
}

/// Builds the automata of matches() with a constant pattern.
void compile_patterns(const Tree& tree, ProgramParts& parts, std::vector<SyntaxError>& errors) {
    for (std::size_t i = 0; i < tree.nodes.size(); ++i) {
        const Ast& at = tree.nodes[i];
        if (at.kind != AstKind::call || at.name != "matches" || at.children.size() != 2) continue;
        const Ast& argument = tree.nodes[at.children[1]];
        if (argument.kind != AstKind::literal || !argument.value.is(Kind::string)) continue;
        const std::string_view text = argument.value.as_text();
        RE2::Options options(RE2::Quiet);
        options.set_max_mem(1 << 20);
        auto pattern = std::make_unique<RE2>(re2::StringPiece(text.data(), text.size()), options);
        if (pattern->ok()) {
            parts.plain[i].pattern = pattern.get();
            parts.patterns.push_back(std::move(pattern));
        } else {
            errors.push_back({argument.range, fmt::format("bad pattern: {}", pattern->error())});
        }
    }
}

/// `decimal("1,5")` can never work, so it is said when saved and not when evaluated.
void find_bad_constants(const Tree& tree, const ProgramParts& parts, std::vector<SyntaxError>& errors) {
    for (std::size_t i = 0; i < tree.nodes.size(); ++i) {
        const Ast& at = tree.nodes[i];
        const bool converts = at.kind == AstKind::call && at.children.size() == 1 &&
                              (at.name == "decimal" || at.name == "timestamp" ||
                               at.name == "duration" || at.name == "base64.decode");
        if (!converts || tree.nodes[at.children[0]].kind != AstKind::literal) continue;
        Arena arena;
        const Value value = evaluate_constant(parts, static_cast<std::uint32_t>(i), arena);
        if (value.is_error()) errors.push_back({at.range, std::string(value.as_error().message)});
    }
}

/// `now.getHours("Europe/Atlantis")`.
void find_bad_zones(const Tree& tree, std::vector<SyntaxError>& errors) {
    for (const Ast& at : tree.nodes) {
        if (at.kind != AstKind::call || !at.name.starts_with("get") || at.children.size() != 2) continue;
        const Ast& zone = tree.nodes[at.children[1]];
        if (zone.kind != AstKind::literal || !at.function) continue;
        Arena arena;
        std::int64_t steps = 0;
        Call call{arena, steps, zone.range};
        const Value arguments[] = {Value::timestamp_ns(0), zone.value};
        const Value value = at.function->run(call, {arguments, 2});
        if (value.is_error()) errors.push_back({zone.range, std::string(value.as_error().message)});
    }
}

CompileErrors located(std::string_view source, std::vector<SyntaxError> errors) {
    std::ranges::stable_sort(errors, {}, [](const SyntaxError& error) { return error.range.offset; });
    CompileErrors all;
    for (SyntaxError& error : errors)
        all.push_back({position_of(source, error.range.offset), error.range.length,
                       std::move(error.message)});
    return all;
}

}  // namespace

std::expected<Program, CompileErrors> compile(const Environment& environment, std::string_view source,
                                              const CompileOptions& options) {
    auto parts = std::make_shared<ProgramParts>();
    parts->source = source;
    auto tree = parse(parts->source, options, parts->constants);
    if (!tree) return std::unexpected(located(source, {std::move(tree).error()}));
    CheckResult checked = check(*tree, environment, options, source);
    if (!checked.errors.empty()) return std::unexpected(located(source, std::move(checked.errors)));

    lower(*tree, *parts);
    parts->result = options.result;
    parts->type = tree->nodes[tree->root].type;
    parts->reads = std::move(checked.reads);
    parts->locals = checked.locals;
    for (const Variable& variable : environment.variables())
        parts->variable_names.push_back(variable.name);
    std::vector<SyntaxError> errors;
    compile_patterns(*tree, *parts, errors);
    parts->fast = parts->plain;
    if (options.typing == Typing::strict) {
        find_bad_constants(*tree, *parts, errors);
        find_bad_zones(*tree, errors);
    } else {
        errors.clear();
    }
    parts->steps_bound = bound_steps(*tree, checked.locals);
    if (parts->steps_bound && *parts->steps_bound > options.steps_max)
        errors.push_back({parts->plain[parts->root].range,
                          fmt::format("this may take {} steps; at most {} are allowed",
                                      *parts->steps_bound, options.steps_max)});
    if (!errors.empty()) return std::unexpected(located(source, std::move(errors)));
    specialise(*parts);
    return Program(std::move(parts));
}

std::string to_text(const CompileError& error) {
    return fmt::format("line {}, column {}: {}", error.position.line, error.position.column,
                       error.message);
}

const Type& Program::result_type() const { return parts_->type; }
const std::string& Program::source() const { return parts_->source; }
const std::vector<std::string>& Program::reads() const { return parts_->reads; }
std::optional<std::uint64_t> Program::steps_bound() const { return parts_->steps_bound; }
Position Program::locate(std::uint32_t offset) const { return position_of(parts_->source, offset); }

std::string Program::describe(const LanguageError& error) const {
    const Position position = locate(error.range.offset);
    return fmt::format("line {}, column {}: {}", position.line, position.column, error.message);
}

}  // namespace perennial::cel
