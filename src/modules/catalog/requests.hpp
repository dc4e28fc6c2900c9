// What the routes of products, SKUs and collections share.
#pragma once
#include <string>

#include "modules/catalog/queries.hpp"
#include "modules/projects/requests.hpp"
#include "modules/projects/route.hpp"

namespace perennial::catalog {

/// "Cannot find product with id X"; `type` as in api.md: product, sku, products_collection.
std::unexpected<Error> unknown(std::string_view type, const std::string& id);

/// limit, page, order by created_at, and start_date and end_date, both inclusive. Refuses the
/// parameters in `refused` by name.
Result<ListQuery> read_list(const http::Request&, std::span<const std::string_view> refused);

json::object list_json(std::string_view key, json::array rows, std::int64_t total);

}  // namespace perennial::catalog
