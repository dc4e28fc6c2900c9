#include "modules/webhooks/routes.hpp"

#include "modules/projects/requests.hpp"
#include "modules/projects/store.hpp"
#include "modules/webhooks/definition.hpp"
#include "modules/webhooks/delivery_json.hpp"
#include "modules/webhooks/event_types.hpp"
#include "modules/webhooks/envelope.hpp"
#include "modules/webhooks/store.hpp"

namespace perennial::webhooks {
namespace {

using http::Method;
using projects::Command;
using projects::Context;
using projects::Definition;
using projects::Permission;
using projects::ReadContext;
using projects::Snapshot;

constexpr std::string_view kind = projects::definition_kind::webhook;

std::unexpected<Error> unknown(const std::string& id, const std::string& type) {
    return std::unexpected(
        Error{&error::not_found, fmt::format("Cannot find {} with id {}", type, id), {}, id, type});
}

/// What a path names: below /v1 only the webhook, in the management API its project first.
struct Named {
    std::optional<std::string> project;
    std::string webhook;
};

Named named_in(const http::Request& request, bool management, bool one) {
    std::size_t next = 0;
    Named named;
    if (management) named.project = request.path_params.at(next++);
    if (one) named.webhook = request.path_params.at(next);
    return named;
}

/// The keys of one project see no other's webhooks, whatever project the path names.
Result<void> check_project(const Snapshot& snapshot, const Named& named) {
    if (named.project && *named.project != snapshot.project().id.text())
        return unknown(*named.project, "project");
    return {};
}

Result<const Definition*> find(const Snapshot& snapshot, const Named& named) {
    TRY_VOID(check_project(snapshot, named));
    const auto id = WebhookId::parse(named.webhook);
    const Definition* found = id ? snapshot.find(kind, *id) : nullptr;
    if (found == nullptr) return unknown(named.webhook, "webhook");
    return found;
}

http::Response answer(const json::object& body) { return http::json_response(to_text(body)); }

Result<http::Response> list(const Named& named, const ReadContext& context) {
    TRY_VOID(check_project(*context.snapshot, named));
    json::array data;
    for (const Definition* one : context.snapshot->all(kind)) data.push_back(to_json(*one));
    const auto total = data.size();
    return answer({{"object", "list"},
                   {"data_ref", "data"},
                   {"data", std::move(data)},
                   {"total", total}});
}

Result<http::Response> get(const Named& named, const ReadContext& context) {
    TRY(found, find(*context.snapshot, named));
    return answer(to_json(*found));
}

Result<http::Response> create(const WebhookChange& change, const Named& named,
                              const Context& context) {
    TRY_VOID(check_project(*context.snapshot, named));
    Webhook webhook;
    webhook.secret = make_secret();
    apply(change, webhook);
    Definition definition;
    definition.kind = kind;
    definition.id = context.batch.make_id<WebhookId>(place_of(webhook.target_url));
    definition.name = webhook.target_url;
    definition.doc = to_doc(webhook);
    definition.created_at = context.recorded_at;
    projects::save_definition(context.batch.tx, context.project, definition);
    return answer(to_json(definition, true));
}

Result<http::Response> change(const WebhookChange& change, const Named& named,
                              const Context& context) {
    TRY(found, find(*context.snapshot, named));
    Webhook webhook = read_webhook(*found);
    apply(change, webhook);
    Definition definition = *found;
    definition.name = webhook.target_url;
    definition.doc = to_doc(webhook);
    definition.updated_at = context.recorded_at;
    projects::save_definition(context.batch.tx, context.project, definition);
    return answer(to_json(definition));
}

Result<http::Response> remove(const Named& named, const Context& context) {
    TRY(found, find(*context.snapshot, named));
    Definition definition = *found;
    definition.deleted = true;
    definition.updated_at = context.recorded_at;
    projects::save_definition(context.batch.tx, context.project, definition);
    return http::no_content();
}

Command alone(std::function<Result<http::Response>(const Context&)> run) {
    Command command;
    command.run = std::move(run);
    command.alone = true;
    return command;
}

Result<DeliveryQuery> read_query(const http::Request& request, const WebhookId& webhook) {
    http::QueryReader reader(request.query);
    DeliveryQuery query;
    query.webhook = webhook;
    query.limit = reader.integer("limit", 1, 100).value_or(10);
    if (const auto state = reader.text("state")) {
        query.state = delivery_state_from(*state);
        if (!query.state)
            reader.wrong("state", "invalid_choice",
                         "must be WAITING, PARKED, DELIVERED, DEAD or CANCELED");
    }
    if (const auto after = reader.text("starting_after_id")) {
        query.before = outbox::DeliveryId::parse(*after);
        if (!query.before) reader.wrong("starting_after_id", "invalid", "must be a delivery's id");
    }
    if (!reader.ok()) return reader.refuse();
    return query;
}

const StoredEvent* event_of(const StoredEvents& events, const Delivery& delivery) {
    const auto found = events.find(delivery.event);
    return found == events.end() ? nullptr : &found->second;
}

Result<http::Response> deliveries(const http::Request& request, const ReadContext& context) {
    TRY(webhook, find(*context.snapshot, {{}, request.path_params.at(0)}));
    TRY(query, read_query(request, WebhookId(webhook->id)));
    ++query.limit;  // one more tells whether there are more
    auto found = list_deliveries(context.tx, context.project, query);
    const bool has_more = std::ssize(found) == query.limit;
    if (has_more) found.pop_back();
    const StoredEvents events = load_events(context.tx, found);
    json::array data;
    for (const Delivery& d : found) data.push_back(to_json(d, event_of(events, d)));
    return answer({{"object", "list"},
                   {"data_ref", "data"},
                   {"data", std::move(data)},
                   {"has_more", has_more},
                   {"more_starting_after",
                    has_more ? json::value(found.back().id.text()) : json::value()}});
}

Result<http::Response> delivery(const http::Request& request, const ReadContext& context) {
    const std::string& text = request.path_params.at(0);
    const auto id = outbox::DeliveryId::parse(text);
    const auto found =
        id ? load_delivery(context.tx, {context.project, *id}) : std::optional<Delivery>();
    if (!found) return unknown(text, "webhook delivery");
    const StoredEvents events = load_events(context.tx, {*found});
    const StoredEvent* event = event_of(events, *found);
    json::object body = to_json(*found, event);
    body["payload"] = json::value();
    if (event != nullptr) {
        const Definition* webhook = context.snapshot->find(kind, found->webhook);
        const std::string url = webhook == nullptr ? "" : read_webhook(*webhook).target_url;
        body["payload"] =
            json::parse(envelope(context.snapshot->project().id, *found, *event, url));
    }
    return answer(body);
}

Result<http::Response> send_again(const DeliveryKey& key, const Context& context) {
    auto& set = context.batch.get<Set>();
    const Delivery* row = set.find(key);
    if (row == nullptr) return unknown(key.id.text(), "webhook delivery");
    Delivery again = *row;
    const bool is_being_sent = again.lease != 0 && again.next_at > context.batch.machine_now;
    if (!is_being_sent) {
        again.state = DeliveryState::parked;  // whatever came later may be delivered already
        again.attempts = 0;
        again.lease = 0;
        again.next_at = context.batch.machine_now;
        set.put(again);
        outbox::deliveries_written().raise();
    }
    return answer(to_json(again, nullptr));
}

Result<Command> resend(const http::Request& request, projects::ProjectNumber project,
                       const projects::Actor&) {
    const std::string& text = request.path_params.at(0);
    const auto id = outbox::DeliveryId::parse(text);
    if (!id) return unknown(text, "webhook delivery");
    const DeliveryKey key{project, *id};
    Command command;
    command.lane = id->place();
    command.want = [key](work::Batch& batch) { batch.get<Set>().want(key); };
    command.run = [key](const Context& context) { return send_again(key, context); };
    return command;
}

constexpr std::int64_t previous_kept_ms = day_ms;
constexpr std::int64_t previous_kept_ms_max = 90 * day_ms;

// Refuses: invalid_payload (a moment that lies too far off), not_found.
Result<Command> rotate_secret(const http::Request& request, projects::ProjectNumber,
                              const projects::Actor&) {
    TRY(body, projects::read_body(request));
    Issues issues;
    JsonReader reader(body, issues);
    const auto until = reader.timestamp("previous_secret_expires_at");
    if (!issues.empty()) return issues.refuse();
    Command command = alone([until, id = request.path_params.at(0)](
                                const Context& context) -> Result<http::Response> {
        TRY(found, find(*context.snapshot, {{}, id}));
        const Timestamp now = context.batch.machine_now;
        if (until && *until > now + previous_kept_ms_max) {
            Issues late;
            late.add("/previous_secret_expires_at", "too_late", "must lie within the next 90 days");
            return late.refuse();
        }
        Webhook webhook = read_webhook(*found);
        webhook.previous_secret = std::exchange(webhook.secret, make_secret());
        webhook.previous_until = until.value_or(now + previous_kept_ms);
        Definition definition = *found;
        definition.doc = to_doc(webhook);
        definition.updated_at = context.recorded_at;
        projects::save_definition(context.batch.tx, context.project, definition);
        return answer(to_json(definition, true));
    });
    command.tells_secret = true;
    return command;
}

// An event of the first type that the webhook listens to, to it alone. Refuses: not_found,
// invalid_payload (it is switched off).
Result<Command> send_test(const http::Request& request, projects::ProjectNumber,
                          const projects::Actor&) {
    return alone([id = request.path_params.at(0)](
                     const Context& context) -> Result<http::Response> {
        TRY(found, find(*context.snapshot, {{}, id}));
        const Webhook webhook = read_webhook(*found);
        if (!webhook.active)
            return refuse(error::invalid_payload, "The webhook is off: switch it on to test it");
        const auto type = event_type_from(webhook.events.front());
        const std::string type_name(type ? name_of(*type) : webhook.events.front());
        const std::string text = webhook.id.text();
        const std::vector<RawId> only{found->id};
        context.batch.get<outbox::Set>().emit(
            context.batch,
            {.project = context.project,
             .subject = {.customer = {}, .version = 0, .place = place_of(text)},
             .type = type_name,
             .data = to_text(json::object{{"test", true}, {"object", "webhook_test"}}),
             .origin = to_text(json::object{{"entity_id", text},
                                            {"group_id", context.request_id},
                                            {"event_source", json::object{{"channel", "API"}}}}),
             .happened_at = context.now},
            only);
        return answer({{"webhook_id", text}, {"type", type_name}, {"object", "webhook_test"}});
    });
}

constexpr const char* body_example =
    R"({"target_url":"https://shop.example/hooks","events":["customer.order.paid"],"active":true})";
constexpr const char* answer_example =
    R"({"id":"wh_…","target_url":"https://shop.example/hooks","events":["customer.order.paid"],)"
    R"("active":true,"created_at":"2024-07-23T19:38:38.219Z","updated_at":null,"object":"webhook"})";

constexpr const char* delivery_example =
    R"({"id":"whs_018f0a1b2c3d4e5f60718293a4b5c6d7","webhook_id":"wh_018f0a1b2c3d4e5f60718293a4b5c6d7",)"
    R"("event_id":"ev_018f0a1b2c3d4e5f60718293a4b5c6d7","type":"customer.order.paid",)"
    R"("state":"WAITING","attempts":1,"last_status":503,"last_error":"HTTP 503",)"
    R"("last_attempt_at":"2024-07-23T19:38:38.219Z","next_attempt_at":"2024-07-23T19:39:38.219Z",)"
    R"("created_at":"2024-07-23T19:38:38.219Z","object":"webhook_delivery"})";

/// The same five operations below /v1 and in the management API.
void add_webhook_routes(projects::Routes& out, const std::string& base, bool management) {
    const std::string one = base + "/{webhookId}";
    const auto reads = [&](const std::string& pattern, bool names_one, auto read,
                           std::string summary) {
        out.push_back({.method = Method::get,
                       .pattern = pattern,
                       .permission = Permission::manage,
                       .doc = {.tag = "Webhooks",
                               .summary = summary,
                               .answer = names_one ? std::string(answer_example)
                                                   : projects::example_list(answer_example)},
                       .read = [=](const http::Request& request, const ReadContext& context) {
                           return read(named_in(request, management, names_one), context);
                       }});
    };
    reads(base, false, list, "List webhooks");
    reads(one, true, get, "Get a webhook");
    const auto writes = [&](Method method, const std::string& pattern, bool names_one, auto run,
                            std::string summary) {
        const bool is_change = method == Method::put;
        out.push_back(
            {.method = method,
             .pattern = pattern,
             .permission = Permission::manage,
             .doc = {.tag = "Webhooks",
                     .summary = summary,
                     .body = body_example,
                     .answer = answer_example},
             .write = [=](const http::Request& request, projects::ProjectNumber,
                          const projects::Actor&) -> Result<Command> {
                 TRY(parsed, parse_change(request.body, is_change));
                 const Named named = named_in(request, management, names_one);
                 return alone([=](const Context& context) { return run(parsed, named, context); });
             }});
    };
    writes(Method::post, base, false, create,
           "Create a webhook; the answer shows its secret, once");
    writes(Method::put, one, true, change, "Change a webhook");
    out.push_back({.method = Method::delete_,
                   .pattern = one,
                   .permission = Permission::manage,
                   .doc = {.tag = "Webhooks",
                           .summary = "Delete a webhook; what waits for it is canceled"},
                   .write = [=](const http::Request& request, projects::ProjectNumber,
                                const projects::Actor&) -> Result<Command> {
                       const Named named = named_in(request, management, true);
                       return alone(
                           [=](const Context& context) { return remove(named, context); });
                   }});
}

}  // namespace

projects::Routes routes() {
    projects::Routes out;
    add_webhook_routes(out, "/v1/webhooks", false);
    add_webhook_routes(out, "/management/v1/projects/{projectId}/webhooks", true);
    out.push_back({.method = Method::get,
                   .pattern = "/v1/webhooks/{webhookId}/deliveries",
                   .permission = Permission::manage,
                   .doc = {.tag = "Webhooks",
                           .summary = "Deliveries of a webhook, newest first, kept for 30 days",
                           .answer = projects::example_list(delivery_example),
                           .query = {"limit", "starting_after_id", "state"}},
                   .read = deliveries});
    out.push_back({.method = Method::get,
                   .pattern = "/v1/webhooks/deliveries/{deliveryId}",
                   .permission = Permission::manage,
                   .doc = {.tag = "Webhooks",
                           .summary = "One delivery with what is sent",
                           .answer = delivery_example},
                   .read = delivery});
    out.push_back({.method = Method::post,
                   .pattern = "/v1/webhooks/deliveries/{deliveryId}/resend",
                   .permission = Permission::manage,
                   .doc = {.tag = "Webhooks",
                           .summary = "Send once more, out of the customer's order",
                           .answer = delivery_example},
                   .write = resend});
    out.push_back({.method = Method::post,
                   .pattern = "/v1/webhooks/{webhookId}/test",
                   .permission = Permission::manage,
                   .doc = {.tag = "Webhooks",
                           .summary = "Send a test event, with data {\"test\": true}",
                           .answer = R"({"webhook_id":"wh_…","type":"customer.order.paid",)"
                                     R"("object":"webhook_test"})"},
                   .write = send_test});
    out.push_back({.method = Method::post,
                   .pattern = "/v1/webhooks/{webhookId}/rotate-secret",
                   .permission = Permission::manage,
                   .doc = {.tag = "Webhooks",
                           .summary = "A new secret, shown once; until the time you set, for a day "
                                      "when you set none, deliveries are signed by both",
                           .body = "{}",
                           .answer = answer_example},
                   .write = rotate_secret});
    return out;
}

}  // namespace perennial::webhooks
