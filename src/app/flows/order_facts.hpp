// An order as rules see it.
#pragma once
#include "modules/earning/facts.hpp"
#include "modules/orders/model.hpp"

namespace perennial::flows {

/// `kept` leaves out what was returned (decisions.md 16). Views into the order and into `ids`.
struct OrderView {
    earning::OrderFacts facts;
    std::string id;
};
void fill(OrderView&, const orders::Order&, bool kept);

}  // namespace perennial::flows
