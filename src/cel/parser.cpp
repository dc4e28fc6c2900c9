#include "cel/parser.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>

#include "cel/lexer.hpp"
#include "cel/text.hpp"

namespace perennial::cel {
namespace {

constexpr std::array<std::string_view, 17> reserved_words = {
    "as",     "break",  "const", "continue", "else",      "for",    "function", "if",   "import",
    "let",    "loop",   "package", "namespace", "return", "var",    "void",     "while",
};

struct BinaryOperator {
    std::string_view text;
    Operator op;
    int binding;  // a higher one binds closer
};

constexpr std::array<BinaryOperator, 12> binary_operators = {{
    {"<", Operator::less, 1},
    {"<=", Operator::less_equal, 1},
    {">", Operator::greater, 1},
    {">=", Operator::greater_equal, 1},
    {"==", Operator::equal, 1},
    {"!=", Operator::not_equal, 1},
    {"in", Operator::in, 1},
    {"+", Operator::add, 2},
    {"-", Operator::subtract, 2},
    {"*", Operator::multiply, 3},
    {"/", Operator::divide, 3},
    {"%", Operator::modulo, 3},
}};

/// A macro with its number of arguments. `variables` of them are names, and come first.
struct MacroForm {
    std::string_view name;
    std::size_t arguments;
    Macro macro;
    std::size_t variables;
};

constexpr std::array<MacroForm, 20> macro_forms = {{
    {"all", 2, Macro::all, 1},
    {"all", 3, Macro::all, 2},
    {"exists", 2, Macro::exists, 1},
    {"exists", 3, Macro::exists, 2},
    {"exists_one", 2, Macro::exists_one, 1},
    {"exists_one", 3, Macro::exists_one, 2},
    {"existsOne", 2, Macro::exists_one, 1},
    {"existsOne", 3, Macro::exists_one, 2},
    {"filter", 2, Macro::filter, 1},
    {"map", 2, Macro::map, 1},
    {"map", 3, Macro::map_filter, 1},
    {"transformList", 3, Macro::transform_list, 2},
    {"transformList", 4, Macro::transform_list_filter, 2},
    {"transformMap", 3, Macro::transform_map, 2},
    {"transformMap", 4, Macro::transform_map_filter, 2},
    {"transformMapEntry", 3, Macro::transform_entry, 2},
    {"transformMapEntry", 4, Macro::transform_entry_filter, 2},
    {"optMap", 2, Macro::opt_map, 1},
    {"optFlatMap", 2, Macro::opt_flat_map, 1},
    {"cel.bind", 3, Macro::bind, 1},
}};

/// "exists() takes a name and an expression: list.exists(x, …x…)"
std::string macro_usage(std::string_view name) {
    if (name == "cel.bind")
        return "cel.bind() takes a name, its value and an expression: cel.bind(x, order.amount, …x…)";
    if (name.starts_with("opt"))
        return fmt::format("{0}() takes a name and an expression: optional.{0}(x, …x…)", name);
    if (name.starts_with("transform"))
        return fmt::format("{0}() takes two names, perhaps a condition, and {1}: list.{0}(i, x, {2})", name,
                           name == "transformMapEntry" ? "a map" : "an expression",
                           name == "transformMapEntry" ? "{…: …}" : "…x…");
    return fmt::format("{0}() takes a name and an expression: list.{0}(x, …x…)", name);
}

SourceRange span(SourceRange from, SourceRange to) {
    return {from.offset, to.offset + to.length - from.offset};
}

/// Unwinds the recursive descent at the first mistake; never leaves this file.
struct Stop {
    SyntaxError error;
};

class Parser {
  public:
    Parser(std::string_view source, const CompileOptions& options, Arena& constants)
        : lexer_(source), options_(options), constants_(constants) {
        advance();
    }

    Tree whole() {
        tree_.root = expression();
        if (current_.token != Token::end) unexpected("an operator or the end");
        return std::move(tree_);
    }

  private:
    struct Nested {
        explicit Nested(Parser& of) : parser(of) {
            if (++parser.nesting_ > parser.options_.depth_max) parser.too_deep(parser.current_.range);
        }
        ~Nested() { --parser.nesting_; }
        Parser& parser;
    };

