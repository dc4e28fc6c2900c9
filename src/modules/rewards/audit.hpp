// Whether what redemptions keep elsewhere follows from their rows: for `perennial verify`.
#pragma once
#include <string>

#include "base/function_ref.hpp"
#include "platform/db/database.hpp"

namespace perennial::rewards {

/// The pieces of each reward are its redemptions that were not rolled back, open ones included; what
/// each recipient was given is the sum of their donations. Tells what does not hold.
void audit(db::Tx&, FunctionRef<void(std::string)> finding);

}  // namespace perennial::rewards
