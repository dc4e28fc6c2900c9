// The syntax tree: nodes in one vector, children by index, children before parents. The checker writes
// its findings into the nodes.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "cel/value.hpp"

namespace perennial::cel {

struct Function;
using AstIndex = std::uint32_t;

enum class AstKind : std::uint8_t {
    literal,        // value
    name,           // name
    select,         // children: operand; name
    has,            // the select of has(operand.name)
    call,           // children: arguments; member calls have the receiver first
    unary,          // children: operand; op
    binary,         // children: left, right; op
    logical_and,    // children: two or more
    logical_or,     // children: two or more
    conditional,    // children: condition, then, else
    list,           // children: items
    map,            // children: key, value, key, value …
    comprehension,  // children: range, then by `macro`; name = variable
};

enum class Operator : std::uint8_t {
    negate,
    invert,
    add,
    subtract,
    multiply,
    divide,
    modulo,
    equal,
    not_equal,
    less,
    less_equal,
    greater,
    greater_equal,
    in,
    index,
};

enum class Macro : std::uint8_t {
    all,         // range, predicate
    exists,      // range, predicate
    exists_one,  // range, predicate
    filter,      // range, predicate
    map,         // range, transform
    map_filter,  // range, predicate, transform
};

struct Ast {
    AstKind kind = AstKind::literal;
    Operator op = Operator::add;
    Macro macro = Macro::all;
    bool member_call = false;
    SourceRange range;        // the sub-expression, without brackets around it
    SourceRange outer_range;  // with them, when there are any
    SourceRange name_range;   // the name, or the operator
    std::string name;
    Value value;
    std::vector<AstIndex> children;
    std::uint32_t depth = 1;

    // Of the checker.
    Type type;
    const Field* field = nullptr;        // select of a struct's field
    const Function* function = nullptr;  // call
    std::uint32_t slot = 0;              // name, comprehension
    bool is_local = false;               // slot of a comprehension's variable
    std::string mistake;                 // dynamic typing: evaluating this node is this error
};

struct Tree {
    std::vector<Ast> nodes;
    AstIndex root = 0;
};

/// "+", "<=", "in" …
std::string_view operator_text(Operator);

}  // namespace perennial::cel
