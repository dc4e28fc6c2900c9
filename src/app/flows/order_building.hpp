// An order's lines and amounts from a body and the catalog: for orders that are placed and for those
// that are only looked at.
#pragma once
#include "app/flows/order_codec.hpp"
#include "modules/projects/snapshot.hpp"

namespace perennial::flows {

extern const ErrorCode invalid_order;

/// Whether the item's catalogue rows are needed: for a price, to change them, or because rules ask.
bool needs_catalog(const ItemInput&, const projects::Snapshot&);

/// Ids and names of the catalogue's rows, as far as the item lacks them.
void take_names(orders::Item&, const catalog::Product*, const catalog::Sku*);

/// The item with names, price, line type and collections of its rows (null = none, or not needed) and
/// its amount. Refuses: invalid_order (amounts out of range).
Result<orders::Item> build_item(const ItemInput&, const catalog::Product*, const catalog::Sku*,
                                const projects::Snapshot&);

/// The order's discount that is none of its items'.
Money own_discount(const orders::Order&);

/// Amounts of the order as a whole, checked. `kept` is its own discount so far: points may have paid
/// it, so it stays unless the body says another.
Result<void> add_up(orders::Order&, const OrderInput&, Money kept);

}  // namespace perennial::flows
