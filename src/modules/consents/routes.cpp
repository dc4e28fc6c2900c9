#include "modules/consents/routes.hpp"

#include <fmt/format.h>

#include <boost/json.hpp>

#include "modules/consents/store.hpp"
#include "modules/customers/store.hpp"
#include "modules/projects/documents.hpp"
#include "modules/projects/requests.hpp"

namespace perennial::consents {
namespace {

using http::Method;
using projects::Actor;
using projects::Command;
using projects::Context;
using projects::Definition;
using projects::Permission;
using projects::ProjectNumber;
using projects::ReadContext;

constexpr std::string_view consent_kind = "consent";
constexpr std::size_t consents_max = 100;
constexpr std::int64_t history_max = 1000;

void merge(JsonReader& reader, json::object& doc) {
    if (const auto name = reader.text("name", 200)) {
        if (name->empty()) reader.wrong("name", "required", "must not be empty");
        doc["name"] = *name;
    }
    for (const std::string_view name : {"description", "category"}) {
        if (const auto text = reader.text(name)) doc[name] = *text;
        if (!doc.contains(name)) doc[name] = "";
    }
}

const projects::DocumentKind& documents() {
    static const projects::DocumentKind kind{.kind = consent_kind,
                                             .prefix = ConsentTag::prefix,
                                             .object = "consent",
                                             .name_property = "name",
                                             .max = consents_max,
                                             .merge = merge};
    return kind;
}

std::unexpected<Error> unknown_customer(const std::string& id) {
    return std::unexpected(Error{
        &error::not_found, fmt::format("Cannot find customer with id {}", id), {}, id, "customer"});
}

json::object list_json(json::array data) {
    const auto total = data.size();
    return {{"object", "list"}, {"data_ref", "data"}, {"data", std::move(data)}, {"total", total}};
}

// Groups are not made here; the API's clients expect their list.
Result<http::Response> list(const http::Request&, const ReadContext& context) {
    json::array data;
    for (const Definition* one : context.snapshot->all(consent_kind))
        data.push_back(document_json(documents(), *one));
    return http::json_response(to_text(
        json::object{{"groups", list_json({})}, {"consents", list_json(std::move(data))}}));
}

json::object change_json(const projects::Snapshot& snapshot, const Change& change) {
    const Definition* consent = snapshot.find(consent_kind, change.consent);
    return {{"consent_id", change.consent.text()},
            {"name", consent == nullptr ? json::value() : json::value(consent->name)},
            {"granted", change.granted},
            {"channel", change.channel},
            {"app_id", change.app_id},
            {"created_at", change.created_at.iso()}};
}

Result<http::Response> of_customer(const http::Request& request, const ReadContext& context) {
    const std::string& id = request.path_params.at(0);
    const auto customer =
        customers::load_customer(context.tx, context.project, std::string_view(id));
    if (!customer) return unknown_customer(id);
    json::array now;
    for (const Change& change : current(context.tx, context.project, customer->id))
        now.push_back(change_json(*context.snapshot, change));
    json::array history;
    for (const Change& change :
         list_changes(context.tx, context.project, customer->id, history_max))
        history.push_back(change_json(*context.snapshot, change));
    json::object out = list_json(std::move(now));
    out["history"] = std::move(history);
    return http::json_response(to_text(out));
}

using Answers = std::vector<std::pair<std::string, bool>>;

Result<Answers> read_answers(const http::Request& request) {
    TRY(body, projects::read_body(request));
    Issues issues;
    JsonReader reader(body, issues);
    Answers out;
    if (reader.usable())
        for (const auto& [name, value] : body.get_object()) {
            if (const auto granted = reader.boolean(name)) out.emplace_back(name, *granted);
            else if (value.is_null())
                reader.wrong(name, "invalid_type", "must be true or false");
        }
    if (reader.usable() && body.get_object().size() > consents_max)
        issues.add("", "too_many", fmt::format("must name at most {} consents", consents_max));
    if (!issues.empty()) return issues.refuse();
    return out;
}

// Refuses: invalid_payload (what is no answer), not_found (the customer), invalid_payload (unknown
// consents, each named). What is so already is not written again.
Result<http::Response> answer(const std::string& id, const Answers& answers,
                              const Context& context) {
    const customers::Customer* customer = context.batch.get<customers::Set>().find_existing(
        context.batch, context.project, id);
    if (customer == nullptr) return unknown_customer(id);
    Issues issues;
    std::vector<Change> changes;
    const auto known = current(context.batch.tx, context.project, customer->id);
    for (const auto& [word, granted] : answers) {
        const Definition* consent = find_document(documents(), *context.snapshot, word);
        if (consent == nullptr) {
            issues.add("/" + word, "not_found", fmt::format("Cannot find consent with id {}", word));
            continue;
        }
        const ConsentId consent_id(consent->id);
        const auto before = std::ranges::find(known, consent_id, &Change::consent);
        if (before != known.end() && before->granted == granted) continue;
        std::string channel = context.actor.channel;
        if (context.actor.is_client && channel == "API") channel = "CLIENT_API";
        changes.push_back({context.batch.make_id<ChangeId>(customer->id.place()), consent_id,
                           granted, std::move(channel), context.actor.app_id, context.now});
    }
    if (!issues.empty()) return issues.refuse();
    save_changes(context.batch.tx, context.project, customer->id, changes);
    return http::no_content();
}

Result<Command> put_answers(const http::Request& request, ProjectNumber project, const Actor&) {
    TRY(answers, read_answers(request));
    Command command;
    command.alone = true;
    command.want = [project, id = request.path_params.at(0)](work::Batch& batch) {
        batch.get<customers::Set>().want_existing(batch, project, id);
    };
    command.run = [id = request.path_params.at(0), answers](const Context& context) {
        return answer(id, answers, context);
    };
    return command;
}

constexpr const char* consent_example =
    R"({"id":"cns_018f0a1b2c3d4e5f60718293a4b5c6d7","name":"Newsletter","description":)"
    R"("A letter a month","category":"EMAIL","created_at":"2026-01-01T10:00:00.000Z",)"
    R"("updated_at":null,"object":"consent"})";
constexpr const char* answer_example =
    R"({"consent_id":"cns_018f0a1b2c3d4e5f60718293a4b5c6d7","name":"Newsletter","granted":true,)"
    R"("channel":"API","app_id":"4c1c0d6f","created_at":"2026-01-01T10:00:00.000Z"})";

}  // namespace

projects::Routes routes() {
    const std::string tag = "Consents";
    const std::string one = consent_example;
    projects::Routes out;
    add_document_routes(out, documents(), "/v1/consents", "consentId",
                        {.tag = tag,
                         .noun = "consent",
                         .nouns = "consents",
                         .body = R"({"name":"Newsletter","description":"A letter a month",)"
                                 R"("category":"EMAIL"})",
                         .answer = one,
                         .read = Permission::read,
                         .write = Permission::manage});
    for (projects::Route& route : out)
        if (route.method == Method::get && route.pattern == "/v1/consents") {
            route.read = list;
            route.doc.answer =
                R"({"groups":{"object":"list","data_ref":"data","data":[],"total":0},"consents":)"
                R"({"object":"list","data_ref":"data","data":[)" + one + R"(],"total":1}})";
        }
    out.push_back({.method = Method::get,
                   .pattern = "/v1/customers/{customerId}/consents",
                   .permission = Permission::read,
                   .doc = {.tag = tag,
                           .summary = "What a customer agreed to, and every change of it",
                           .answer = fmt::format(
                               R"({{"object":"list","data_ref":"data","data":[{0}],"total":1,)"
                               R"("history":[{0}]}})",
                               answer_example)},
                   .read = of_customer});
    out.push_back({.method = Method::put,
                   .pattern = "/v1/customers/{customerId}/consents",
                   .permission = Permission::write,
                   .doc = {.tag = tag,
                           .summary = "Record a customer's answers, by id or name of the consent",
                           .body = R"({"Newsletter":true})"},
                   .write = put_answers});
    return out;
}

}  // namespace perennial::consents
