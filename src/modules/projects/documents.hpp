// Definitions that are nothing but a document with a unique name: the same five operations for each
// kind of them (categories, schemas, consents).
#pragma once
#include <functional>

#include "modules/projects/route.hpp"

namespace perennial::projects {

struct DocumentKind {
    std::string_view kind;           ///< of the definitions
    std::string_view prefix;         ///< of their ids: "cat_"
    std::string_view object;         ///< as the API calls one: "category"
    std::string_view name_property;  ///< unique in the project
    std::size_t max;                 ///< of a project
    std::string_view list_ref = "data";
    /// Writes what was sent over what is known; a new one begins empty. Adds the issues.
    std::function<void(JsonReader&, json::object& doc)> merge;
    /// Why it cannot be removed; nothing when it can.
    std::function<Result<void>(const Context&, const Definition&)> removable = nullptr;
    /// Cannot be changed once it is made.
    bool name_is_fixed = false;
    /// The last touch to the object as the API shows it.
    std::function<void(json::object&)> view = nullptr;
};

json::object document_json(const DocumentKind&, const Definition&);
const Definition* find_document(const DocumentKind&, const Snapshot&, std::string_view id_or_name);
/// "Cannot find category with id cat_x"
std::unexpected<Error> unknown_document(const DocumentKind&, std::string_view id);

/// All, oldest first.
Result<http::Response> list_documents(const DocumentKind&, const ReadContext&);
Result<http::Response> get_document(const DocumentKind&, const std::string& id, const ReadContext&);
/// Each refuses: invalid_payload (all mistakes), not_found, duplicate_found (the name).
Result<Command> create_document(const DocumentKind&, const http::Request&);
Result<Command> change_document(const DocumentKind&, const http::Request&, std::string id);
Result<Command> remove_document(const DocumentKind&, std::string id);

/// GET, POST of `base` and GET, PUT, DELETE of one below it. In the management API the path names
/// the project first, which must be the one of the keys.
struct DocumentWords {
    std::string tag;
    std::string noun;  ///< "category"
    std::string nouns;
    std::string body;  ///< example
    std::string answer;
    Permission read = Permission::read;
    Permission write = Permission::write;
};
void add_document_routes(Routes&, const DocumentKind&, const std::string& base,
                         const std::string& id_name, const DocumentWords&);

/// Refuses a management path that names another project than the keys are for.
Result<void> check_managed(const Snapshot&, std::string_view project_id);

}  // namespace perennial::projects
