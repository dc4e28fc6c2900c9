#include "modules/metadata_schemas/routes.hpp"

#include <boost/json.hpp>

#include "modules/metadata_schemas/schema.hpp"
#include "modules/projects/documents.hpp"

namespace perennial::metadata_schemas {
namespace {

using projects::DocumentKind;
using projects::Permission;
using projects::ReadContext;

constexpr std::size_t name_bytes_max = 300;

void merge_text(JsonReader& reader, std::string_view name, json::object& doc) {
    if (!reader.has(name)) return;
    const auto text = reader.text(name, name_bytes_max);
    if (text && text->empty()) reader.wrong(name, "required", "must not be empty");
    if (text) doc[name] = *text;
}

json::object& properties_of(json::object& holder) {
    json::value& properties = holder["properties"];
    if (!properties.is_object()) properties = json::object();
    return properties.get_object();
}

void merge_schema(JsonReader& reader, json::object& doc) {
    merge_text(reader, "related_object", doc);
    json::object& properties = properties_of(doc);
    if (reader.has("properties")) {
        JsonReader sent = reader.reader("properties");
        merge_properties(sent, properties);
    }
    if (const auto only = reader.boolean("allow_defined_only")) doc["allow_defined_only"] = *only;
    if (!doc.contains("allow_defined_only")) doc["allow_defined_only"] = false;
}

// The API has the properties inside of `schema`; taken beside it, too.
void merge_event_schema(JsonReader& reader, json::object& doc) {
    merge_text(reader, "name", doc);
    JsonReader schema = reader.has("schema") ? reader.reader("schema") : reader;
    json::object& properties = properties_of(doc);
    if (schema.has("properties")) {
        JsonReader sent = schema.reader("properties");
        merge_properties(sent, properties);
    }
}

const DocumentKind& schema_documents() {
    static const DocumentKind kind{.kind = schema_kind,
                                   .prefix = "ms_",
                                   .object = "metadata_schema",
                                   .name_property = "related_object",
                                   .max = schemas_max,
                                   .merge = merge_schema,
                                   .name_is_fixed = true};
    return kind;
}

const DocumentKind& event_documents() {
    static const DocumentKind kind{
        .kind = event_kind,
        .prefix = "ms_",
        .object = "custom_event_schema",
        .name_property = "name",
        .max = 1000,
        .merge = merge_event_schema,
        .name_is_fixed = true,
        .view = [](json::object& out) {
            out["schema"] = json::object{{"properties", out.at("properties")}};
            out.erase("properties");
        }};
    return kind;
}

constexpr const char* schema_example =
    R"({"id":"ms_018f0a1b2c3d4e5f60718293a4b5c6d7","related_object":"customer","properties":)"
    R"({"segment":{"type":"string","array":false,"optional":true,"eq":["a","b"]}},)"
    R"("allow_defined_only":false,"created_at":"2026-01-01T10:00:00.000Z","updated_at":null,)"
    R"("object":"metadata_schema"})";

Result<http::Response> list(const http::Request&, const ReadContext& context) {
    DocumentKind kind = schema_documents();
    kind.list_ref = "schemas";
    return list_documents(kind, context);
}

}  // namespace

projects::Routes routes() {
    projects::Routes out;
    const std::string one = schema_example;
    out.push_back({.method = http::Method::get,
                   .pattern = "/v1/metadata-schemas",
                   .permission = Permission::read,
                   .doc = {.tag = "Metadata schemas",
                           .summary = "List the schemas that metadata is checked by",
                           .answer = R"({"object":"list","data_ref":"schemas","schemas":[)" + one +
                                     R"(],"total":1,"has_more":false})"},
                   .read = list});
    out.push_back({.method = http::Method::get,
                   .pattern = "/v1/metadata-schemas/{resource}",
                   .permission = Permission::read,
                   .doc = {.tag = "Metadata schemas",
                           .summary = "The schema of a kind of object, as customer",
                           .answer = one},
                   .read = [](const http::Request& request, const ReadContext& context) {
                       return get_document(schema_documents(), request.path_params.at(0), context);
                   }});
    add_document_routes(
        out, schema_documents(), "/management/v1/projects/{projectId}/metadata-schemas",
        "metadataSchemaId",
        {.tag = "Metadata schemas",
         .noun = "metadata schema",
         .nouns = "metadata schemas",
         .body = R"({"related_object":"customer","properties":{"segment":{"type":"string",)"
                 R"("optional":true,"eq":["a","b"]}},"allow_defined_only":false})",
         .answer = one,
         .read = Permission::manage,
         .write = Permission::manage});
    add_document_routes(
        out, event_documents(), "/management/v1/projects/{projectId}/custom-event-schemas",
        "customEventSchemaId",
        {.tag = "Metadata schemas",
         .noun = "custom event schema",
         .nouns = "custom event schemas",
         .body = R"({"name":"review_written","schema":{"properties":{"stars":{"type":"number",)"
                 R"("optional":false,"gte":1,"lte":5}}}})",
         .answer = R"({"id":"ms_018f0a1b2c3d4e5f60718293a4b5c6d7","name":"review_written",)"
                   R"("schema":{"properties":{"stars":{"type":"number","array":false,)"
                   R"("optional":false,"gte":1,"lte":5}}},"created_at":)"
                   R"("2026-01-01T10:00:00.000Z","updated_at":null,"object":"custom_event_schema"})",
         .read = Permission::manage,
         .write = Permission::manage});
    return out;
}

}  // namespace perennial::metadata_schemas
