// POST and PUT /v1/orders, imports and the demo store: one order, in one transaction.
#pragma once
#include "app/flows/order_codec.hpp"
#include "app/flows/order_earning.hpp"

namespace perennial::flows {

struct PlaceOrder {
    OrderInput input;
    bool must_exist = false;  ///< PUT: an unknown id is not_found
    bool earns = true;        ///< false: an import with --no-earn
    bool tells = true;        ///< false: no webhook hears of it
};

void want(const PlaceOrder&, work::Batch&, projects::ProjectNumber);
void want_more(const PlaceOrder&, work::Batch&, projects::ProjectNumber);

struct PlacedOrder {
    const orders::Order* order = nullptr;
    const customers::Customer* customer = nullptr;
};

/// Refuses in this order: not_found (PUT of an unknown order, unknown customer id), invalid_order (a
/// change that its status forbids, items of a paid order, amounts out of range), points_out_of_range.
/// A known source id changes that order and earns no second time.
Result<PlacedOrder> place_order(const PlaceOrder&, const projects::Context&);

}  // namespace perennial::flows
