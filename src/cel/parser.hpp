#pragma once
#include <expected>
#include <string_view>

#include "cel/arena.hpp"
#include "cel/ast.hpp"
#include "cel/program.hpp"

namespace perennial::cel {

struct SyntaxError {
    SourceRange range;
    std::string message;
};

/// Expands the macros (has, all, exists, exists_one, map, filter). Literals live in `constants`.
std::expected<Tree, SyntaxError> parse(std::string_view source, const CompileOptions&,
                                       Arena& constants);

}  // namespace perennial::cel
