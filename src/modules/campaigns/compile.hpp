// From stored documents to the compiled model.
#pragma once
#include "base/json.hpp"
#include "modules/campaigns/model.hpp"

namespace perennial::campaigns {

/// The rule of a program or of an earning rule; `none` for an empty object.
ExpirationRule compile_expiration(const json::object& expiration_rules);
CodeConfig compile_code_config(const json::object& code_config);

}  // namespace perennial::campaigns