    [[noreturn]] void fail(SourceRange range, std::string message) {
        throw Stop{{range, std::move(message)}};
    }
    [[noreturn]] void too_deep(SourceRange range) {
        fail(range, fmt::format("the expression is nested deeper than {} levels; split it",
                                options_.depth_max));
    }
    [[noreturn]] void unexpected(std::string_view wanted) {
        if (current_.token == Token::end)
            fail(current_.range, fmt::format("the expression ends too early; here {} is missing", wanted));
        for (const auto& [word, symbol] : {std::pair{"and", "&&"}, {"or", "||"}, {"not", "!"}})
            if (current_.text == word)
                fail(current_.range, fmt::format("write {} instead of {}", symbol, word));
        fail(current_.range, fmt::format("'{}' cannot stand here; expected {}", current_.text, wanted));
    }

    void advance() {
        current_ = lexer_.next();
        if (current_.token == Token::mistake) fail(current_.range, current_.content);
    }
    bool at_symbol(std::string_view text) const {
        return current_.token == Token::symbol && current_.text == text;
    }
    bool accept(std::string_view symbol) {
        if (!at_symbol(symbol)) return false;
        last_ = current_.range;
        advance();
        return true;
    }
    void expect(std::string_view symbol) {
        if (!accept(symbol)) unexpected(fmt::format("'{}'", symbol));
    }

    AstIndex add(Ast node) {
        for (const AstIndex child : node.children)
            node.depth = std::max(node.depth, tree_.nodes[child].depth + 1);
        if (node.depth > options_.depth_max) too_deep(node.range);
        tree_.nodes.push_back(std::move(node));
        return static_cast<AstIndex>(tree_.nodes.size() - 1);
    }
    AstIndex add_literal(SourceRange range, Value value) {
        Ast node;
        node.range = range;
        node.value = value;
        return add(std::move(node));
    }
    SourceRange range_of(AstIndex index) const {
        const Ast& node = tree_.nodes[index];
        return node.outer_range.length > 0 ? node.outer_range : node.range;
    }

    AstIndex expression();
    AstIndex logical(AstKind kind);
    AstIndex relation(int binding);
    AstIndex unary();
    AstIndex member();
    AstIndex after_dot(AstIndex operand);
    AstIndex primary();
    AstIndex number_literal(bool negative, SourceRange from);
    AstIndex named(SourceRange from);
    AstIndex optional_item(SourceRange mark, AstIndex of);
    AstIndex optional_or_plain();
    AstIndex list_literal();
    AstIndex map_literal();
    std::vector<AstIndex> arguments();
    std::optional<AstIndex> expand_macro(AstIndex receiver, const std::string& name,
                                         const std::vector<AstIndex>& given, SourceRange name_range);
    AstIndex expand_has(const std::vector<AstIndex>& given, SourceRange range);

