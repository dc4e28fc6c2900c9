#pragma once
#include "base/json.hpp"
#include "modules/catalog/model.hpp"

namespace perennial::catalog {

/// Bodies of the routes, and `product` and `sku` of order items. Null clears; prices are whole
/// minor units from 0.
ProductChange read_product(JsonReader& body);
SkuChange read_sku(JsonReader& body);

json::object to_json(const Product&);
json::object to_json(const Sku&);
/// A SKU together with {id, source_id, name, price, attributes, metadata, object} of its product.
json::object to_json(const Sku&, const Product&);

}  // namespace perennial::catalog
