#pragma once
#include <string>
#include <unordered_map>
#include <vector>

#include "modules/catalog/model.hpp"
#include "platform/db/row_keys.hpp"
#include "platform/work/batch.hpp"

namespace perennial::catalog {

/// Rows that are only read are not locked: hot products would make committers wait for each other.
enum class Use : std::uint8_t { read, write };

/// What an order's item says about the catalog; empty = not said. Ids that are not of our form are
/// taken as source ids.
struct ItemNames {
    std::string product_id;
    std::string product_source_id;
    std::string sku_id;
    std::string sku_source_id;
    bool product_override = false;  ///< the payload changes or makes the product
    bool sku_override = false;

    bool names_product() const { return !product_id.empty() || !product_source_id.empty(); }
    /// What is named by an id is meant to exist: only a source id alone may make a row.
    bool makes_product() const {
        return product_override && product_id.empty() && !product_source_id.empty();
    }
    bool makes_sku() const { return sku_override && sku_id.empty() && !sku_source_id.empty(); }
};

struct ItemRows {
    Product* product = nullptr;
    Sku* sku = nullptr;
};

/// Copies as evaluation sees them: with override, what the payload says wins over what is stored.
struct ItemView {
    std::optional<Product> product;
    std::optional<Sku> sku;
};

/// Rows of one table that a batch works with.
template <class Row>
struct Slots {
    enum class Dirt : std::uint8_t { none, changed, created, removed };
    struct Slot {
        Row row;
        bool exists = false;
        bool locked = false;
        Dirt dirt = Dirt::none;
    };
    using Key = db::RowKey;
    std::unordered_map<Key, Use, db::RowKeyHash> wanted;
    std::unordered_map<Key, Slot, db::RowKeyHash> known;
};

/// Set of a batch: products and SKUs by id or source id.
class Set {
  public:
    static constexpr int rank = 35;

    /// By id or source id; claims nothing.
    void want_product(work::Batch&, projects::ProjectNumber, const std::string& id_or_source, Use);
    void want_sku(work::Batch&, projects::ProjectNumber, const std::string& id_or_source, Use);
    /// To write; claims the source id for a fresh id when it is free.
    void claim_product(work::Batch&, projects::ProjectNumber, const std::string& source_id);
    void claim_sku(work::Batch&, projects::ProjectNumber, const std::string& source_id,
                   Place of_product);
    /// All an item names; a SKU brings its product. With override, free source ids are claimed.
    void want_item(work::Batch&, projects::ProjectNumber, const ItemNames&);

    void load(work::Batch&);
    void save(work::Batch&);

    /// After the load: what was wanted by this text; null when there is none.
    Product* find_product(work::Batch&, projects::ProjectNumber, const std::string& id_or_source);
    Product* find_product(projects::ProjectNumber, const ProductId&);
    Sku* find_sku(work::Batch&, projects::ProjectNumber, const std::string& id_or_source);
    ItemRows find_item(work::Batch&, projects::ProjectNumber, const ItemNames&);

    /// What `upsert_item` would leave, without changing anything.
    ItemView view_item(work::Batch&, projects::ProjectNumber, const ItemNames&,
                       const ProductChange&, const SkuChange&, Timestamp now);

    /// New rows. A source id must have been claimed, and must be free of a row; empty = none.
    Product& create_product(work::Batch&, projects::ProjectNumber, const std::string& source_id,
                            Timestamp now);
    Sku& create_sku(work::Batch&, const Product&, const std::string& source_id, Timestamp now);
    /// Changes or makes what the names' overrides allow, and gives what there is then. A new
    /// product needs a source id; a new SKU also a product.
    ItemRows upsert_item(work::Batch&, projects::ProjectNumber, const ItemNames&,
                         const ProductChange&, const SkuChange&, Timestamp now);

    void touch(Product&);
    void touch(Sku&);
    /// In a unit that runs alone. A product goes with its SKUs. The claims of their source ids
    /// stay: who comes next with one makes a new row under the old id, so that old orders still
    /// lead to it.
    void remove(work::Batch&, Product&);
    void remove(work::Batch&, Sku&);

  private:
    struct SourceWant {
        projects::ProjectNumber project;
        std::string source_id;
        Use use;
    };
    static Product new_product(work::Batch&, projects::ProjectNumber, const std::string& source_id,
                               Timestamp now);
    static Sku new_sku(work::Batch&, const Product&, const std::string& source_id, Timestamp now);
    void load_products(work::Batch&);
    void load_skus(work::Batch&);
    void save_products(work::Batch&);
    void save_skus(work::Batch&);

    std::vector<SourceWant> product_sources_;
    std::vector<SourceWant> sku_sources_;
    Slots<Product> products_;
    Slots<Sku> skus_;
};

}  // namespace perennial::catalog
