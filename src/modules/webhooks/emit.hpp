// How flows tell of what has happened. Costs one look into a compiled table when nobody listens.
#pragma once
#include <string_view>

#include "base/function_ref.hpp"
#include "modules/customers/model.hpp"
#include "modules/projects/route.hpp"
#include "modules/webhooks/event_types.hpp"

namespace perennial::webhooks {

/// For flows that would read something only to tell it.
bool wants(const projects::Snapshot&, EventType);

/// The customer's event: delivered in the order of the customer's changes. The customer comes from
/// this batch's customers::Set, and is saved with it. `entity_id` is the API id of what the event is
/// about; `data` is called only when somebody listens, once. In `run` only, never while saving.
void emit(const projects::Context&, EventType, customers::Customer&, std::string_view entity_id,
          FunctionRef<json::object()> data);
/// Nobody's event (definitions, cards without a holder): delivered in no certain order.
void emit(const projects::Context&, EventType, std::string_view entity_id,
          FunctionRef<json::object()> data);

}  // namespace perennial::webhooks
