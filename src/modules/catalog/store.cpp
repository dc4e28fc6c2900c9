#include "modules/catalog/store.hpp"

#include "modules/catalog/rows.hpp"
#include "modules/claims/store.hpp"
#include "modules/sums/store.hpp"

namespace perennial::catalog {
namespace {

const std::vector<const char*> key_columns{"bucket", "project", "id"};

const db::Select read_products{"products", key_columns, product_columns, false};
const db::Select lock_products{"products", key_columns, product_columns, true};
const db::Insert insert_products{
    "products",
    {"bucket", "project", "id", "source_id", "name", "price", "attributes", "metadata", "image_url",
     "created_at", "updated_at"}};
const db::Update update_products{
    "products",
    key_columns,
    {"name", "price", "attributes", "metadata", "image_url", "updated_at"}};
const db::Delete delete_products{"products", key_columns};

const db::Select read_skus{"skus", key_columns, sku_columns, false};
const db::Select lock_skus{"skus", key_columns, sku_columns, true};
const db::Insert insert_skus{
    "skus",
    {"bucket", "project", "id", "product", "source_id", "name", "price", "currency", "attributes",
     "metadata", "image_url", "created_at", "updated_at"}};
const db::Update update_skus{
    "skus",
    key_columns,
    {"name", "price", "currency", "attributes", "metadata", "image_url", "updated_at"}};
const db::Delete delete_skus{"skus", key_columns};

claims::Word product_word(projects::ProjectNumber project, const std::string& source_id) {
    return {project, claims::Kind::product, source_id};
}
claims::Word sku_word(projects::ProjectNumber project, const std::string& source_id) {
    return {project, claims::Kind::sku, source_id};
}

db::Value text_or_null(const std::string& text) {
    return text.empty() ? db::Value() : db::Value(text);
}

template <class Row>
void want(Slots<Row>& slots, projects::ProjectNumber project, const RawId& id, Use use) {
    Use& wanted = slots.wanted[{project, id}];
    wanted = std::max(wanted, use);
}

template <class Row>
Row* find(Slots<Row>& slots, projects::ProjectNumber project, const RawId& id) {
    auto found = slots.known.find({project, id});
    return found != slots.known.end() && found->second.exists ? &found->second.row : nullptr;
}

template <class Row>
typename Slots<Row>::Slot& slot_of(Slots<Row>& slots, const Row& row) {
    auto found = slots.known.find({row.project, row.id});
    CHECK(found != slots.known.end() && &found->second.row == &row);
    return found->second;
}

template <class Row>
void touch_row(Slots<Row>& slots, const Row& row) {
    auto& slot = slot_of(slots, row);
    CHECK(slot.locked);
    slot.dirt = std::max(slot.dirt, Slots<Row>::Dirt::changed);
}

template <class Row>
Row& create_row(Slots<Row>& slots, Row row) {
    auto& slot = slots.known[{row.project, row.id}];
    CHECK(!slot.exists && slot.dirt == Slots<Row>::Dirt::none);
    slot.row = std::move(row);
    slot.exists = true;
    slot.locked = true;
    slot.dirt = Slots<Row>::Dirt::created;
    return slot.row;
}

template <class Row>
void remove_row(Slots<Row>& slots, const Row& row) {
    auto& slot = slot_of(slots, row);
    CHECK(slot.locked && slot.dirt != Slots<Row>::Dirt::created);
    slot.exists = false;
    slot.dirt = Slots<Row>::Dirt::removed;
}

/// Fetches what is wanted for one use and not yet known, in key order: locks are taken in one order
/// everywhere.
template <class Row>
void fetch(db::Tx& tx, Slots<Row>& slots, Use use, const db::Select& select,
           Row (*read)(const db::Row&)) {
    using Key = typename Slots<Row>::Key;
    std::vector<Key> wanted;
    for (const auto& [key, wanted_use] : slots.wanted) {
        if (wanted_use != use) continue;
        auto known = slots.known.find(key);
        if (known == slots.known.end() || (use == Use::write && !known->second.locked))
            wanted.push_back(key);
    }
    if (wanted.empty()) return;
    db::in_lock_order(tx, wanted);
    db::Rows keys(3);
    keys.reserve(wanted.size());
    for (const auto& key : wanted) {
        auto& slot = slots.known[key];
        slot.exists = false;
        slot.locked = use == Use::write;
        keys.add({tx.bucket(key.second.place()), key.first, key.second});
    }
    tx.select(select, keys, [&](const db::Row& row) {
        Row one = read(row);
        auto& slot = slots.known[{one.project, one.id}];
        slot.row = std::move(one);
        slot.exists = true;
    });
}

}  // namespace

void Set::want_product(work::Batch& batch, projects::ProjectNumber project,
                       const std::string& id_or_source, Use use) {
    if (auto id = ProductId::parse(id_or_source)) want(products_, project, *id, use);
    batch.get<claims::Set>().want(product_word(project, id_or_source));
    product_sources_.push_back({project, id_or_source, use});
}

void Set::want_sku(work::Batch& batch, projects::ProjectNumber project,
                   const std::string& id_or_source, Use use) {
    if (auto id = SkuId::parse(id_or_source)) want(skus_, project, *id, use);
    batch.get<claims::Set>().want(sku_word(project, id_or_source));
    sku_sources_.push_back({project, id_or_source, use});
}

void Set::claim_product(work::Batch& batch, projects::ProjectNumber project,
                        const std::string& source_id) {
    batch.get<claims::Set>().want_or_claim(product_word(project, source_id),
                                           batch.make_id<ProductId>(place_of(source_id)));
    product_sources_.push_back({project, source_id, Use::write});
}

void Set::claim_sku(work::Batch& batch, projects::ProjectNumber project,
                    const std::string& source_id, Place of_product) {
    batch.get<claims::Set>().want_or_claim(sku_word(project, source_id),
                                           batch.make_id<SkuId>(of_product));
    sku_sources_.push_back({project, source_id, Use::write});
}

void Set::load(work::Batch& batch) {
    const auto& claimed = batch.get<claims::Set>();
    for (const SourceWant& one : sku_sources_) {
        const RawId id = claimed.find(sku_word(one.project, one.source_id));
        if (!id.is_nil()) want(skus_, one.project, id, one.use);
    }
    sku_sources_.clear();
    for (const SourceWant& one : product_sources_) {
        const RawId id = claimed.find(product_word(one.project, one.source_id));
        if (!id.is_nil()) want(products_, one.project, id, one.use);
    }
    product_sources_.clear();
    load_skus(batch);
    load_products(batch);
}

void Set::load_skus(work::Batch& batch) {
    fetch(batch.tx, skus_, Use::write, lock_skus, read_sku_row);
    fetch(batch.tx, skus_, Use::read, read_skus, read_sku_row);
    for (const auto& [key, use] : skus_.wanted)
        if (const Sku* sku = find(skus_, key.first, key.second))
            want(products_, sku->project, sku->product, Use::read);
    skus_.wanted.clear();
}

void Set::load_products(work::Batch& batch) {
    fetch(batch.tx, products_, Use::write, lock_products, read_product_row);
    fetch(batch.tx, products_, Use::read, read_products, read_product_row);
    products_.wanted.clear();
}

Product* Set::find_product(projects::ProjectNumber project, const ProductId& id) {
    return find(products_, project, id);
}

Product* Set::find_product(work::Batch& batch, projects::ProjectNumber project,
                           const std::string& id_or_source) {
    if (auto id = ProductId::parse(id_or_source))
        if (Product* found = find(products_, project, *id)) return found;
    return find(products_, project,
                batch.get<claims::Set>().find(product_word(project, id_or_source)));
}

Sku* Set::find_sku(work::Batch& batch, projects::ProjectNumber project,
                   const std::string& id_or_source) {
    if (auto id = SkuId::parse(id_or_source))
        if (Sku* found = find(skus_, project, *id)) return found;
    return find(skus_, project, batch.get<claims::Set>().find(sku_word(project, id_or_source)));
}

Product Set::new_product(work::Batch& batch, projects::ProjectNumber project,
                         const std::string& source_id, Timestamp now) {
    Product product;
    product.project = project;
    product.created_at = now;
    if (source_id.empty()) {
        product.id = batch.make_id<ProductId>(static_cast<Place>(batch.ids.random() & 0xFFFF));
    } else {
        product.id = ProductId(batch.get<claims::Set>().find(product_word(project, source_id)));
        product.source_id = source_id;
    }
    CHECK(!product.id.is_nil());
    return product;
}

Sku Set::new_sku(work::Batch& batch, const Product& product, const std::string& source_id,
                 Timestamp now) {
    Sku sku;
    sku.project = product.project;
    sku.product = product.id;
    sku.created_at = now;
    if (source_id.empty()) {
        sku.id = batch.make_id<SkuId>(product.id.place());
    } else {
        sku.id = SkuId(batch.get<claims::Set>().find(sku_word(product.project, source_id)));
        sku.source_id = source_id;
    }
    CHECK(!sku.id.is_nil());
    return sku;
}

Product& Set::create_product(work::Batch& batch, projects::ProjectNumber project,
                             const std::string& source_id, Timestamp now) {
    Product product = new_product(batch, project, source_id, now);
    batch.get<sums::Set>().add(project, "products", RawId{}, product.id.place(), 1);
    return create_row(products_, std::move(product));
}

Sku& Set::create_sku(work::Batch& batch, const Product& product, const std::string& source_id,
                     Timestamp now) {
    Sku sku = new_sku(batch, product, source_id, now);
    batch.get<sums::Set>().add(product.project, "skus", product.id, product.id.place(), 1);
    return create_row(skus_, std::move(sku));
}

void Set::touch(Product& product) { touch_row(products_, product); }
void Set::touch(Sku& sku) { touch_row(skus_, sku); }

void Set::remove(work::Batch& batch, Product& product) {
    std::vector<RawId> skus;
    batch.tx.query("SELECT id FROM skus WHERE bucket >= 0 AND project = ? AND product = ?",
                   {product.project, product.id},
                   [&](const db::Row& row) { skus.push_back(row.id(0)); });
    std::ranges::sort(skus);
    db::Rows keys(3);
    for (const RawId& id : skus) keys.add({batch.tx.bucket(id.place()), product.project, id});
    if (!keys.empty()) batch.tx.remove(delete_skus, keys);
    auto& sums = batch.get<sums::Set>();
    sums.add(product.project, "skus", product.id, product.id.place(), -std::ssize(skus));
    sums.add(product.project, "products", RawId{}, product.id.place(), -1);
    remove_row(products_, product);
}

void Set::remove(work::Batch& batch, Sku& sku) {
    batch.get<sums::Set>().add(sku.project, "skus", sku.product, sku.product.place(), -1);
    remove_row(skus_, sku);
}

void Set::save(work::Batch& batch) {
    save_products(batch);
    save_skus(batch);
}

void Set::save_products(work::Batch& batch) {
    using Dirt = Slots<Product>::Dirt;
    db::Rows created(11);
    db::Rows changed(9);
    db::Rows removed(3);
    for (auto& [key, slot] : products_.known) {
        const Product& p = slot.row;
        const auto bucket = batch.tx.bucket(key.second.place());
        switch (slot.dirt) {
            case Dirt::none: break;
            case Dirt::created:
                created.add({bucket, p.project, p.id, p.source_id, p.name, p.price,
                             text_or_null(p.attributes), text_or_null(p.metadata), p.image_url,
                             p.created_at, p.updated_at});
                break;
            case Dirt::changed:
                changed.add({bucket, p.project, p.id, p.name, p.price, text_or_null(p.attributes),
                             text_or_null(p.metadata), p.image_url, p.updated_at});
                break;
            case Dirt::removed: removed.add({bucket, p.project, p.id}); break;
        }
        slot.dirt = Dirt::none;
    }
    if (!created.empty()) batch.tx.insert(insert_products, created);
    if (!changed.empty())
        CHECK(batch.tx.update(update_products, changed) ==
              static_cast<std::int64_t>(changed.count()));
    if (!removed.empty()) batch.tx.remove(delete_products, removed);
}

void Set::save_skus(work::Batch& batch) {
    using Dirt = Slots<Sku>::Dirt;
    db::Rows created(13);
    db::Rows changed(10);
    db::Rows removed(3);
    for (auto& [key, slot] : skus_.known) {
        const Sku& s = slot.row;
        const auto bucket = batch.tx.bucket(key.second.place());
        switch (slot.dirt) {
            case Dirt::none: break;
            case Dirt::created:
                created.add({bucket, s.project, s.id, s.product, s.source_id, s.sku, s.price,
                             s.currency, text_or_null(s.attributes), text_or_null(s.metadata),
                             s.image_url, s.created_at, s.updated_at});
                break;
            case Dirt::changed:
                changed.add({bucket, s.project, s.id, s.sku, s.price, s.currency,
                             text_or_null(s.attributes), text_or_null(s.metadata), s.image_url,
                             s.updated_at});
                break;
            case Dirt::removed: removed.add({bucket, s.project, s.id}); break;
        }
        slot.dirt = Dirt::none;
    }
    if (!created.empty()) batch.tx.insert(insert_skus, created);
    if (!changed.empty())
        CHECK(batch.tx.update(update_skus, changed) == static_cast<std::int64_t>(changed.count()));
    if (!removed.empty()) batch.tx.remove(delete_skus, removed);
}

}  // namespace perennial::catalog
