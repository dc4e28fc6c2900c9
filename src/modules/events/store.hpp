#pragma once
#include <deque>
#include <optional>
#include <span>

#include "base/function_ref.hpp"
#include "modules/events/model.hpp"
#include "platform/work/batch.hpp"

namespace perennial::events {

/// Set of a batch: new events. They never change.
class Set {
  public:
    static constexpr int rank = 42;

    Event& create(work::Batch&, Event);
    void load(work::Batch&) {}
    void save(work::Batch&);

  private:
    std::deque<Event> created_;
};

std::optional<Event> load_event(db::Tx&, projects::ProjectNumber, const EventId&);
/// A customer's events by their chain, newest first, until the callback returns false.
void walk_events(db::Tx&, projects::ProjectNumber, EventId newest,
                 FunctionRef<bool(const Event&)>);

/// The chains that end with these events, all together, newest first; as orders::walk_chains.
void walk_chains(db::Tx&, projects::ProjectNumber, std::span<const EventId> newest,
                 FunctionRef<void(std::size_t chain, Event&&)>);

/// The chain of events that ends with `oldest` leads on to `next`: two customers became one.
void lead_on(db::Tx&, projects::ProjectNumber, const EventId& oldest, const EventId& next);
/// The event was decided anew.
void save_decision(db::Tx&, const Event&);
/// Erasing a person: metadata and what rules read of the customer go from the chain's events. Returns how
/// many there are.
std::int64_t erase_details(db::Tx&, projects::ProjectNumber, EventId newest);

}  // namespace perennial::events
