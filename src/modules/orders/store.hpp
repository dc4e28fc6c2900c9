#pragma once
#include <span>
#include <unordered_map>
#include <vector>

#include "modules/orders/model.hpp"
#include "platform/db/row_keys.hpp"
#include "platform/work/batch.hpp"

namespace perennial::orders {

/// Set of a batch: orders by id or source id.
class Set {
  public:
    static constexpr int rank = 40;

    /// By source id. With a place, a free source id is claimed for a fresh order there.
    void want_source(work::Batch&, projects::ProjectNumber, const std::string& source_id,
                     std::optional<Place> claim_at);
    void want_id(projects::ProjectNumber, const OrderId&);
    void load(work::Batch&);
    void save(work::Batch&);

    /// Loads at once all orders of a customer that are not loaded yet, along the chain.
    void load_chain(work::Batch&, projects::ProjectNumber, OrderId newest);

    Order* find(projects::ProjectNumber, const OrderId&);
    /// After the load: the id that the source id leads to (of an order that may not exist yet); nil
    /// when it is free and was not claimed.
    OrderId id_of(work::Batch&, projects::ProjectNumber, const std::string& source_id) const;
    Order& create(work::Batch&, Order order);
    void touch(Order&);

  private:
    struct Slot {
        Order order;
        bool exists = false;
        bool created = false;
        bool dirty = false;
    };
    using Key = db::RowKey;
    std::vector<std::pair<projects::ProjectNumber, std::string>> wanted_sources_;
    std::vector<Key> wanted_ids_;
    std::unordered_map<Key, Slot, db::RowKeyHash> slots_;
};

std::optional<Order> load_order(db::Tx&, projects::ProjectNumber, const OrderId&);
/// By "ord_…" or source id.
std::optional<Order> load_order(db::Tx&, projects::ProjectNumber, std::string_view id_or_source);

struct ListQuery {
    std::optional<Timestamp> created_before;
    std::optional<Timestamp> created_after;
    bool descending = true;
    std::int64_t limit = 10;
    std::int64_t offset = 0;
};
std::vector<Order> list_orders(db::Tx&, projects::ProjectNumber, const ListQuery&);
/// A customer's orders by their chain, newest first, until the callback returns false.
void walk_orders(db::Tx&, projects::ProjectNumber, OrderId newest, FunctionRef<bool(Order&)>);

/// An order of which items and metadata stay text until somebody asks for them: many are read at once
/// to decide them anew, and most rules look at amounts only.
struct Past {
    Order order;
    std::string items;
    std::string metadata;

    void read_items();
    void read_metadata();
};
/// The chains that end with these orders, all together: one statement for the next order of each.
/// Newest first; `chain` is the place in `newest` (nil: an empty one).
void walk_chains(db::Tx&, projects::ProjectNumber, std::span<const OrderId> newest,
                 FunctionRef<void(std::size_t chain, Past&&)>);

}  // namespace perennial::orders
