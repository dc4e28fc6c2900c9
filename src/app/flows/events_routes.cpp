#include "app/flows/events_routes.hpp"

#include "app/flows/record_event.hpp"
#include "modules/customers/codec.hpp"

namespace perennial::flows {
namespace {

json::object event_json(const RecordedEvent& recorded, const std::string& card) {
    json::object out{{"object", "event"},
                     {"type", recorded.event->name},
                     {"customer", customers::embedded_json(*recorded.customer)},
                     {"referral", nullptr},
                     {"loyalty", nullptr}};
    if (!card.empty()) out["loyalty"] = json::object{{"code", card}};
    if (!recorded.event->metadata.empty()) out["metadata"] = recorded.event->metadata;
    return out;
}

Result<RecordEvent> read_event(const json::value& body) {
    Issues issues;
    JsonReader reader(body, issues);
    RecordEvent command;
    reader.require("event");
    command.name = reader.text("event", events::name_bytes_max).value_or("");
    if (reader.has("event") && command.name.empty())
        reader.wrong("event", "required", "must not be empty");
    reader.require("customer");
    JsonReader customer = reader.reader("customer");
    command.customer = customers::read_change(customer);
    if (customer.usable() && !command.customer.names_someone())
        reader.wrong("customer", "required", "must have an id or a source_id");
    JsonReader loyalty = reader.reader("loyalty");
    command.card = loyalty.text("code", 255).value_or("");
    if (const json::object* metadata = reader.object("metadata")) command.metadata = *metadata;
    if (!issues.empty()) return issues.refuse();
    return command;
}

Result<projects::Command> record(const http::Request& request, projects::ProjectNumber project,
                                 const projects::Actor&) {
    TRY(body, parse_json(request.body));
    TRY(event, read_event(body));
    auto shared = std::make_shared<const RecordEvent>(std::move(event));
    projects::Command command;
    command.lane = shared->customer.id ? shared->customer.id->place()
                                       : place_of(shared->customer.source_id);
    command.want = [shared, project](work::Batch& batch) { want(*shared, batch, project); };
    command.want_more = [shared, project](work::Batch& batch) {
        want_more(*shared, batch, project);
    };
    command.run = [shared](const projects::Context& context) -> Result<http::Response> {
        TRY(recorded, record_event(*shared, context));
        return http::json_response(to_text(event_json(recorded, shared->card)));
    };
    return command;
}

}  // namespace

projects::Routes events_routes() {
    return {{http::Method::post,
             "/v1/events",
             projects::Permission::write,
             {.tag = "Events",
              .summary = "Record a custom event; rules of this name earn",
              .body = R"({"event":"review_written","customer":{"source_id":"anna"},)"
                      R"("metadata":{"stars":5}})",
              .answer = R"({"object":"event","type":"review_written","customer":{"id":"cust_…",)"
                        R"("source_id":"anna","object":"customer"},"referral":null,)"
                        R"("loyalty":null,"metadata":{"stars":5}})"},
             nullptr,
             record}};
}

}  // namespace perennial::flows