    Lexer lexer_;
    const CompileOptions& options_;
    Arena& constants_;
    Lexeme current_;
    SourceRange last_;
    Tree tree_;
    std::uint32_t nesting_ = 0;
};

AstIndex Parser::expression() {
    const Nested nested(*this);
    const AstIndex condition = logical(AstKind::logical_or);
    if (!accept("?")) return condition;
    Ast node;
    node.kind = AstKind::conditional;
    node.name_range = last_;
    const AstIndex then = logical(AstKind::logical_or);
    expect(":");
    const AstIndex otherwise = expression();
    node.range = span(range_of(condition), range_of(otherwise));
    node.children = {condition, then, otherwise};
    return add(std::move(node));
}

AstIndex Parser::logical(AstKind kind) {
    const bool is_or = kind == AstKind::logical_or;
    const auto operand = [&] { return is_or ? logical(AstKind::logical_and) : relation(1); };
    const AstIndex first = operand();
    if (!at_symbol(is_or ? "||" : "&&")) return first;
    Ast node;
    node.kind = kind;
    node.name_range = current_.range;
    node.children.push_back(first);
    while (accept(is_or ? "||" : "&&")) node.children.push_back(operand());
    node.range = span(range_of(first), range_of(node.children.back()));
    return add(std::move(node));
}

AstIndex Parser::relation(int binding) {
    if (binding > 3) return unary();
    AstIndex left = relation(binding + 1);
    while (true) {
        const auto found = std::ranges::find_if(binary_operators, [&](const BinaryOperator& known) {
            const Token token = known.op == Operator::in ? Token::name : Token::symbol;
            return known.binding == binding && current_.token == token && current_.text == known.text;
        });
        if (found == binary_operators.end()) return left;
        Ast node;
        node.kind = AstKind::binary;
        node.op = found->op;
        node.name_range = current_.range;
        advance();
        const AstIndex right = relation(binding + 1);
        node.range = span(range_of(left), range_of(right));
        node.children = {left, right};
        left = add(std::move(node));
    }
}

AstIndex Parser::unary() {
    if (!at_symbol("-") && !at_symbol("!")) return member();
    const bool negate = at_symbol("-");
    const SourceRange from = current_.range;
    SourceRange last_sign = from;
    std::size_t count = 0;
    while (at_symbol(negate ? "-" : "!")) {
        last_sign = current_.range;
        ++count;
        advance();
    }
    const bool is_number = current_.token == Token::integer || current_.token == Token::floating;
    AstIndex operand = 0;
    // The lowest int has no positive twin, so the last minus belongs to the literal.
    if (negate && is_number) {
        operand = number_literal(true, last_sign);
        --count;
    } else {
        const Nested nested(*this);
        operand = at_symbol("-") || at_symbol("!") ? unary() : member();
    }
    if (count % 2 == 0) return operand;
    Ast node;
    node.kind = AstKind::unary;
    node.op = negate ? Operator::negate : Operator::invert;
    node.name_range = from;
    node.range = span(from, range_of(operand));
    node.children = {operand};
    return add(std::move(node));
}

AstIndex Parser::member() {
    AstIndex operand = primary();
    while (true) {
        if (accept(".")) {
            operand = after_dot(operand);
        } else if (at_symbol("[")) {
            Ast node;
            node.kind = AstKind::binary;
            node.name_range = current_.range;
            advance();
            node.op = accept("?") ? Operator::optional_index : Operator::index;
            const AstIndex index = expression();
            expect("]");
            node.range = span(range_of(operand), last_);
            node.children = {operand, index};
            operand = add(std::move(node));
        } else if (at_symbol("{") && tree_.nodes[operand].kind != AstKind::literal) {
            fail(range_of(operand), "messages cannot be built here; write a map: {\"name\": value}");
        } else {
            return operand;
        }
    }
}

AstIndex Parser::after_dot(AstIndex operand) {
    const bool is_optional = accept("?");
    if (current_.token != Token::name && current_.token != Token::quoted_name)
        unexpected("a field or function name after '.'");
    const bool is_quoted = current_.token == Token::quoted_name;
    const std::string name = is_quoted ? current_.content : std::string(current_.text);
    const SourceRange name_range = current_.range;
    if (!is_quoted && (name == "in" || name == "true" || name == "false" || name == "null"))
        unexpected("a field or function name after '.'");
    advance();
    Ast node;
    node.name = name;
    node.name_range = name_range;
    if (is_quoted || !at_symbol("(")) {
        node.kind = is_optional ? AstKind::optional_select : AstKind::select;
        node.range = span(range_of(operand), name_range);
        node.children = {operand};
        return add(std::move(node));
    }
    if (is_optional) fail(name_range, fmt::format(".? stands before a field; for a function write .{}(", name));
    std::vector<AstIndex> given = arguments();
    if (const auto expanded = expand_macro(operand, name, given, name_range)) return *expanded;
    node.kind = AstKind::call;
    node.member_call = true;
    node.range = span(range_of(operand), last_);
    node.children = std::move(given);
    node.children.insert(node.children.begin(), operand);
    return add(std::move(node));
}

std::vector<AstIndex> Parser::arguments() {
    expect("(");
    std::vector<AstIndex> given;
    if (accept(")")) return given;
    do given.push_back(expression());
    while (accept(","));
    expect(")");
    return given;
}

AstIndex Parser::primary() {
    const SourceRange from = current_.range;
    switch (current_.token) {
        case Token::integer:
        case Token::unsigned_integer:
        case Token::floating: return number_literal(false, from);
        case Token::string: {
            const Value value = Value::string(constants_.copy(current_.content));
            advance();
            return add_literal(from, value);
        }
        case Token::bytes: {
            const Value value = Value::bytes(constants_.copy(current_.content));
            advance();
            return add_literal(from, value);
        }
        case Token::name: return named(from);
        default: break;
    }
    if (accept("(")) {
        const AstIndex inside = expression();
        expect(")");
        tree_.nodes[inside].outer_range = span(from, last_);
        return inside;
    }
    if (at_symbol("[")) return list_literal();
    if (at_symbol("{")) return map_literal();
    if (accept(".")) {
        if (current_.token != Token::name) unexpected("a name after '.'");
        return named(from);
    }
    unexpected("a value");
}

AstIndex Parser::number_literal(bool negative, SourceRange from) {
    std::string text(current_.text);
    const SourceRange range = span(from, current_.range);
    const Token token = current_.token;
    if (token == Token::floating) {
        double number = 0;
        const char* const end = text.data() + text.size();
        const auto read = std::from_chars(text.data(), end, number);
        // Too small becomes 0, as the language's doubles do; too large is refused.
        if (read.ec == std::errc::result_out_of_range && std::strtod(text.c_str(), nullptr) != 0 &&
            !std::isfinite(std::strtod(text.c_str(), nullptr)))
            fail(range, fmt::format("{} is out of the range of a double", text));
        if (read.ec == std::errc::result_out_of_range) number = std::strtod(text.c_str(), nullptr);
        advance();
        return add_literal(range, Value::floating(negative ? -number : number));
    }
    if (token == Token::unsigned_integer) text.pop_back();
    const bool hex = text.size() > 1 && (text[1] | 0x20) == 'x';
    if (hex) text.erase(0, 2);
    std::uint64_t number = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), number, hex ? 16 : 10);
    constexpr std::uint64_t int_max = INT64_MAX;
    const std::uint64_t limit = token == Token::unsigned_integer ? UINT64_MAX
                                : negative                       ? int_max + 1
                                                                 : int_max;
    if (read.ec != std::errc() || number > limit)
        fail(range, fmt::format("{}{} is out of the range of {}", negative ? "-" : "", current_.text,
                                token == Token::unsigned_integer ? "a uint" : "an int"));
    advance();
    if (token == Token::unsigned_integer) return add_literal(range, Value::unsigned_integer(number));
    const std::uint64_t bits = negative ? 0 - number : number;
    return add_literal(range, Value::integer(std::bit_cast<std::int64_t>(bits)));
}

