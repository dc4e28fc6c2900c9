#include "modules/webhooks/store.hpp"

#include <algorithm>

namespace perennial::webhooks {
namespace {

const db::Select select_deliveries{
    "deliveries",
    {"bucket", "project", "id"},
    {"project", "id", "event", "webhook", "customer", "seq", "state", "attempts", "next_at",
     "lease", "last_status", "last_error", "last_at", "created_at"},
    true};
constexpr std::string_view columns =
    "SELECT project, id, event, webhook, customer, seq, state, attempts, next_at, lease, "
    "last_status, last_error, last_at, created_at FROM deliveries ";
const db::Update update_deliveries{"deliveries",
                                   {"bucket", "project", "id"},
                                   {"state", "attempts", "next_at", "lease", "last_status",
                                    "last_error", "last_at"}};
const db::Select select_events{"outbox",
                               {"bucket", "project", "id"},
                               {"id", "type", "data", "origin", "created_at"}};
constexpr std::string_view sql_lane =
    "SELECT id FROM deliveries WHERE bucket = ? AND project = ? AND webhook = ? AND "
    "customer = ? AND state = 0 ORDER BY seq LIMIT ?";
constexpr std::string_view sql_wake =
    "UPDATE deliveries SET next_at = ? WHERE bucket = ? AND project = ? AND id = "
    "(SELECT d.id FROM deliveries d WHERE d.bucket = ? AND d.project = ? AND d.webhook = ? AND "
    "d.customer = ? AND d.state = 0 ORDER BY d.seq LIMIT 1) AND lease = 0 AND next_at > ?";

Delivery read_delivery(const db::Row& row) {
    Delivery d;
    d.project = static_cast<projects::ProjectNumber>(row.integer(0));
    d.id = row.id<outbox::DeliveryId>(1);
    d.event = row.id<outbox::EventId>(2);
    d.webhook = row.id<WebhookId>(3);
    d.customer = row.id(4);
    d.sequence = row.integer(5);
    d.state = static_cast<DeliveryState>(row.integer(6));
    d.attempts = static_cast<int>(row.integer(7));
    d.next_at = row.time(8);
    d.lease = row.integer(9);
    if (!row.is_null(10)) d.last_status = static_cast<int>(row.integer(10));
    d.last_error = row.text_or_empty(11);
    d.last_at = row.time_or_null(12);
    d.created_at = row.time(13);
    return d;
}

DeliveryKey key_of(const Delivery& d) { return {d.project, d.id}; }

}  // namespace

void Set::want(const DeliveryKey& key) { wanted_.push_back(key); }

void Set::want(const Lane& lane) { wanted_lanes_.push_back(lane); }

void Set::load(work::Batch& batch) {
    for (const Lane& lane : wanted_lanes_)
        batch.tx.query(sql_lane,
                       {batch.tx.bucket(lane.customer.place()), lane.project, lane.webhook,
                        lane.customer, lane_rows_max},
                       [&](const db::Row& row) {
                           wanted_.push_back({lane.project, row.id<outbox::DeliveryId>(0)});
                       });
    wanted_lanes_.clear();
    db::Rows keys(3);
    for (const DeliveryKey& key : wanted_) {
        const auto [slot, is_new] = slots_.try_emplace(key);
        // The map's own key: rows of parameters point to it.
        if (is_new)
            keys.add({batch.tx.bucket(slot->first.id.place()), slot->first.project,
                      slot->first.id});
    }
    batch.tx.select(select_deliveries, keys, [&](const db::Row& row) {
        const Delivery delivery = read_delivery(row);
        Slot& slot = slots_[key_of(delivery)];
        slot.delivery = delivery;
        slot.exists = true;
    });
    wanted_.clear();
}

Delivery* Set::find(const DeliveryKey& key) {
    auto found = slots_.find(key);
    return found != slots_.end() && found->second.exists ? &found->second.delivery : nullptr;
}

std::vector<Delivery> Set::lane(const Lane& lane) {
    std::vector<Delivery> out;
    for (const auto& [key, slot] : slots_) {
        const Delivery& d = slot.delivery;
        if (slot.exists && d.is_ordered() && Lane{d.project, d.webhook, d.customer} == lane)
            out.push_back(d);
    }
    std::ranges::sort(out, {}, [](const Delivery& d) { return d.sequence; });
    return out;
}

void Set::put(const Delivery& delivery) {
    auto found = slots_.find(key_of(delivery));
    CHECK(found != slots_.end() && found->second.exists);
    found->second.delivery = delivery;
    found->second.dirty = true;
}

void Set::wake(const Lane& lane) { woken_.push_back(lane); }

void Set::save(work::Batch& batch) {
    db::Rows rows(10);
    for (auto& [key, slot] : slots_) {
        if (!slot.dirty) continue;
        const Delivery& d = slot.delivery;
        rows.add({batch.tx.bucket(d.id.place()), d.project, d.id, static_cast<int>(d.state),
                  d.attempts, d.next_at, d.lease, d.last_status,
                  d.last_error.empty() ? db::Value() : db::Value(d.last_error), d.last_at});
        slot.dirty = false;
    }
    if (!rows.empty())
        CHECK(batch.tx.update(update_deliveries, rows) ==
              static_cast<std::int64_t>(rows.count()));
    std::ranges::sort(woken_);
    woken_.erase(std::unique(woken_.begin(), woken_.end()), woken_.end());
    for (const Lane& lane : woken_) {
        const auto bucket = batch.tx.bucket(lane.customer.place());
        batch.tx.execute(sql_wake,
                         {batch.machine_now, bucket, lane.project, bucket, lane.project,
                          lane.webhook, lane.customer, batch.machine_now});
    }
    woken_.clear();
}

std::vector<WebhookId> webhooks_with_deliveries(db::Tx& tx) {
    std::vector<WebhookId> out;
    std::string last;
    for (bool more = true; more;) {
        more = false;
        tx.query(
            "SELECT webhook FROM deliveries WHERE state < 2 AND webhook > ? "
            "ORDER BY webhook LIMIT 1",
            {db::Value::blob(last)}, [&](const db::Row& row) {
                out.push_back(row.id<WebhookId>(0));
                more = true;
            });
        if (more) last = out.back().view();
    }
    return out;
}

std::vector<Delivery> due_deliveries(db::Tx& tx, const WebhookId& webhook, Timestamp now,
                                     std::int64_t limit) {
    static const std::string sql =
        std::string(columns) +
        "WHERE state < 2 AND webhook = ? AND next_at <= ? ORDER BY next_at LIMIT ?";
    std::vector<Delivery> out;
    tx.query(sql, {webhook, now, limit},
             [&](const db::Row& row) { out.push_back(read_delivery(row)); });
    return out;
}

std::optional<Timestamp> next_due(db::Tx& tx, const WebhookId& webhook) {
    std::optional<Timestamp> out;
    tx.query("SELECT min(next_at) FROM deliveries WHERE state < 2 AND webhook = ?", {webhook},
             [&](const db::Row& row) { out = row.time_or_null(0); });
    return out;
}

StoredEvents load_events(db::Tx& tx, const std::vector<Delivery>& deliveries) {
    StoredEvents out;
    db::Rows keys(3);
    for (const Delivery& d : deliveries)
        keys.add({tx.bucket(d.event.place()), d.project, d.event});
    tx.select(select_events, keys, [&](const db::Row& row) {
        out[row.id(0)] = {std::string(row.text(1)), std::string(row.text(2)),
                          std::string(row.text(3)), row.time(4)};
    });
    return out;
}

std::optional<Delivery> load_delivery(db::Tx& tx, const DeliveryKey& key) {
    static const std::string sql =
        std::string(columns) + "WHERE bucket = ? AND project = ? AND id = ?";
    std::optional<Delivery> out;
    tx.query(sql, {tx.bucket(key.id.place()), key.project, key.id},
             [&](const db::Row& row) { out = read_delivery(row); });
    return out;
}

std::vector<Delivery> list_deliveries(db::Tx& tx, projects::ProjectNumber project,
                                      const DeliveryQuery& query) {
    static const std::string sql = std::string(columns) +
                                   "WHERE bucket >= 0 AND project = ? AND webhook = ? AND id < ? AND "
                                   "state >= ? AND state <= ? ORDER BY id DESC LIMIT ?";
    const std::string newest(16, '\xFF');
    const db::Value before =
        query.before ? db::Value(*query.before) : db::Value::blob(newest);
    const int lowest = query.state ? static_cast<int>(*query.state) : 0;
    const int highest = query.state ? lowest : static_cast<int>(DeliveryState::canceled);
    std::vector<Delivery> out;
    tx.query(sql, {project, query.webhook, before, lowest, highest, query.limit},
             [&](const db::Row& row) { out.push_back(read_delivery(row)); });
    return out;
}

void free_leases(db::Tx& tx, Timestamp now) {
    tx.execute("UPDATE deliveries SET lease = 0, next_at = ? WHERE state < 2 AND lease <> 0", {now});
}

bool remove_old(db::Tx& tx, projects::ProjectNumber project, Timestamp before,
                std::int64_t limit) {
    const RawId first = RawId::make(before.ms, 0, 0);  // ids sort by time
    bool more = false;
    for (std::int64_t bucket = 0; bucket < tx.buckets(); ++bucket) {
        const auto removed = tx.execute(
            "DELETE FROM deliveries WHERE bucket = ? AND project = ? AND id IN (SELECT d.id FROM "
            "deliveries d WHERE d.bucket = ? AND d.project = ? AND d.id < ? ORDER BY d.id LIMIT ?)",
            {bucket, project, bucket, project, first, limit});
        const auto removed_events = tx.execute(
            "DELETE FROM outbox WHERE bucket = ? AND project = ? AND id IN (SELECT e.id FROM "
            "outbox e WHERE e.bucket = ? AND e.project = ? AND e.id < ? ORDER BY e.id LIMIT ?)",
            {bucket, project, bucket, project, first, limit});
        more |= removed == limit || removed_events == limit;
    }
    return more;
}

bool delivered_since(db::Tx& tx, projects::ProjectNumber project, const WebhookId& webhook,
                     Timestamp since) {
    bool found = false;
    tx.query(
        "SELECT 1 FROM deliveries WHERE bucket >= 0 AND project = ? AND webhook = ? AND state = ? "
        "AND last_at >= ? LIMIT 1",
        {project, webhook, static_cast<int>(DeliveryState::delivered), since},
        [&](const db::Row&) { found = true; });
    return found;
}

}  // namespace perennial::webhooks
