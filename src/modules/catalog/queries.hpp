// Reads for routes: never used to decide.
#pragma once
#include <optional>
#include <string_view>
#include <vector>

#include "modules/catalog/model.hpp"
#include "platform/db/database.hpp"

namespace perennial::catalog {

std::optional<Product> load_product(db::Tx&, projects::ProjectNumber, const ProductId&);
/// By "prod_…" or source id; so for SKUs.
std::optional<Product> load_product(db::Tx&, projects::ProjectNumber,
                                    std::string_view id_or_source);
std::optional<Sku> load_sku(db::Tx&, projects::ProjectNumber, const SkuId&);
std::optional<Sku> load_sku(db::Tx&, projects::ProjectNumber, std::string_view id_or_source);

struct ListQuery {
    std::optional<Timestamp> created_before;
    std::optional<Timestamp> created_after;
    bool descending = true;
    std::int64_t limit = 10;
    std::int64_t offset = 0;
};
std::vector<Product> list_products(db::Tx&, projects::ProjectNumber, const ListQuery&);
std::int64_t count_products(db::Tx&, projects::ProjectNumber, const ListQuery&);
/// Of one product; only order, limit and offset count.
std::vector<Sku> list_skus(db::Tx&, projects::ProjectNumber, const ProductId&, const ListQuery&);

/// All products, then all SKUs, in no order.
void scan_products(db::Tx&, projects::ProjectNumber, FunctionRef<void(const Product&)>);
void scan_skus(db::Tx&, projects::ProjectNumber, FunctionRef<void(const Sku&)>);

}  // namespace perennial::catalog
