#include "modules/webhooks/emit.hpp"

#include <boost/json.hpp>

#include "modules/customers/store.hpp"
#include "modules/webhooks/subscriptions.hpp"
#include "platform/outbox/outbox.hpp"

namespace perennial::webhooks {
namespace {

/// The envelope's `event`, without what the event's row knows itself (api.md 15).
std::string origin_of(const projects::Context& context, std::string_view entity_id) {
    json::object source{{"channel", context.actor.app_id.empty() ? "INTERNAL"
                                     : context.actor.is_client    ? "CLIENT_API"
                                                                  : "API"}};
    if (!context.actor.app_id.empty())
        source["api_key"] = json::object{{"app_id", context.actor.app_id}};
    return to_text(json::object{{"entity_id", entity_id},
                                {"group_id", context.request_id},
                                {"event_source", std::move(source)}});
}

void emit(const projects::Context& context, EventType type, const outbox::Subject& subject,
          std::string_view entity_id, std::span<const RawId> webhooks,
          FunctionRef<json::object()> data) {
    context.batch.get<outbox::Set>().emit(context.batch,
                                          {.project = context.project,
                                           .subject = subject,
                                           .type = std::string(name_of(type)),
                                           .data = to_text(data()),
                                           .origin = origin_of(context, entity_id),
                                           .happened_at = context.now},
                                          webhooks);
}

}  // namespace

bool wants(const projects::Snapshot& snapshot, EventType type) {
    return snapshot.get<Subscriptions>().wants(type);
}

void emit(const projects::Context& context, EventType type, customers::Customer& customer,
          std::string_view entity_id, FunctionRef<json::object()> data) {
    const auto webhooks = context.snapshot->get<Subscriptions>().webhooks(type);
    if (webhooks.empty()) return;
    context.batch.get<customers::Set>().touch_activity(customer);
    emit(context, type, {customer.id, customer.version + 1, customer.id.place()}, entity_id,
         webhooks, data);
}

void emit(const projects::Context& context, EventType type, std::string_view entity_id,
          FunctionRef<json::object()> data) {
    const auto webhooks = context.snapshot->get<Subscriptions>().webhooks(type);
    if (webhooks.empty()) return;
    emit(context, type, {.customer = {}, .version = 0, .place = place_of(entity_id)}, entity_id,
         webhooks, data);
}

}  // namespace perennial::webhooks
