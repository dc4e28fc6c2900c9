// From stored documents to the compiled model.
#pragma once
#include <expected>
#include <string_view>

#include "base/json.hpp"
#include "modules/earning/model.hpp"

namespace perennial::earning {

enum class ExpressionRole : std::uint8_t { condition, formula };

/// Compiles what may be written in a rule of this trigger.
std::expected<cel::Program, cel::CompileErrors> compile_expression(Trigger, ExpressionRole,
                                                                   std::string_view source);

/// Why the definition's expressions no longer compile; "" when they do.
std::string inactive_reason(const json::object& doc);

}  // namespace perennial::earning
