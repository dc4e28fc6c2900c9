#include "modules/catalog/queries.hpp"

#include "modules/catalog/rows.hpp"
#include "modules/claims/store.hpp"

namespace perennial::catalog {

Product read_product_row(const db::Row& row) {
    Product product;
    product.project = static_cast<projects::ProjectNumber>(row.integer(0));
    product.id = row.id<ProductId>(1);
    product.source_id = row.text_or_null(2);
    product.name = row.text_or_null(3);
    if (!row.is_null(4)) product.price = row.integer(4);
    product.attributes = row.text_or_empty(5);
    product.metadata = row.text_or_empty(6);
    product.image_url = row.text_or_null(7);
    product.created_at = row.time(8);
    product.updated_at = row.time_or_null(9);
    return product;
}

Sku read_sku_row(const db::Row& row) {
    Sku sku;
    sku.project = static_cast<projects::ProjectNumber>(row.integer(0));
    sku.id = row.id<SkuId>(1);
    sku.product = row.id<ProductId>(2);
    sku.source_id = row.text_or_null(3);
    sku.sku = row.text_or_null(4);
    if (!row.is_null(5)) sku.price = row.integer(5);
    sku.currency = row.text_or_null(6);
    sku.attributes = row.text_or_empty(7);
    sku.metadata = row.text_or_empty(8);
    sku.image_url = row.text_or_null(9);
    sku.created_at = row.time(10);
    sku.updated_at = row.time_or_null(11);
    return sku;
}

std::optional<Product> load_product(db::Tx& tx, projects::ProjectNumber project,
                                    const ProductId& id) {
    static const std::string sql =
        std::string(select_products_sql) + "WHERE bucket = ? AND project = ? AND id = ?";
    std::optional<Product> out;
    tx.query(sql, {tx.bucket(id.place()), project, id},
             [&](const db::Row& row) { out = read_product_row(row); });
    return out;
}

std::optional<Product> load_product(db::Tx& tx, projects::ProjectNumber project,
                                    std::string_view id_or_source) {
    if (auto id = ProductId::parse(id_or_source))
        if (auto found = load_product(tx, project, *id)) return found;
    const RawId claimed =
        claims::find(tx, {project, claims::Kind::product, std::string(id_or_source)});
    return claimed.is_nil() ? std::nullopt : load_product(tx, project, ProductId(claimed));
}

std::optional<Sku> load_sku(db::Tx& tx, projects::ProjectNumber project, const SkuId& id) {
    static const std::string sql =
        std::string(select_skus_sql) + "WHERE bucket = ? AND project = ? AND id = ?";
    std::optional<Sku> out;
    tx.query(sql, {tx.bucket(id.place()), project, id},
             [&](const db::Row& row) { out = read_sku_row(row); });
    return out;
}

std::optional<Sku> load_sku(db::Tx& tx, projects::ProjectNumber project,
                            std::string_view id_or_source) {
    if (auto id = SkuId::parse(id_or_source))
        if (auto found = load_sku(tx, project, *id)) return found;
    const RawId claimed = claims::find(tx, {project, claims::Kind::sku, std::string(id_or_source)});
    return claimed.is_nil() ? std::nullopt : load_sku(tx, project, SkuId(claimed));
}

namespace {

constexpr std::string_view direction(bool descending) {
    return descending ? "ORDER BY created_at DESC, id DESC LIMIT ? OFFSET ?"
                      : "ORDER BY created_at ASC, id ASC LIMIT ? OFFSET ?";
}

}  // namespace

std::vector<Product> list_products(db::Tx& tx, projects::ProjectNumber project,
                                   const ListQuery& query) {
    const std::string sql = fmt::format(
        "{}WHERE bucket >= 0 AND project = ? AND created_at < ? AND created_at > ? {}", select_products_sql,
        direction(query.descending));
    std::vector<Product> out;
    tx.query(sql,
             {project, query.created_before.value_or(Timestamp{INT64_MAX}),
              query.created_after.value_or(Timestamp{INT64_MIN}), query.limit, query.offset},
             [&](const db::Row& row) { out.push_back(read_product_row(row)); });
    return out;
}

std::int64_t count_products(db::Tx& tx, projects::ProjectNumber project, const ListQuery& query) {
    std::int64_t out = 0;
    tx.query("SELECT count(*) FROM products WHERE bucket >= 0 AND project = ? AND created_at < ? "
             "AND created_at > ?",
             {project, query.created_before.value_or(Timestamp{INT64_MAX}),
              query.created_after.value_or(Timestamp{INT64_MIN})},
             [&](const db::Row& row) { out = row.integer(0); });
    return out;
}

std::vector<Sku> list_skus(db::Tx& tx, projects::ProjectNumber project, const ProductId& product,
                           const ListQuery& query) {
    const std::string sql = fmt::format("{}WHERE bucket >= 0 AND project = ? AND product = ? {}", select_skus_sql,
                                        direction(query.descending));
    std::vector<Sku> out;
    tx.query(sql, {project, product, query.limit, query.offset},
             [&](const db::Row& row) { out.push_back(read_sku_row(row)); });
    return out;
}

void scan_products(db::Tx& tx, projects::ProjectNumber project,
                   FunctionRef<void(const Product&)> callback) {
    static const std::string sql = std::string(select_products_sql) + "WHERE bucket >= 0 AND project = ?";
    tx.query(sql, {project}, [&](const db::Row& row) { callback(read_product_row(row)); });
}

void scan_skus(db::Tx& tx, projects::ProjectNumber project,
               FunctionRef<void(const Sku&)> callback) {
    static const std::string sql = std::string(select_skus_sql) + "WHERE bucket >= 0 AND project = ?";
    tx.query(sql, {project}, [&](const db::Row& row) { callback(read_sku_row(row)); });
}

}  // namespace perennial::catalog
