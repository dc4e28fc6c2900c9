// What a rule made of an order or event, in words: for explain and simulate.
#pragma once
#include "app/flows/order_earning.hpp"

namespace perennial::flows {

json::object look_json(const RuleLook&);

}  // namespace perennial::flows
