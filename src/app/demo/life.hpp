// What one member does from sign-up to `now`, and the strangers who queue beside them.
#pragma once
#include <cstdint>
#include <optional>

#include "app/demo/customers.hpp"

namespace perennial::app::demo {

/// Appends the member's orders and actions to the plan, in no order yet. The member is
/// `plan.customers[customer]`. Answers when the first order was placed, if one was.
std::optional<Timestamp> live(const Calendar&, std::uint64_t seed, const Newcomer&,
                              std::size_t customer, Plan&);

}  // namespace perennial::app::demo
