// The metadata objects that the plan's customers, orders and events carry in the API's bodies.
#pragma once
#include <boost/json/object.hpp>

#include "app/demo/plan.hpp"

namespace perennial::app::demo {

boost::json::object metadata_of(const Plan&, const Customer&);  // language, store, joined_through …
boost::json::object metadata_of(const Order&);                  // channel, store, payment
boost::json::object metadata_of(const CustomEvent&);
boost::json::object metadata_of(const Product&);  // category, seasonal

}  // namespace perennial::app::demo
