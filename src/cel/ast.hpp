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
    literal,         // value
    name,            // name
    select,          // children: operand; name
    optional_select, // operand.?name; children: operand; name
    has,             // the select of has(operand.name)
    call,            // children: arguments; member calls have the receiver first
    unary,           // children: operand; op
    binary,          // children: left, right; op
    logical_and,     // children: two or more
    logical_or,      // children: two or more
    conditional,     // children: condition, then, else
    list,            // children: items
    map,             // children: key, value, key, value …
    optional_item,   // ?item of a list, ?key: value of a map; children: the item or value
    comprehension,   // children: range, then by `macro`; name = variable, second_name = the second
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
    optional_index,  // a[?b]
};

enum class Macro : std::uint8_t {
    all,         // range, predicate
    exists,      // range, predicate
    exists_one,  // range, predicate
    filter,      // range, predicate
    map,         // range, transform
    map_filter,  // range, predicate, transform
    // With two variables: index and item of a list, key and value of a map.
    transform_list,          // range, transform
    transform_list_filter,   // range, predicate, transform
    transform_map,           // range, transform
    transform_map_filter,    // range, predicate, transform
    transform_entry,         // range, map
    transform_entry_filter,  // range, predicate, map
    // Over one value.
    bind,          // value, expression
    opt_map,       // optional, transform
    opt_flat_map,  // optional, transform to an optional
};

/// Over the items of a list or map; the others hold one value.
constexpr bool loops(Macro macro) { return macro < Macro::bind; }
/// Keeps what the predicate keeps, then transforms.
constexpr bool has_filter(Macro macro) {
    return macro == Macro::map_filter || macro == Macro::transform_list_filter ||
           macro == Macro::transform_map_filter || macro == Macro::transform_entry_filter;
}
constexpr bool makes_map(Macro macro) {
    return macro >= Macro::transform_map && macro <= Macro::transform_entry_filter;
}

struct Ast {
    AstKind kind = AstKind::literal;
    Operator op = Operator::add;
    Macro macro = Macro::all;
    bool member_call = false;
    SourceRange range;        // the sub-expression, without brackets around it
    SourceRange outer_range;  // with them, when there are any
    SourceRange name_range;   // the name, or the operator
    std::string name;
    std::string second_name;  // of a comprehension with two variables
    Value value;
    std::vector<AstIndex> children;
    std::uint32_t depth = 1;

    // Of the checker.
    Type type;
    const Field* field = nullptr;        // select of a struct's field
    const Function* function = nullptr;  // call
    std::uint32_t slot = 0;              // name, comprehension (the second variable has the next)
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
