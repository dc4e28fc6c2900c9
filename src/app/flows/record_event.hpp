// POST /v1/events: a custom event is written down and earns.
#pragma once
#include <string>

#include "modules/customers/store.hpp"
#include "modules/events/store.hpp"
#include "modules/projects/route.hpp"

namespace perennial::flows {

struct RecordEvent {
    std::string name;
    customers::Change customer;
    std::string card;  ///< `loyalty.code`: only this card earns; empty = all of the customer's
    json::object metadata;
};

void want(const RecordEvent&, work::Batch&, projects::ProjectNumber);
void want_more(const RecordEvent&, work::Batch&, projects::ProjectNumber);

struct RecordedEvent {
    const events::Event* event = nullptr;
    const customers::Customer* customer = nullptr;
};
/// Makes or changes the customer; every program that runs and has (or, with auto_join, makes) the
/// customer's card applies its rules for events of this name; the tier before multiplies; the tier
/// is decided once afterwards. An event has no source id: the same one again earns again, unless it
/// comes with the same Idempotency-Key. Refuses in this order: not_found (a customer id that nobody
/// has, a card that is not the customer's), points_out_of_range.
Result<RecordedEvent> record_event(const RecordEvent&, const projects::Context&);

}  // namespace perennial::flows
