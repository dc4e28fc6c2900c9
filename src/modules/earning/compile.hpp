// From stored documents to the compiled model.
#pragma once
#include <expected>
#include <string_view>

#include "modules/earning/model.hpp"

namespace perennial::earning {

enum class ExpressionRole : std::uint8_t { condition, formula };

/// Compiles what may be written in a rule of this trigger.
std::expected<cel::Program, cel::CompileErrors> compile_expression(Trigger, ExpressionRole,
                                                                   std::string_view source);

}  // namespace perennial::earning
