// Bulk changes and imports over the API: 202 with an async action, whose job does the rows (app/row_jobs).
#pragma once
#include "modules/projects/route.hpp"

namespace perennial::flows {

projects::Routes bulk_routes();

/// Kinds of jobs, by what a row is.
inline constexpr std::string_view customer_rows = "customers.upsert";
inline constexpr std::string_view product_rows = "products.upsert";
inline constexpr std::string_view sku_rows = "skus.upsert";
inline constexpr std::string_view order_rows = "orders.import";

/// One order of POST /v1/orders/import: placed at its `created_at`; it earns nothing, and no webhook
/// tells of it. Refuses as POST /v1/orders.
Result<projects::Command> import_order_row(const json::object& body, projects::ProjectNumber);

}  // namespace perennial::flows
