#include "platform/outbox/outbox.hpp"

namespace perennial::outbox {
namespace {

const db::Insert insert_events{"outbox",
                               {"bucket", "project", "id", "customer", "seq", "type", "data",
                                "origin", "created_at"}};
const db::Insert insert_deliveries{"deliveries",
                                   {"bucket", "project", "id", "event", "webhook", "customer",
                                    "seq", "state", "attempts", "next_at", "lease", "created_at"}};

}  // namespace

void Set::emit(work::Batch& batch, Event event, std::span<const RawId> webhooks) {
    if (webhooks.empty()) return;
    const Subject& subject = event.subject;
    Emitted& emitted = events_.emplace_back();
    emitted.id = batch.make_id<EventId>(subject.place);
    if (!subject.customer.is_nil())
        emitted.sequence = sequence_of(subject.version,
                                       emitted_of_[{event.project, subject.customer}]++);
    for (const RawId& webhook : webhooks)
        deliveries_.push_back(
            {batch.make_id<DeliveryId>(subject.place), events_.size() - 1, webhook});
    emitted.event = std::move(event);
}

void Set::save(work::Batch& batch) {
    if (events_.empty()) return;
    db::Rows events(9);
    events.reserve(events_.size());
    for (const Emitted& e : events_)
        events.add({batch.tx.bucket(e.id.place()), e.event.project, e.id,
                    db::Value::id_or_null(e.event.subject.customer), e.sequence, e.event.type,
                    e.event.data, e.event.origin, e.event.happened_at});
    batch.tx.insert(insert_events, events);
    db::Rows deliveries(12);
    deliveries.reserve(deliveries_.size());
    for (const Delivery& d : deliveries_) {
        const Emitted& e = events_[d.event];
        deliveries.add({batch.tx.bucket(d.id.place()), e.event.project, d.id, e.id, d.webhook,
                        db::Value::id_or_null(e.event.subject.customer), e.sequence, 0, 0,
                        batch.machine_now, 0, batch.machine_now});
    }
    batch.tx.insert(insert_deliveries, deliveries);
    events_.clear();
    deliveries_.clear();
    deliveries_written().raise();
}

void erase(db::Tx& tx, std::int32_t project, const RawId& customer, const std::string& word,
           const std::string& instead) {
    const std::string like = "%" + word + "%";
    tx.execute("UPDATE outbox SET data = ? WHERE bucket >= 0 AND project = ? AND (customer = ? OR data LIKE ?)",
               {instead, project, customer, like});
}

jobs::Signal& deliveries_written() {
    static jobs::Signal signal;
    return signal;
}

}  // namespace perennial::outbox
