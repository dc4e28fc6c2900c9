// The columns of the two tables, as both the set and the queries read them.
#pragma once
#include <string_view>
#include <vector>

#include "modules/catalog/model.hpp"
#include "platform/db/database.hpp"

namespace perennial::catalog {

inline const std::vector<const char*> product_columns{
    "project",    "id",       "source_id", "name",       "price",
    "attributes", "metadata", "image_url", "created_at", "updated_at"};
inline constexpr std::string_view select_products_sql =
    "SELECT project, id, source_id, name, price, attributes, metadata, image_url, created_at, "
    "updated_at FROM products ";

inline const std::vector<const char*> sku_columns{
    "project",  "id",         "product",  "source_id", "name",       "price",
    "currency", "attributes", "metadata", "image_url", "created_at", "updated_at"};
inline constexpr std::string_view select_skus_sql =
    "SELECT project, id, product, source_id, name, price, currency, attributes, metadata, "
    "image_url, created_at, updated_at FROM skus ";

Product read_product_row(const db::Row&);
Sku read_sku_row(const db::Row&);

}  // namespace perennial::catalog
