// The outbox: events written in the transaction of the change that they tell of, delivered after it.
// An event with nobody to deliver it to is not written at all, so a project without listeners pays
// nothing.
#pragma once
#include <deque>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/id.hpp"
#include "base/time.hpp"
#include "platform/jobs/signal.hpp"
#include "platform/work/batch.hpp"

namespace perennial::outbox {

struct EventTag {
    static constexpr std::string_view prefix = "ev_";
};
using EventId = Id<EventTag>;

struct DeliveryTag {
    static constexpr std::string_view prefix = "whs_";
};
using DeliveryId = Id<DeliveryTag>;

/// Whose event it is, and where it stands in the owner's order.
struct Subject {
    RawId customer;  ///< nil: nobody's; such events have no order
    /// Of the customer's row as this batch will save it. Whoever emits makes sure that the batch does
    /// save it: the row's version is what makes sequence numbers grow, on any server, with no page
    /// touched for it.
    std::int64_t version = 0;
    Place place = 0;  ///< of the owner
};

struct Event {
    std::int32_t project = 0;
    Subject subject;
    std::string type;
    std::string data;        ///< JSON text
    std::string origin;      ///< JSON text: entity_id, group_id, event_source (api.md 15)
    Timestamp happened_at;   ///< business time
};

/// Up to 65,536 events of one customer in one batch keep their order; grows from batch to batch.
constexpr std::int64_t sequence_of(std::int64_t customer_version, std::int64_t index_in_batch) {
    return customer_version * 65'536 + index_in_batch;
}

/// Set of a batch.
class Set {
  public:
    static constexpr int rank = 90;

    /// Writes the event and one delivery for each of the webhooks, due at once by the machine's clock.
    void emit(work::Batch&, Event event, std::span<const RawId> webhooks);
    void load(work::Batch&) {}
    void save(work::Batch&);

  private:
    struct Emitted {
        EventId id;
        std::int64_t sequence = 0;  ///< 0: nobody's
        Event event;
    };
    struct Delivery {
        DeliveryId id;
        std::size_t event = 0;  ///< index into events_
        RawId webhook;
    };
    std::deque<Emitted> events_;
    std::vector<Delivery> deliveries_;
    std::map<std::pair<std::int32_t, RawId>, std::int64_t> emitted_of_;
};

/// Erasing somebody: events of this subject, or whose text names `word`, keep `instead` of their data.
void erase(db::Tx&, std::int32_t project, const RawId& customer, const std::string& word,
           const std::string& instead);

/// Raised by each batch that writes deliveries, just before it commits.
jobs::Signal& deliveries_written();

}  // namespace perennial::outbox
