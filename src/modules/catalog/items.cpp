// What orders' items ask of the set.
#include "modules/catalog/store.hpp"
#include "modules/claims/store.hpp"

namespace perennial::catalog {

void Set::want_item(work::Batch& batch, projects::ProjectNumber project, const ItemNames& names) {
    const Use product_use = names.product_override ? Use::write : Use::read;
    const Use sku_use = names.sku_override ? Use::write : Use::read;
    if (!names.product_id.empty()) want_product(batch, project, names.product_id, product_use);
    if (!names.product_source_id.empty()) {
        if (names.makes_product())
            claim_product(batch, project, names.product_source_id);
        else
            want_product(batch, project, names.product_source_id, product_use);
    }
    if (!names.sku_id.empty()) want_sku(batch, project, names.sku_id, sku_use);
    if (!names.sku_source_id.empty()) {
        if (names.makes_sku() && names.names_product()) {
            const auto id = ProductId::parse(names.product_id);
            const std::string& source =
                names.product_source_id.empty() ? names.product_id : names.product_source_id;
            claim_sku(batch, project, names.sku_source_id, id ? id->place() : place_of(source));
        } else {
            want_sku(batch, project, names.sku_source_id, sku_use);
        }
    }
}

ItemRows Set::find_item(work::Batch& batch, projects::ProjectNumber project,
                        const ItemNames& names) {
    ItemRows rows;
    if (!names.sku_id.empty()) rows.sku = find_sku(batch, project, names.sku_id);
    if (rows.sku == nullptr && !names.sku_source_id.empty())
        rows.sku = find_sku(batch, project, names.sku_source_id);
    if (!names.product_id.empty())
        rows.product = find_product(batch, project, names.product_id);
    if (rows.product == nullptr && !names.product_source_id.empty())
        rows.product = find_product(batch, project, names.product_source_id);
    if (!names.names_product() && rows.sku != nullptr)
        rows.product = find_product(project, rows.sku->product);
    return rows;
}

ItemView Set::view_item(work::Batch& batch, projects::ProjectNumber project, const ItemNames& names,
                        const ProductChange& product_change, const SkuChange& sku_change,
                        Timestamp now) {
    const ItemRows rows = find_item(batch, project, names);
    ItemView view;
    if (rows.product != nullptr)
        view.product = *rows.product;
    else if (names.makes_product())
        view.product = new_product(batch, project, names.product_source_id, now);
    if (view.product && names.product_override && names.names_product())
        apply(product_change, *view.product, now);
    if (rows.sku != nullptr)
        view.sku = *rows.sku;
    else if (view.product && names.makes_sku())
        view.sku = new_sku(batch, *view.product, names.sku_source_id, now);
    if (view.sku && names.sku_override) apply(sku_change, *view.sku, now);
    return view;
}

ItemRows Set::upsert_item(work::Batch& batch, projects::ProjectNumber project,
                          const ItemNames& names, const ProductChange& product_change,
                          const SkuChange& sku_change, Timestamp now) {
    ItemRows rows = find_item(batch, project, names);
    if (names.product_override) {
        const bool is_new = rows.product == nullptr;
        if (is_new && names.makes_product())
            rows.product = &create_product(batch, project, names.product_source_id, now);
        // A product that only its SKU led to was read without a lock: it stays as it is.
        if (rows.product != nullptr && names.names_product() &&
            apply(product_change, *rows.product, now))
            touch(*rows.product);
        if (is_new && rows.product != nullptr) rows.product->updated_at.reset();
    }
    if (names.sku_override) {
        const bool is_new = rows.sku == nullptr;
        if (is_new && rows.product != nullptr && names.makes_sku())
            rows.sku = &create_sku(batch, *rows.product, names.sku_source_id, now);
        if (rows.sku != nullptr && apply(sku_change, *rows.sku, now)) touch(*rows.sku);
        if (is_new && rows.sku != nullptr) rows.sku->updated_at.reset();
    }
    return rows;
}

}  // namespace perennial::catalog
