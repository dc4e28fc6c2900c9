#include "app/openapi.hpp"

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <fmt/format.h>
#include <map>
#include <set>

#include "app/planned_routes.hpp"
#include "base/json.hpp"
#include "modules/projects/store.hpp"

namespace perennial::app {
namespace {

using RouteList = http::Router<projects::Route>;

// What a parameter of that name means wherever it stands; the docs of the routes only name them.
struct ParameterWords {
    std::string_view name;
    std::string_view type;
    std::string_view description;
};
constexpr std::array query_words{
    ParameterWords{"limit", "integer", "Items on one page."},
    ParameterWords{"page", "integer", "Which page, from 1."},
    ParameterWords{"starting_after", "string", "A cursor: items after this one."},
    ParameterWords{"starting_after_id", "string", "A cursor: items after the one with this id."},
    ParameterWords{"start_date", "string", "From this moment on, ISO 8601."},
    ParameterWords{"end_date", "string", "Up to this moment, ISO 8601."},
    ParameterWords{"force", "boolean", "Taken, and of no effect here."},
    ParameterWords{"from", "string", "From this day or moment on; all when not said."},
    ParameterWords{"at", "string", "As of this day or moment; now when not said."},
    ParameterWords{"format", "string", "text, for people; else JSON."},
    ParameterWords{"affordable_only", "boolean", "true: only what the balance pays for now."},
    ParameterWords{"customer", "string", "Only of this customer."},
    ParameterWords{"member", "string", "The code or the id of a card."},
    ParameterWords{"code", "string", "Only the card with this code."},
    ParameterWords{"ids[]", "string", "Only the cards with these ids."},
    ParameterWords{"assignment_id", "string", "Only the reward that is assigned so."},
    ParameterWords{"campaign_type", "string", "Only campaigns of this type."},
    ParameterWords{"state", "string", "WAITING, PARKED, DELIVERED, DEAD or CANCELED."},
    ParameterWords{"result", "string", "SUCCESS or FAILURE."},
    ParameterWords{"campaign", "string", "Only of this campaign, by id or name."},
    ParameterWords{"redemption", "string", "The id of a redemption or of a refused attempt."},
    ParameterWords{"event", "string", "The id of a custom event, evcus_…."},
    ParameterWords{"transaction", "string", "The id of an entry, vtx_…."},
    ParameterWords{"recipient", "string", "Only this recipient of donations."},
    ParameterWords{"reason", "string", "Why, in your own words."},
};
constexpr std::array path_words{
    ParameterWords{"campaignId", "string", "The id or the name of the program."},
    ParameterWords{"memberId", "string", "The code or the id of the card."},
    ParameterWords{"code", "string", "The code of the card."},
    ParameterWords{"customerId", "string", "The id or the source_id of the customer."},
    ParameterWords{"orderId", "string", "The id or the source_id of the order."},
    ParameterWords{"productId", "string", "The id or the source_id of the product."},
    ParameterWords{"skuId", "string", "The id or the source_id of the SKU."},
};

json::value type_schema(std::string_view type) {
    return json::object{{"type", json::string_view(type)}};
}

bool all_digits_at(std::string_view text, std::initializer_list<std::size_t> places) {
    return std::ranges::all_of(places,
                               [&](std::size_t at) { return text[at] >= '0' && text[at] <= '9'; });
}

bool looks_like_date(std::string_view text) {
    return text.size() >= 10 && text[4] == '-' && text[7] == '-' &&
           all_digits_at(text, {0, 1, 2, 3, 5, 6, 8, 9});
}

json::object string_schema(std::string_view text) {
    json::object out{{"type", "string"}};
    if (looks_like_date(text) && text.size() == 10) out["format"] = "date";
    if (looks_like_date(text) && text.size() > 10 && text[10] == 'T') out["format"] = "date-time";
    return out;
}

// The shape of an example. Nothing is required and nothing forbidden: an example cannot tell.
json::object schema_of(const json::value& example) {
    switch (example.kind()) {
        case json::kind::null: return {};
        case json::kind::bool_: return {{"type", "boolean"}};
        case json::kind::int64:
        case json::kind::uint64: return {{"type", "integer"}};
        case json::kind::double_: return {{"type", "number"}};
        case json::kind::string: return string_schema(example.get_string());
        case json::kind::array: {
            json::object out{{"type", "array"}};
            if (!example.get_array().empty())
                out["items"] = schema_of(example.get_array().front());
            return out;
        }
        case json::kind::object: {
            json::object properties;
            // Null where the example has a value is the API's way to say: not known.
            for (const auto& [name, value] : example.get_object()) {
                // Whose keys are the shop's own: an example of them promises nothing.
                const bool is_open = name == "metadata" || name == "facts";
                json::object one =
                    is_open && value.is_object() ? json::object{{"type", "object"}} : schema_of(value);
                if (json::value* type = one.if_contains("type"))
                    *type = json::array{*type, "null"};
                properties[name] = std::move(one);
            }
            json::object out{{"type", "object"}};
            if (!properties.empty()) out["properties"] = std::move(properties);
            return out;
        }
    }
    return {};
}

// An example that is JSON becomes schema and example; any other text is an example of plain text.
json::object content_of(const std::string& example) {
    if (auto parsed = parse_json(example))
        return {{"application/json", {{"schema", schema_of(*parsed)}, {"example", *parsed}}}};
    const char* type = "text/plain";
    if (const auto equals = example.find('='); equals != example.npos && equals > 0 &&
        example.find_first_of(" \n,") == example.npos)
        type = "application/x-www-form-urlencoded";
    return {{type, {{"schema", {{"type", "string"}}}, {"example", example}}}};
}

json::object reference(std::string_view kind, std::string_view name) {
    return {{"$ref", "#/components/" + std::string(kind) + "/" + std::string(name)}};
}

json::object path_parameter(std::string_view name) {
    json::object out{{"name", json::string_view(name)},
                     {"in", "path"},
                     {"required", true},
                     {"schema", type_schema("string")}};
    const auto word = std::ranges::find(path_words, name, &ParameterWords::name);
    if (word != path_words.end()) out["description"] = json::string_view(word->description);
    return out;
}

json::object query_parameter(std::string_view name, bool of_list) {
    json::object out{{"name", json::string_view(name)}, {"in", "query"}, {"required", false}};
    const auto word = std::ranges::find(query_words, name, &ParameterWords::name);
    if (word != query_words.end()) {
        out["description"] = json::string_view(word->description);
        out["schema"] = type_schema(word->type);
    } else if (name.ends_with("[before]") || name.ends_with("[after]")) {
        out["description"] = "A moment, ISO 8601.";
        out["schema"] = json::object{{"type", "string"}, {"format", "date-time"}};
    } else if (name == "order") {
        out["description"] = of_list ? "The property to sort by; a - in front turns it round."
                                     : "The id or the source_id of an order.";
        out["schema"] = type_schema("string");
    } else {
        out["schema"] = type_schema("string");
    }
    return out;
}

// "/v1/files/{path...}" -> "/v1/files/{path}".
std::string template_of(std::string pattern) {
    for (std::size_t at; (at = pattern.find("...}")) != std::string::npos;) pattern.erase(at, 3);
    return pattern;
}

// The pattern with nameless parameters: for OpenAPI, templates that differ only in names are one.
std::string shape_of(std::string_view path) {
    std::string out;
    bool inside = false;
    for (char c : path) {
        if (c == '}') inside = false;
        if (!inside) out += c;
        if (c == '{') inside = true;
    }
    return out;
}

std::vector<std::string> names_in(std::string_view path) {
    std::vector<std::string> out;
    for (std::size_t open = path.find('{'); open != path.npos; open = path.find('{', open + 1))
        out.emplace_back(path.substr(open + 1, path.find('}', open) - open - 1));
    return out;
}

// GET /v1/customers/{id}/orders -> get_customers_id_orders.
std::string operation_id(http::Method method, std::string_view path) {
    std::string out;
    for (char c : http::method_name(method)) out += static_cast<char>(c | 0x20);
    if (path.starts_with("/v1/")) path.remove_prefix(3);
    for (char c : path) {
        if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'))
            out += c;
        else if (out.back() != '_')
            out += '_';
    }
    while (out.back() == '_') out.pop_back();
    return out;
}

std::string_view permission_words(projects::Permission permission) {
    switch (permission) {
        case projects::Permission::open: return "No key needed.";
        case projects::Permission::read: return "Any key of the project may call it.";
        case projects::Permission::write: return "Needs a key with the role USER or ADMIN.";
        case projects::Permission::manage: return "Needs a key with the role ADMIN.";
    }
    return "";
}

// The status of success, as far as the example tells it.
std::string_view status_of(const projects::Route& route) {
    if (route.doc.answer.contains("\"async_action_id\"")) return "2XX";  // 200 or 202
    if (!route.doc.answer.empty() || route.read) return "200";
    return route.method == http::Method::delete_ ? "204" : "2XX";
}

json::object responses_of(const projects::Route& route, bool has_path_parameter) {
    const bool writes = route.write != nullptr;
    json::object out;
    json::object done{{"description", "Done"}};
    if (!route.doc.answer.empty()) {
        json::object content = content_of(route.doc.answer);
        for (const std::string& type : route.doc.types)
            content[type] = json::object{{"schema", type_schema("string")}};
        done["content"] = std::move(content);
    }
    out[json::string_view(status_of(route))] = std::move(done);
    auto error = [&](std::string_view status, std::string_view name) {
        out[json::string_view(status)] = reference("responses", name);
    };
    error("400", "Invalid");
    error("401", "Unauthorized");
    if (route.permission != projects::Permission::open) error("403", "Forbidden");
    if (has_path_parameter || !route.doc.body.empty() || writes || !route.doc.query.empty())
        error("404", "NotFound");
    if (writes) {
        error("409", "Conflict");
        error("413", "TooLarge");
        error("501", "NotImplemented");
    }
    if (route.permission != projects::Permission::open) error("429", "Limited");
    error("500", "Internal");
    error("503", "Unavailable");
    return out;
}

json::object operation_of(const projects::Route& route, const std::string& path,
                          std::set<std::string>& ids) {
    json::object out;
    out["tags"] = json::array{json::string(route.doc.tag)};
    out["summary"] = route.doc.summary;
    out["description"] = json::string_view(permission_words(route.permission));
    std::string id = operation_id(route.method, path);
    while (!ids.insert(id).second) id += "_too";
    out["operationId"] = id;

    json::array parameters;
    const std::vector<std::string> names = names_in(path);
    for (const std::string& name : names) parameters.push_back(path_parameter(name));
    const bool of_list =
        std::ranges::find(route.doc.query, "limit") != route.doc.query.end();
    for (const std::string& name : route.doc.query)
        parameters.push_back(query_parameter(name, of_list));
    if (route.write) parameters.push_back(reference("parameters", "IdempotencyKey"));
    if (!parameters.empty()) out["parameters"] = std::move(parameters);

    if (!route.doc.body.empty())
        out["requestBody"] =
            json::object{{"required", true}, {"content", content_of(route.doc.body)}};
    out["responses"] = responses_of(route, !names.empty());
    if (route.permission == projects::Permission::open) out["security"] = json::array{};
    return out;
}

json::object error_response_component(std::string_view description, int code, std::string_view key,
                                      std::string_view message) {
    return {{"description", json::string_view(description)},
            {"content",
             {{"application/json",
               {{"schema", reference("schemas", "Error")},
                {"example",
                 {{"code", code},
                  {"key", json::string_view(key)},
                  {"message", json::string_view(message)},
                  {"request_id", "v-0a1b2c3d4e5f607182"}}}}}}}};
}

json::object property(std::string_view type, std::string_view description) {
    return {{"type", json::string_view(type)}, {"description", json::string_view(description)}};
}

json::object error_schema() {
    json::object issue{
        {"type", "object"},
        {"required", json::array{"pointer", "key", "message"}},
        {"properties",
         {{"pointer", property("string", "JSON pointer into the body, or ?name of the query.")},
          {"key", property("string", "What is wrong, for programs.")},
          {"message", property("string", "What is wrong, for people.")}}}};
    json::object properties;
    properties["code"] = property("integer", "The HTTP status again.");
    properties["key"] = property("string", "What clients match on; never renamed.");
    properties["message"] = property("string", "The key in words.");
    properties["details"] = property("string", "What happened this time.");
    properties["request_id"] = property("string", "Also in X-Request-Id and in the log.");
    properties["resource_id"] = property("string", "The thing meant, where there is one.");
    properties["resource_type"] = property("string", "The kind of that thing.");
    properties["errors"] = json::object{{"type", "array"},
                                        {"description", "Every mistake of the request at once."},
                                        {"items", std::move(issue)}};
    return {{"type", "object"},
            {"required", json::array{"code", "key", "message", "request_id"}},
            {"properties", std::move(properties)}};
}

json::object components() {
    json::object responses;
    auto add = [&](std::string_view name, std::string_view description, int code,
                   const ErrorCode& error) {
        responses[json::string_view(name)] =
            error_response_component(description, code, error.key, error.message);
    };
    add("Invalid", "The request is wrong, or the business says no.", 400, error::invalid_payload);
    add("Unauthorized", "The keys are missing or wrong.", 401, error::unauthorized);
    add("Forbidden", "This key's role may not.", 403, error::missing_required_permission);
    add("NotFound", "There is no such thing in this project.", 404, error::not_found);
    add("Conflict", "It exists, it has changed, or the idempotency key was used otherwise.", 409,
        error::duplicate_found);
    add("TooLarge", "The body is too large.", 413, error::payload_too_large);
    add("Limited", "Too many requests; Retry-After says when.", 429, error::too_many_requests);
    add("Internal", "A defect; the log has it under the request_id.", 500, error::internal_error);
    add("NotImplemented", "A part of the compatible API that is not there yet.", 501,
        error::not_implemented);
    add("Unavailable", "The database does not answer or the disk is full; Retry-After says when.",
        503, error::service_unavailable);

    auto key = [](std::string_view header, std::string_view description) {
        return json::object{{"type", "apiKey"},
                            {"in", "header"},
                            {"name", json::string_view(header)},
                            {"description", json::string_view(description)}};
    };
    json::object out;
    out["schemas"] = json::object{{"Error", error_schema()}};
    out["responses"] = std::move(responses);
    out["parameters"] = json::object{
        {"IdempotencyKey",
         {{"name", "Idempotency-Key"},
          {"in", "header"},
          {"required", false},
          {"description",
           "The same key with the same request gets the first answer again, for 72 hours, and "
           "nothing happens twice."},
          {"schema", {{"type", "string"}, {"minLength", 1}, {"maxLength", 255}}}}}};
    out["securitySchemes"] =
        json::object{{"AppId", key("X-App-Id", "The application id, made with its token.")},
                     {"AppToken", key("X-App-Token", "The secret token, shown once.")}};
    return out;
}

}  // namespace

Description make_description(std::string text) {
    const std::string hash = projects::hash_token(text);
    std::string etag = "\"";
    for (const char c : hash.substr(0, 12)) etag += fmt::format("{:02x}", static_cast<unsigned char>(c));
    return {std::move(text), etag + '"'};
}

std::string openapi(const RouteList& router, const std::string& server_url) {
    json::object paths;
    json::array tags;
    std::set<std::string> tags_seen;
    std::set<std::string> ids;
    std::map<std::string, std::string> path_of_shape;
    for (std::size_t index = 0; index < router.size(); ++index) {
        const projects::Route& route = router.payload(index);
        if (is_planned(route)) continue;
        const std::string own = template_of(router.pattern(index).pattern);
        const std::string& path = path_of_shape.try_emplace(shape_of(own), own).first->second;
        if (tags_seen.insert(route.doc.tag).second)
            tags.push_back(json::object{{"name", route.doc.tag}});
        std::string method;
        for (char c : http::method_name(route.method)) method += static_cast<char>(c | 0x20);
        json::value& item = paths[path];
        if (!item.is_object()) item = json::object{};
        item.get_object()[method] = operation_of(route, path, ids);
    }

    json::object out;
    out["openapi"] = "3.1.0";
    out["info"] = json::object{
        {"title", "Perennial"},
        {"version", "1"},
        {"description",
         "Customer loyalty: members, orders, points and rewards over a double-entry ledger."}};
    out["servers"] = json::array{json::object{{"url", server_url.empty() ? "/" : server_url}}};
    out["security"] =
        json::array{json::object{{"AppId", json::array{}}, {"AppToken", json::array{}}}};
    out["tags"] = std::move(tags);
    out["paths"] = std::move(paths);
    out["components"] = components();
    return to_text(out);
}

}  // namespace perennial::app
