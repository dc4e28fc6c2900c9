#include "modules/projects/documents.hpp"

#include <fmt/format.h>

#include "modules/projects/requests.hpp"
#include "modules/projects/store.hpp"

namespace perennial::projects {
namespace {

constexpr std::string_view management_prefix = "/management/";

std::string text_id(const DocumentKind& kind, const Definition& definition) {
    return std::string(kind.prefix) + definition.id.hex();
}

Command alone(std::function<Result<http::Response>(const Context&)> run) {
    Command command;
    command.alone = true;
    command.run = std::move(run);
    return command;
}

/// The name of the document; also refuses one that another has.
Result<std::string> name_of(const DocumentKind& kind, const Context& context,
                            const json::object& doc, const RawId& own) {
    const std::string name(doc.at(json::string_view(kind.name_property)).as_string());
    const Definition* other = context.snapshot->find_by_name(kind.kind, name);
    if (other == nullptr || other->id == own) return name;
    return std::unexpected(Error{&error::duplicate_found,
                                 fmt::format("Another {} has the {} {}", kind.object,
                                             kind.name_property, name),
                                 {},
                                 text_id(kind, *other),
                                 std::string(kind.object)});
}

http::Response answer(const DocumentKind& kind, const Definition& definition) {
    return http::json_response(to_text(document_json(kind, definition)));
}

}  // namespace

json::object document_json(const DocumentKind& kind, const Definition& definition) {
    json::object out{{"id", text_id(kind, definition)}};
    for (const auto& [key, value] : definition.doc) out[key] = value;
    out["created_at"] = definition.created_at.iso();
    out["updated_at"] =
        definition.updated_at ? json::value(definition.updated_at->iso()) : json::value();
    out["object"] = kind.object;
    if (kind.view) kind.view(out);
    return out;
}

const Definition* find_document(const DocumentKind& kind, const Snapshot& snapshot,
                                std::string_view id_or_name) {
    if (id_or_name.starts_with(kind.prefix))
        if (const auto id = RawId::from_hex(id_or_name.substr(kind.prefix.size())))
            return snapshot.find(kind.kind, *id);
    return snapshot.find_by_name(kind.kind, id_or_name);
}

std::unexpected<Error> unknown_document(const DocumentKind& kind, std::string_view id) {
    return std::unexpected(Error{&error::not_found,
                                 fmt::format("Cannot find {} with id {}", kind.object, id),
                                 {},
                                 std::string(id),
                                 std::string(kind.object)});
}

Result<http::Response> list_documents(const DocumentKind& kind, const ReadContext& context) {
    json::array data;
    for (const Definition* one : context.snapshot->all(kind.kind))
        data.push_back(document_json(kind, *one));
    const auto total = data.size();
    return http::json_response(to_text(json::object{{"object", "list"},
                                                    {"data_ref", kind.list_ref},
                                                    {kind.list_ref, std::move(data)},
                                                    {"total", total},
                                                    {"has_more", false}}));
}

Result<http::Response> get_document(const DocumentKind& kind, const std::string& id,
                                    const ReadContext& context) {
    const Definition* found = find_document(kind, *context.snapshot, id);
    if (found == nullptr) return unknown_document(kind, id);
    return answer(kind, *found);
}

Result<Command> create_document(const DocumentKind& kind, const http::Request& request) {
    TRY(body, read_body(request));
    Issues issues;
    JsonReader reader(body, issues);
    json::object doc;
    reader.require(kind.name_property);
    kind.merge(reader, doc);
    if (!issues.empty()) return issues.refuse();
    return alone([kind, doc](const Context& context) -> Result<http::Response> {
        TRY(name, name_of(kind, context, doc, {}));
        if (context.snapshot->all(kind.kind).size() >= kind.max)
            return refuse(error::invalid_payload,
                          fmt::format("A project has at most {} of these", kind.max));
        Definition definition;
        definition.kind = kind.kind;
        definition.id = context.batch.make_id<RawId>(place_of(name));
        definition.name = name;
        definition.doc = doc;
        definition.created_at = context.now;
        save_definition(context.batch.tx, context.project, definition);
        return answer(kind, definition);
    });
}

Result<Command> change_document(const DocumentKind& kind, const http::Request& request,
                                std::string id) {
    TRY(body, read_body(request));
    Issues issues;
    if (!JsonReader(body, issues).usable()) return issues.refuse();
    return alone([kind, body, id](const Context& context) -> Result<http::Response> {
        const Definition* found = find_document(kind, *context.snapshot, id);
        if (found == nullptr) return unknown_document(kind, id);
        Definition definition = *found;
        Issues wrong;
        JsonReader reader(body, wrong);
        kind.merge(reader, definition.doc);
        if (!wrong.empty()) return wrong.refuse();
        TRY(name, name_of(kind, context, definition.doc, found->id));
        if (kind.name_is_fixed && name != found->name) {
            wrong.add(fmt::format("/{}", kind.name_property), "immutable", "cannot be changed");
            return wrong.refuse();
        }
        definition.name = name;
        definition.updated_at = context.now;
        save_definition(context.batch.tx, context.project, definition);
        return answer(kind, definition);
    });
}

Result<Command> remove_document(const DocumentKind& kind, std::string id) {
    return alone([kind, id](const Context& context) -> Result<http::Response> {
        const Definition* found = find_document(kind, *context.snapshot, id);
        if (found == nullptr) return unknown_document(kind, id);
        if (kind.removable) TRY_VOID(kind.removable(context, *found));
        Definition definition = *found;
        definition.deleted = true;
        definition.updated_at = context.now;
        save_definition(context.batch.tx, context.project, definition);
        return http::no_content();
    });
}

Result<void> check_managed(const Snapshot& snapshot, std::string_view project_id) {
    if (snapshot.project().id.text() == project_id) return {};
    return std::unexpected(Error{&error::not_found,
                                 fmt::format("Cannot find project with id {}", project_id),
                                 {},
                                 std::string(project_id),
                                 "project"});
}

void add_document_routes(Routes& out, const DocumentKind& kind, const std::string& base,
                         const std::string& id_name, const DocumentWords& words) {
    using http::Method;
    const bool managed = base.starts_with(management_prefix);
    const std::string one = base + "/{" + id_name + "}";
    const std::size_t at = managed ? 1 : 0;
    const auto reads = [&](const std::string& pattern, std::string summary, std::string example,
                           auto read) {
        out.push_back({.method = Method::get,
                       .pattern = pattern,
                       .permission = words.read,
                       .doc = {.tag = words.tag,
                               .summary = std::move(summary),
                               .answer = std::move(example)},
                       .read = [managed, read](const http::Request& request,
                                               const ReadContext& context)
                           -> Result<http::Response> {
                           if (managed)
                               TRY_VOID(check_managed(*context.snapshot, request.path_params.at(0)));
                           return read(request, context);
                       }});
    };
    const auto writes = [&](Method method, const std::string& pattern, std::string summary,
                            bool has_body, auto make) {
        out.push_back(
            {.method = method,
             .pattern = pattern,
             .permission = words.write,
             .doc = {.tag = words.tag,
                     .summary = std::move(summary),
                     .body = has_body ? words.body : std::string(),
                     .answer = has_body ? words.answer : std::string()},
             .write = [managed, make](const http::Request& request, ProjectNumber,
                                      const Actor&) -> Result<Command> {
                 TRY(command, make(request));
                 if (managed)
                     command.run = [run = std::move(command.run), id = request.path_params.at(0)](
                                       const Context& context) -> Result<http::Response> {
                         TRY_VOID(check_managed(*context.snapshot, id));
                         return run(context);
                     };
                 return command;
             }});
    };
    reads(base, fmt::format("List {}, oldest first", words.nouns),
          fmt::format(R"({{"object":"list","data_ref":"{0}","{0}":[{1}],"total":1,"has_more":false}})",
                      kind.list_ref, words.answer),
          [kind](const http::Request&, const ReadContext& context) {
              return list_documents(kind, context);
          });
    writes(Method::post, base, fmt::format("Create a {}", words.noun), true,
           [kind](const http::Request& request) { return create_document(kind, request); });
    reads(one, fmt::format("Get a {} by id or {}", words.noun, kind.name_property), words.answer,
          [kind, at](const http::Request& request, const ReadContext& context) {
              return get_document(kind, request.path_params.at(at), context);
          });
    writes(Method::put, one, fmt::format("Change what is sent of a {}", words.noun), true,
           [kind, at](const http::Request& request) {
               return change_document(kind, request, request.path_params.at(at));
           });
    writes(Method::delete_, one, fmt::format("Delete a {}", words.noun), false,
           [kind, at](const http::Request& request) {
               return remove_document(kind, request.path_params.at(at));
           });
}

}  // namespace perennial::projects
