#include "modules/catalog/model.hpp"

namespace perennial::catalog {
namespace {

template <class T>
bool set(std::optional<T>& field, const Patch<T>& patch) {
    if (!patch || field == *patch) return false;
    field = *patch;
    return true;
}

bool set_text(std::string& field, std::string text) {
    if (field == text) return false;
    field = std::move(text);
    return true;
}

/// JSON kept as text, where empty stands for the empty array or object.
template <class T>
bool set_json(std::string& field, const Patch<T>& patch) {
    if (!patch) return false;
    const bool is_empty = !*patch || (*patch)->empty();
    return set_text(field, is_empty ? std::string() : to_text(json::value(**patch)));
}

json::object parse_object(const std::string& text) {
    return text.empty() ? json::object() : json::parse(text).as_object();
}

bool merge(std::string& field, const std::optional<json::object>& change) {
    if (!change || change->empty()) return false;
    json::object metadata = parse_object(field);
    for (const auto& [key, value] : *change) metadata[key] = value;
    return set_text(field, to_text(metadata));
}

}  // namespace

bool apply(const ProductChange& change, Product& product, Timestamp now) {
    bool changed = set(product.name, change.name);
    changed |= set(product.price, change.price);
    changed |= set_json(product.attributes, change.attributes);
    changed |= merge(product.metadata, change.metadata);
    changed |= set(product.image_url, change.image_url);
    if (changed) product.updated_at = now;
    return changed;
}

bool apply(const SkuChange& change, Sku& sku, Timestamp now) {
    bool changed = set(sku.sku, change.sku);
    changed |= set(sku.price, change.price);
    changed |= set(sku.currency, change.currency);
    changed |= set_json(sku.attributes, change.attributes);
    changed |= merge(sku.metadata, change.metadata);
    changed |= set(sku.image_url, change.image_url);
    if (changed) sku.updated_at = now;
    return changed;
}

std::optional<std::int64_t> catalog_price(const Product* product, const Sku* sku,
                                          std::string_view currency) {
    if (sku != nullptr && sku->price && (!sku->currency || *sku->currency == currency))
        return sku->price;
    return product != nullptr ? product->price : std::nullopt;
}

json::object metadata_of(const Product& product) { return parse_object(product.metadata); }
json::object metadata_of(const Sku& sku) { return parse_object(sku.metadata); }

}  // namespace perennial::catalog