AstIndex Parser::named(SourceRange from) {
    const std::string name(current_.text);
    const SourceRange name_range = current_.range;
    if (name == "in" || std::ranges::find(reserved_words, name) != reserved_words.end())
        fail(name_range, fmt::format("'{}' is a reserved word and cannot be a name", name));
    advance();
    if (name == "true" || name == "false")
        return add_literal(name_range, Value::boolean(name == "true"));
    if (name == "null") return add_literal(name_range, Value());
    Ast node;
    node.name = name;
    node.name_range = name_range;
    if (!at_symbol("(")) {
        node.kind = AstKind::name;
        node.range = span(from, name_range);
        return add(std::move(node));
    }
    node.children = arguments();
    node.range = span(from, last_);
    if (name == "has") return expand_has(node.children, node.range);
    node.kind = AstKind::call;
    return add(std::move(node));
}

AstIndex Parser::expand_has(const std::vector<AstIndex>& given, SourceRange range) {
    if (given.size() != 1 || tree_.nodes[given[0]].kind != AstKind::select)
        fail(range, "has() takes one field: has(customer.tier)");
    Ast node = tree_.nodes[given[0]];
    node.kind = AstKind::has;
    node.range = range;
    return add(std::move(node));
}

std::optional<AstIndex> Parser::expand_macro(AstIndex receiver, const std::string& name,
                                             const std::vector<AstIndex>& given,
                                             SourceRange name_range) {
    const Ast& before = tree_.nodes[receiver];
    const bool is_bind = name == "bind" && before.kind == AstKind::name && before.name == "cel";
    const std::string macro_name = is_bind ? "cel.bind" : name;
    const auto is_named = [&](const MacroForm& form) { return form.name == macro_name; };
    if (std::ranges::none_of(macro_forms, is_named)) return std::nullopt;
    const auto form = std::ranges::find_if(macro_forms, [&](const MacroForm& known) {
        return is_named(known) && known.arguments == given.size();
    });
    if (form == macro_forms.end()) fail(name_range, macro_usage(macro_name));
    for (std::size_t i = 0; i < form->variables; ++i) {
        const Ast& variable = tree_.nodes[given[i]];
        if (variable.kind == AstKind::name) continue;
        fail(variable.range,
             fmt::format("the {} argument of {}() is the name of the variable that stands for {}",
                         i == 0 ? "first" : "second", macro_name,
                         form->macro == Macro::bind ? "the value"
                         : !loops(form->macro)      ? "what is there"
                         : form->variables == 1     ? "each item"
                         : i == 0                   ? "each index or key"
                                                    : "each item"));
    }
    Ast node;
    node.kind = AstKind::comprehension;
    node.macro = form->macro;
    node.name = tree_.nodes[given[0]].name;
    if (form->variables == 2) {
        node.second_name = tree_.nodes[given[1]].name;
        if (node.second_name == node.name)
            fail(tree_.nodes[given[1]].range, fmt::format("both variables are named '{}'", node.name));
    }
    node.name_range = name_range;
    node.range = span(range_of(receiver), last_);
    if (form->macro != Macro::bind) node.children.push_back(receiver);
    node.children.insert(node.children.end(),
                         given.begin() + static_cast<std::ptrdiff_t>(form->variables), given.end());
    return add(std::move(node));
}

