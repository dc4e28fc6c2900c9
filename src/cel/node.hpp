// The compiled form: one flat array, node i made from syntax node i. `plain` is evaluated when a trace is
// wanted; `fast` is the same with constants folded and common shapes fused.
#pragma once
#include <re2/re2.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cel/arena.hpp"
#include "cel/ast.hpp"
#include "cel/functions.hpp"
#include "cel/program.hpp"

namespace perennial::cel {

enum class Op : std::uint8_t {
    constant,
    variable,
    field,   // of a struct known when compiled
    select,  // by name, of a map or of what is known only when evaluated
    optional_select,
    has,
    fail,
    call,
    optional_or,  // or(), orValue(): the second argument is evaluated when the first is none
    unary,
    binary,
    compare,
    logical_and,
    logical_or,
    conditional,
    make_list,
    make_map,
    optional_item,
    comprehension,
    // Fused, in `fast` only. Each falls back to its plain twin when a kind is not what was declared.
    slot_field,                // variable.field
    slot_field_compare_int,    // variable.field < 5
    slot_field_compare_text,   // variable.field == "gold"
    compare_int,               // (anything) < 5
    compare_text,              // (anything) == "gold"
};

struct Node {
    Op op = Op::constant;
    Operator oper = Operator::add;
    Macro macro = Macro::all;
    std::uint8_t bank = 0;  // 0 = variables, 1 = comprehension variables
    bool pair = false;  // a comprehension with two variables, in `slot` and the next
    std::uint32_t slot = 0;
    std::uint32_t first = 0;  // into `children`
    std::uint32_t count = 0;
    /// Steps taken by one evaluation, those of a comprehension's iterations left out.
    std::uint32_t steps = 1;
    SourceRange range;
    const StructType* structure = nullptr;
    const Field* field = nullptr;
    const Function* function = nullptr;
    const RE2* pattern = nullptr;
    std::int64_t (*get_int)(const void* object) = nullptr;      // of slot_field_compare_int
    std::string_view (*get_text)(const void* object) = nullptr;  // of slot_field_compare_text
    Value constant;  // also the name of a select, the message of a fail
};

struct ProgramParts {
    std::string source;
    std::vector<Node> plain;
    std::vector<Node> fast;
    std::vector<std::uint32_t> children;
    std::uint32_t root = 0;
    std::vector<std::string> variable_names;
    std::uint32_t locals = 0;
    ResultType result = ResultType::any;
    Type type;
    std::vector<std::string> reads;
    std::optional<std::uint64_t> steps_bound;
    Arena constants;
    std::vector<std::unique_ptr<RE2>> patterns;
};

/// For folding: evaluates one node of `fast` that reads no variable.
Value evaluate_constant(const ProgramParts&, std::uint32_t node, Arena&);

/// Folds constants and fuses common shapes.
void specialise(ProgramParts&);

/// Worst case of the plain program, when list lengths are known. A text counts as 256 bytes.
std::optional<std::uint64_t> bound_steps(const Tree&, std::uint32_t locals);

}  // namespace perennial::cel
