#pragma once
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "modules/webhooks/model.hpp"
#include "platform/work/batch.hpp"

namespace perennial::webhooks {

inline constexpr std::int64_t lane_rows_max = 16;

struct DeliveryKey {
    projects::ProjectNumber project = 0;
    outbox::DeliveryId id;
    bool operator==(const DeliveryKey&) const = default;
};
struct DeliveryKeyHash {
    std::size_t operator()(const DeliveryKey& key) const {
        return RawIdHash()(key.id) ^ static_cast<std::size_t>(key.project);
    }
};

/// Set of a batch: deliveries with their row locks.
class Set {
  public:
    static constexpr int rank = 91;

    void want(const DeliveryKey&);
    /// The oldest waiting deliveries of the lane.
    void want(const Lane&);
    void load(work::Batch&);
    void save(work::Batch&);

    Delivery* find(const DeliveryKey&);
    /// What `want(lane)` asked for, as the batch has it now, by sequence.
    std::vector<Delivery> lane(const Lane&);
    /// Takes the place of the delivery of this id.
    void put(const Delivery&);
    /// When saved, the lane's front becomes due at once, unless somebody is sending it.
    void wake(const Lane&);

  private:
    struct Slot {
        Delivery delivery;
        bool exists = false;
        bool dirty = false;
    };
    std::vector<DeliveryKey> wanted_;
    std::vector<Lane> wanted_lanes_;
    std::vector<Lane> woken_;
    std::unordered_map<DeliveryKey, Slot, DeliveryKeyHash> slots_;
};

/// Webhooks, of all projects, that have something to be sent, now or later.
std::vector<WebhookId> webhooks_with_deliveries(db::Tx&);
/// What is due to one webhook, the longest due first.
std::vector<Delivery> due_deliveries(db::Tx&, const WebhookId&, Timestamp now, std::int64_t limit);
std::optional<Timestamp> next_due(db::Tx&, const WebhookId&);

struct StoredEvent {
    std::string type;
    std::string data;
    std::string origin;
    Timestamp happened_at;
};
using StoredEvents = std::unordered_map<RawId, StoredEvent, RawIdHash>;
/// The events of deliveries; those that were removed by age are missing.
StoredEvents load_events(db::Tx&, const std::vector<Delivery>&);

std::optional<Delivery> load_delivery(db::Tx&, const DeliveryKey&);
struct DeliveryQuery {
    WebhookId webhook;
    std::optional<DeliveryState> state = {};
    std::optional<outbox::DeliveryId> before = {};
    std::int64_t limit = 10;
};
/// Newest first.
std::vector<Delivery> list_deliveries(db::Tx&, projects::ProjectNumber, const DeliveryQuery&);

/// Whether something came through to the webhook since then.
bool delivered_since(db::Tx&, projects::ProjectNumber, const WebhookId&, Timestamp since);

/// What a killed process was sending is due at once. Only where no other process can be sending.
void free_leases(db::Tx&, Timestamp now);
/// Removes events and deliveries made before, at most `limit` of a bucket. True when some may be left.
bool remove_old(db::Tx&, projects::ProjectNumber, Timestamp before, std::int64_t limit);

}  // namespace perennial::webhooks