AstIndex Parser::optional_item(SourceRange mark, AstIndex of) {
    Ast node;
    node.kind = AstKind::optional_item;
    node.name_range = mark;
    node.range = range_of(of);
    node.children = {of};
    return add(std::move(node));
}

AstIndex Parser::optional_or_plain() {
    const SourceRange mark = current_.range;
    if (!accept("?")) return expression();
    return optional_item(mark, expression());
}

AstIndex Parser::list_literal() {
    Ast node;
    node.kind = AstKind::list;
    const SourceRange from = current_.range;
    expect("[");
    while (!at_symbol("]")) {
        node.children.push_back(optional_or_plain());
        if (!accept(",")) break;
    }
    expect("]");
    node.range = span(from, last_);
    return add(std::move(node));
}

AstIndex Parser::map_literal() {
    Ast node;
    node.kind = AstKind::map;
    const SourceRange from = current_.range;
    expect("{");
    while (!at_symbol("}")) {
        const SourceRange mark = current_.range;
        const bool is_optional = accept("?");
        node.children.push_back(expression());
        expect(":");
        const AstIndex value = expression();
        node.children.push_back(is_optional ? optional_item(mark, value) : value);
        if (!accept(",")) break;
    }
    expect("}");
    node.range = span(from, last_);
    return add(std::move(node));
}

}  // namespace

std::string_view operator_text(Operator op) {
    if (op == Operator::negate) return "-";
    if (op == Operator::invert) return "!";
    if (op == Operator::index) return "[]";
    if (op == Operator::optional_index) return "[?]";
    for (const BinaryOperator& known : binary_operators)
        if (known.op == op) return known.text;
    return "?";
}

std::expected<Tree, SyntaxError> parse(std::string_view source, const CompileOptions& options,
                                       Arena& constants) {
    if (source.size() > options.source_bytes_max)
        return std::unexpected(SyntaxError{
            {options.source_bytes_max, 0},
            fmt::format("the expression has {} bytes; at most {} are allowed", source.size(),
                        options.source_bytes_max)});
    if (const std::size_t valid = valid_utf8_length(source); valid < source.size())
        return std::unexpected(
            SyntaxError{{static_cast<std::uint32_t>(valid), 1}, "the expression is not valid UTF-8"});
    try {
        return Parser(source, options, constants).whole();
    } catch (Stop& stop) {
        return std::unexpected(std::move(stop.error));
    }
}

}  // namespace perennial::cel
