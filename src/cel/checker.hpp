#pragma once
#include <string>
#include <vector>

#include "cel/ast.hpp"
#include "cel/environment.hpp"
#include "cel/parser.hpp"
#include "cel/program.hpp"

namespace perennial::cel {

struct CheckResult {
    std::vector<SyntaxError> errors;
    std::vector<std::string> reads;
    std::uint32_t locals = 0;
};

/// Resolves names and types into the tree's nodes.
CheckResult check(Tree&, const Environment&, const CompileOptions&, std::string_view source);

/// The candidate that was probably meant, or "".
std::string_view closest(std::string_view written, std::span<const std::string_view> candidates);

/// Result of an operator on these types; nothing when there is none.
std::optional<Type> operator_type(Operator, const Type& left, const Type& right);
bool may_equal(const Type&, const Type&);
/// A type that holds both.
Type join(const Type&, const Type&);

}  // namespace perennial::cel
