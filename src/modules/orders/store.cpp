#include "modules/orders/store.hpp"

#include "modules/claims/store.hpp"
#include "modules/sums/store.hpp"
#include "platform/db/chains.hpp"

namespace perennial::orders {
namespace {

const db::Select select_orders{
    "orders",
    {"bucket", "project", "id"},
    {"project", "id", "source_id", "customer", "previous", "status", "amount", "discount_amount",
     "returned_amount", "items", "metadata", "decision", "created_at", "updated_at", "paid_at",
     "version"},
    true};
constexpr std::string_view columns =
    "SELECT project, id, source_id, customer, previous, status, amount, discount_amount, "
    "returned_amount, items, metadata, decision, created_at, updated_at, paid_at, version "
    "FROM orders ";
const db::Select select_past{
    "orders",
    {"bucket", "project", "id"},
    {"project", "id", "source_id", "customer", "previous", "status", "amount", "discount_amount",
     "returned_amount", "items", "metadata", "decision", "created_at", "updated_at", "paid_at",
     "version"}};
const db::Insert insert_orders{
    "orders",
    {"bucket", "project", "id", "source_id", "customer", "previous", "status", "amount",
     "discount_amount", "returned_amount", "items", "metadata", "decision", "created_at",
     "updated_at", "paid_at", "version"}};
const db::Update update_orders{
    "orders",
    {"bucket", "project", "id"},
    {"customer", "previous", "status", "amount", "discount_amount", "returned_amount", "items",
     "metadata", "decision", "updated_at", "paid_at", "version"}};

// All but items and metadata.
Order read_lean(const db::Row& row) {
    Order o;
    o.project = static_cast<projects::ProjectNumber>(row.integer(0));
    o.id = row.id<OrderId>(1);
    o.source_id = row.text_or_null(2);
    o.customer = row.id<customers::CustomerId>(3);
    o.previous = row.id<OrderId>(4);
    o.status = static_cast<Status>(row.integer(5));
    o.amount = Money(row.integer(6));
    o.discount_amount = Money(row.integer(7));
    o.returned_amount = Money(row.integer(8));
    if (!row.is_null(11)) o.decision = decision_from_text(row.text(11));
    o.created_at = row.time(12);
    o.updated_at = row.time_or_null(13);
    o.paid_at = row.time_or_null(14);
    o.version = row.integer(15);
    return o;
}

Order read(const db::Row& row) {
    Order o = read_lean(row);
    o.items = items_from_text(row.text(9));
    if (!row.is_null(10)) o.metadata = json::parse(json::string_view(row.text(10))).as_object();
    return o;
}

claims::Word source_word(projects::ProjectNumber project, std::string source_id) {
    return {project, claims::Kind::order, std::move(source_id)};
}

}  // namespace

void Set::want_source(work::Batch& batch, projects::ProjectNumber project,
                      const std::string& source_id, std::optional<Place> claim_at) {
    auto& claims = batch.get<claims::Set>();
    if (claim_at)
        claims.want_or_claim(source_word(project, source_id), batch.make_id<OrderId>(*claim_at));
    else
        claims.want(source_word(project, source_id));
    wanted_sources_.emplace_back(project, source_id);
}

void Set::want_id(projects::ProjectNumber project, const OrderId& id) {
    wanted_ids_.emplace_back(project, id);
}

void Set::load(work::Batch& batch) {
    for (const auto& [project, source] : wanted_sources_)
        if (const OrderId id = id_of(batch, project, source); !id.is_nil())
            wanted_ids_.emplace_back(project, id);
    wanted_sources_.clear();
    const db::Rows keys = db::make_slots(batch.tx, wanted_ids_, slots_);
    if (keys.empty()) return;
    batch.tx.select(select_orders, keys, [&](const db::Row& row) {
        Order order = read(row);
        Slot& slot = slots_[{order.project, order.id}];
        slot.order = std::move(order);
        slot.exists = true;
    });
    wanted_ids_.clear();
}

void Set::load_chain(work::Batch& batch, projects::ProjectNumber project, OrderId newest) {
    while (!newest.is_nil()) {
        if (find(project, newest) == nullptr) {
            want_id(project, newest);
            load(batch);
        }
        const Order* order = find(project, newest);
        CHECK(order != nullptr);
        newest = order->previous;
    }
}

Order* Set::find(projects::ProjectNumber project, const OrderId& id) {
    auto found = slots_.find({project, id});
    return found != slots_.end() && found->second.exists ? &found->second.order : nullptr;
}

OrderId Set::id_of(work::Batch& batch, projects::ProjectNumber project,
                   const std::string& source_id) const {
    return OrderId(batch.get<claims::Set>().find(source_word(project, source_id)));
}

Order& Set::create(work::Batch& batch, Order order) {
    Slot& slot = slots_[{order.project, order.id}];
    CHECK(!slot.exists);
    slot.order = std::move(order);
    slot.exists = slot.created = slot.dirty = true;
    batch.get<sums::Set>().add(slot.order.project, "orders", RawId{}, slot.order.id.place(), 1);
    return slot.order;
}

void Set::touch(Order& order) {
    auto found = slots_.find({order.project, order.id});
    CHECK(found != slots_.end() && &found->second.order == &order);
    found->second.dirty = true;
}

void Set::save(work::Batch& batch) {
    db::Rows created(17);
    db::Rows updated(15);
    std::deque<std::string> texts;
    for (auto& [key, slot] : slots_) {
        if (!slot.dirty) continue;
        Order& o = slot.order;
        ++o.version;
        const auto bucket = batch.tx.bucket(o.id.place());
        const std::string& items = texts.emplace_back(items_text(o.items));
        const db::Value metadata =
            o.metadata.empty() ? db::Value() : db::Value(texts.emplace_back(to_text(o.metadata)));
        const db::Value decision =
            o.decision ? db::Value(texts.emplace_back(decision_text(*o.decision))) : db::Value();
        if (slot.created)
            created.add({bucket, o.project, o.id, o.source_id, db::Value::id_or_null(o.customer),
                         db::Value::id_or_null(o.previous), static_cast<int>(o.status),
                         o.amount.value, o.discount_amount.value, o.returned_amount.value, items,
                         metadata, decision, o.created_at, o.updated_at, o.paid_at, o.version});
        else
            updated.add({bucket, o.project, o.id, db::Value::id_or_null(o.customer),
                         db::Value::id_or_null(o.previous), static_cast<int>(o.status),
                         o.amount.value, o.discount_amount.value, o.returned_amount.value, items,
                         metadata, decision, o.updated_at, o.paid_at, o.version});
        slot.created = slot.dirty = false;
    }
    if (!created.empty()) batch.tx.insert(insert_orders, created);
    if (!updated.empty())
        CHECK(batch.tx.update(update_orders, updated) ==
              static_cast<std::int64_t>(updated.count()));
}

std::optional<Order> load_order(db::Tx& tx, projects::ProjectNumber project, const OrderId& id) {
    static const std::string sql =
        std::string(columns) + "WHERE bucket = ? AND project = ? AND id = ?";
    std::optional<Order> out;
    tx.query(sql, {tx.bucket(id.place()), project, id},
             [&](const db::Row& row) { out = read(row); });
    return out;
}

std::optional<Order> load_order(db::Tx& tx, projects::ProjectNumber project,
                                std::string_view id_or_source) {
    if (auto id = OrderId::parse(id_or_source))
        if (auto found = load_order(tx, project, *id)) return found;
    const RawId claimed = claims::find(tx, source_word(project, std::string(id_or_source)));
    if (claimed.is_nil()) return std::nullopt;
    return load_order(tx, project, OrderId(claimed));
}

std::vector<Order> list_orders(db::Tx& tx, projects::ProjectNumber project,
                               const ListQuery& query) {
    static const std::string base = std::string(columns) +
                                    "WHERE bucket >= 0 AND project = ? AND created_at < ? AND created_at > ? "
                                    "ORDER BY created_at ";
    const std::string sql =
        base + (query.descending ? "DESC, id DESC LIMIT ? OFFSET ?" : "ASC, id ASC LIMIT ? OFFSET ?");
    std::vector<Order> out;
    tx.query(sql,
             {project, query.created_before.value_or(Timestamp{INT64_MAX}),
              query.created_after.value_or(Timestamp{INT64_MIN}), query.limit, query.offset},
             [&](const db::Row& row) { out.push_back(read(row)); });
    return out;
}

void walk_orders(db::Tx& tx, projects::ProjectNumber project, OrderId newest,
                 FunctionRef<bool(Order&)> callback) {
    while (!newest.is_nil()) {
        auto order = load_order(tx, project, newest);
        CHECK(order.has_value());
        if (!callback(*order)) return;
        newest = order->previous;
    }
}

void Past::read_items() {
    if (items.empty()) return;
    order.items = items_from_text(items);
    items.clear();
}

void Past::read_metadata() {
    if (metadata.empty()) return;
    order.metadata = json::parse(json::string_view(metadata)).as_object();
    metadata.clear();
}

void walk_chains(db::Tx& tx, projects::ProjectNumber project, std::span<const OrderId> newest,
                 FunctionRef<void(std::size_t, Past&&)> callback) {
    db::Chains chains;
    for (std::size_t i = 0; i < newest.size(); ++i) chains.add(newest[i], i);
    while (chains.go_on())
        tx.select(select_past, chains.keys(tx, project), [&](const db::Row& row) {
            Past past{read_lean(row), std::string(row.text(9)), std::string(row.text_or_empty(10))};
            const std::size_t chain = chains.chain_of(past.order.id, past.order.previous);
            callback(chain, std::move(past));
        });
}

}  // namespace perennial::orders
