// Product collections: named sets of products and SKUs that rules, rewards and discounts refer to.
// STATIC ones list their members; AUTO_UPDATE ones are a filter over the catalog as it is now.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "modules/catalog/filter.hpp"
#include "modules/projects/snapshot.hpp"

namespace perennial::catalog {

enum class CollectionType : std::uint8_t { static_, auto_update };

/// What is asked about: an order's item, or a row. Ids are enough for STATIC collections; without
/// facts an AUTO_UPDATE collection contains nothing.
struct Candidate {
    RawId product;
    RawId sku;
    std::optional<Facts> product_facts;
    std::optional<Facts> sku_facts;
};
/// The rows must outlive the candidate.
Candidate candidate_of(const Product*, const Sku*);

struct Collection {
    CollectionId id;
    std::string name;
    CollectionType type = CollectionType::static_;
    /// STATIC: products and SKUs, in the order they were given; `sku` nil = the product.
    struct Member {
        ProductId product;
        SkuId sku;
    };
    std::vector<Member> members;
    std::unordered_set<RawId, RawIdHash> member_ids;
    Filter filter;  ///< AUTO_UPDATE

    /// True when the product or the SKU belongs to it: a product brings all its SKUs.
    bool contains(const Candidate&) const;
};

/// All collections of a project: `snapshot.get<catalog::Collections>()`.
struct Collections {
    std::vector<Collection> all;  ///< oldest first
    std::unordered_map<RawId, std::size_t, RawIdHash> by_id;

    const Collection* find(const RawId& id) const;
    /// The ids of those that contain it, oldest first.
    std::vector<std::string> containing(const Candidate&) const;
    /// By "pc_…"; false when there is no such collection.
    bool contains(std::string_view collection_id, const Candidate&) const;
    static std::unique_ptr<Collections> compile(const projects::Snapshot&);
};

/// What a body says. Members are as sent: checked against the catalog when the command runs.
struct CollectionChange {
    std::optional<std::string> name;
    std::optional<CollectionType> type;
    struct Member {
        std::string object;  ///< "product" | "sku"
        std::string id;      ///< id or source id
    };
    std::optional<std::vector<Member>> products;
    std::optional<json::object> filter;
};

CollectionChange read_collection(JsonReader& body);
/// {id, name, type, products | filter, created_at, object}
json::object to_json(const projects::Definition&);

}  // namespace perennial::catalog
