// Products and SKUs by the row: bulk changes and imports.
#pragma once
#include "modules/projects/route.hpp"

namespace perennial::catalog {

/// By source_id: changes the product, or makes it; by an id: changes. Refuses: invalid_payload (all
/// mistakes; neither id nor source_id), and when it runs not_found.
Result<projects::Command> upsert_product_row(const json::object& body, projects::ProjectNumber);
/// {product_id, source_id, …}: as POST /v1/products/{productId}/skus. Refuses: invalid_payload, and when
/// it runs not_found (the product), duplicate_found (the SKU is of another product).
Result<projects::Command> upsert_sku_row(const json::object& body, projects::ProjectNumber);

}  // namespace perennial::catalog
