#include "app/client_routes.hpp"

#include <algorithm>
#include <boost/json.hpp>

#include "modules/customers/codec.hpp"
#include "modules/customers/store.hpp"
#include "modules/projects/requests.hpp"

namespace perennial::app {
namespace {

using http::Method;
using projects::Actor;
using projects::Command;
using projects::Context;
using projects::ProjectNumber;
using projects::Route;

const Route& route_of(const projects::Routes& routes, Method method, std::string_view pattern) {
    const auto found = std::ranges::find_if(routes, [&](const Route& route) {
        return route.method == method && route.pattern == pattern;
    });
    CHECK(found != routes.end());
    return *found;
}

Result<void> need_flag(bool enabled, std::string_view name) {
    if (enabled) return {};
    return refuse(error::forbidden,
                  std::string("The project does not allow this with client-side keys: ") +
                      std::string(name) + " is off");
}

/// Who it is, and nothing about them.
json::object named_only(const json::object& customer) {
    json::object out;
    for (const std::string_view name : {"id", "source_id", "object"})
        if (const json::value* value = customer.if_contains(name)) out[name] = *value;
    return out;
}

// The customer is named by a public page: it may name anybody, so it changes nobody's profile.
Result<http::Request> without_profile(const http::Request& request) {
    TRY(body, parse_json(request.body));
    http::Request out = request;
    if (body.is_object())
        if (json::value* customer = body.get_object().if_contains("customer");
            customer != nullptr && customer->is_object()) {
            json::object named;
            for (const std::string_view name : {"id", "source_id"})
                if (const json::value* value = customer->get_object().if_contains(name))
                    named[name] = *value;
            *customer = std::move(named);
            out.body = to_text(body);
        }
    return out;
}

// POST /client/v1/events. Refuses: what the server's refuses; first forbidden (the setting is off).
Route events_route(const Route& server) {
    Route route = server;
    route.pattern = "/client/v1/events";
    route.doc.tag = "Client side";
    route.doc.summary = "Record a custom event from a page, where the project allows it";
    route.write = [write = server.write](const http::Request& request, ProjectNumber project,
                                         const Actor& actor) -> Result<Command> {
        TRY(trimmed, without_profile(request));
        TRY(command, write(trimmed, project, actor));
        command.run = [run = std::move(command.run)](
                          const Context& context) -> Result<http::Response> {
            TRY_VOID(need_flag(context.snapshot->project().settings.client_loyalty_events_enabled,
                               "client_loyalty_events_enabled"));
            TRY(response, run(context));
            json::value answer = json::parse(response.body);
            if (json::value* customer = answer.get_object().if_contains("customer");
                customer != nullptr && customer->is_object())
                *customer = named_only(customer->get_object());
            response.body = to_text(answer);
            return response;
        };
        return command;
    };
    return route;
}

// POST /client/v1/customers: makes a new customer. One that is known is named, neither shown nor
// changed. Refuses: invalid_payload, forbidden (the setting is off).
Route customers_route(const Route& server) {
    Route route = server;
    route.pattern = "/client/v1/customers";
    route.doc.tag = "Client side";
    route.doc.summary = "Create a customer from a page, where the project allows it";
    route.write = [write = server.write](const http::Request& request, ProjectNumber project,
                                         const Actor& actor) -> Result<Command> {
        TRY(command, write(request, project, actor));
        TRY(body, projects::read_body(request));
        Issues issues;
        JsonReader reader(body, issues);
        const customers::Change change = customers::read_change(reader);
        command.run = [run = std::move(command.run), change](
                          const Context& context) -> Result<http::Response> {
            TRY_VOID(need_flag(context.snapshot->project().settings.client_create_customer_enabled,
                               "client_create_customer_enabled"));
            const customers::Customer* known = context.batch.get<customers::Set>().resolve(
                context.batch, context.project, change, false, context.now);
            if (known == nullptr) return run(context);
            customers::Customer shown;
            shown.id = known->id;
            shown.source_id = known->source_id;
            shown.created_at = known->created_at;
            return http::json_response(to_text(customers::to_json(shown, 0)));
        };
        return command;
    };
    return route;
}

Route same_route(const Route& server, std::string pattern) {
    Route route = server;
    route.pattern = std::move(pattern);
    route.doc.tag = "Client side";
    return route;
}

}  // namespace

projects::Routes client_routes(const projects::Routes& server) {
    projects::Routes out;
    out.push_back(events_route(route_of(server, Method::post, "/v1/events")));
    out.push_back(customers_route(route_of(server, Method::post, "/v1/customers")));
    out.push_back(same_route(route_of(server, Method::get, "/v1/consents"), "/client/v1/consents"));
    out.push_back(same_route(route_of(server, Method::put, "/v1/customers/{customerId}/consents"),
                             "/client/v1/customers/{customerId}/consents"));
    return out;
}

}  // namespace perennial::app
