#pragma once
#include <boost/json.hpp>
#include <cstdint>
#include <optional>
#include <string>

#include "base/id.hpp"
#include "base/json.hpp"
#include "base/time.hpp"
#include "modules/projects/model.hpp"

namespace perennial::catalog {

struct ProductTag {
    static constexpr std::string_view prefix = "prod_";
};
struct SkuTag {
    static constexpr std::string_view prefix = "sku_";
};
struct CollectionTag {
    static constexpr std::string_view prefix = "pc_";
};
using ProductId = Id<ProductTag>;
using SkuId = Id<SkuTag>;
using CollectionId = Id<CollectionTag>;

/// What the shop sells. Its place is that of its source id, else its own.
struct Product {
    projects::ProjectNumber project = 0;
    ProductId id;
    std::optional<std::string> source_id;  ///< the shop's own id; unique, set at birth
    std::optional<std::string> name;
    std::optional<std::int64_t> price;  ///< minor units a piece
    std::string attributes;             ///< JSON text of an array of names; empty = []
    std::string metadata;               ///< JSON text of an object; empty = {}
    std::optional<std::string> image_url;
    Timestamp created_at;
    std::optional<Timestamp> updated_at;
};

/// One variant of a product. It is born at its product's place, but a source id that was used
/// before brings its old id, which may lie elsewhere.
struct Sku {
    projects::ProjectNumber project = 0;
    SkuId id;
    ProductId product;
    std::optional<std::string> source_id;  ///< unique in the project, set at birth
    std::optional<std::string> sku;        ///< its name
    std::optional<std::int64_t> price;     ///< minor units a piece
    std::optional<std::string> currency;   ///< of the price; nothing = the project's
    std::string attributes;                ///< JSON text of an object; empty = {}
    std::string metadata;                  ///< JSON text of an object; empty = {}
    std::optional<std::string> image_url;
    Timestamp created_at;
    std::optional<Timestamp> updated_at;
};

/// Absent: leave; null: clear; else set.
template <class T>
using Patch = std::optional<std::optional<T>>;

struct ProductChange {
    std::string source_id;  ///< names the product; empty = not sent
    Patch<std::string> name;
    Patch<std::int64_t> price;
    Patch<json::array> attributes;
    std::optional<json::object> metadata;  ///< merged key by key
    Patch<std::string> image_url;
};

struct SkuChange {
    std::string source_id;
    Patch<std::string> sku;
    Patch<std::int64_t> price;
    Patch<std::string> currency;
    Patch<json::object> attributes;
    std::optional<json::object> metadata;  ///< merged key by key
    Patch<std::string> image_url;
};

/// Merges the change. True when something differs now.
bool apply(const ProductChange&, Product&, Timestamp now);
bool apply(const SkuChange&, Sku&, Timestamp now);

/// What a piece costs when the order does not say: the SKU's price, else the product's. A SKU's
/// price in another currency than the project's is no price here.
std::optional<std::int64_t> catalog_price(const Product*, const Sku*, std::string_view currency);

json::object metadata_of(const Product&);
json::object metadata_of(const Sku&);

}  // namespace perennial::catalog
