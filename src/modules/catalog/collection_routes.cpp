#include <boost/json.hpp>

#include "modules/catalog/codec.hpp"
#include "modules/catalog/collections.hpp"
#include "modules/catalog/requests.hpp"
#include "modules/catalog/routes.hpp"
#include "modules/projects/store.hpp"

namespace perennial::catalog {
namespace {

using projects::Command;
using projects::Context;
using projects::Definition;
using projects::Permission;
using projects::ProjectNumber;
using projects::ReadContext;
namespace kind = projects::definition_kind;

constexpr std::size_t collections_max = 100;
constexpr std::array<std::string_view, 6> refused_filters{
    "filters", "created_at", "updated_at", "start_date", "end_date", "starting_after"};

Result<CollectionChange> parse_change(const http::Request& request) {
    TRY(body, projects::read_body(request));
    Issues issues;
    JsonReader reader(body, issues);
    CollectionChange change = read_collection(reader);
    if (!issues.empty()) return issues.refuse();
    return change;
}

/// What may not be deleted while others name it: definitions of these kinds name collections by id.
const Definition* user_of(const projects::Snapshot& snapshot, const std::string& collection_id) {
    for (std::string_view one : {kind::earning_rule, kind::reward, kind::reward_assignment,
                                 kind::campaign})
        for (const Definition* definition : snapshot.all(one))
            if (to_text(definition->doc).find(collection_id) != std::string::npos)
                return definition;
    return nullptr;
}

const Definition* find_collection(const projects::SnapshotPtr& snapshot, std::string_view id) {
    const auto parsed = CollectionId::parse(id);
    return parsed ? snapshot->find(kind::product_collection, *parsed) : nullptr;
}

/// Members as they are stored: ids of the catalog. Every unknown one is an issue of its own.
json::array resolve_members(const Context& context,
                            const std::vector<CollectionChange::Member>& members, Issues& issues) {
    json::array out;
    for (std::size_t i = 0; i < members.size(); ++i) {
        const auto& member = members[i];
        json::object stored;
        if (member.object == "sku") {
            if (auto sku = load_sku(context.batch.tx, context.project, member.id)) {
                stored["id"] = sku->id.text();
                stored["product_id"] = sku->product.text();
            }
        } else if (auto product = load_product(context.batch.tx, context.project, member.id)) {
            stored["id"] = product->id.text();
        }
        if (stored.empty())
            issues.add(fmt::format("/products/{}/id", i), "not_found",
                       fmt::format("Cannot find {} with id {}", member.object, member.id));
        stored["object"] = member.object;
        out.push_back(std::move(stored));
    }
    return out;
}

/// Merges the change into the definition. Refuses: invalid_payload, duplicate_found (the name).
Result<void> change_definition(const Context& context, const CollectionChange& change,
                               Definition& definition) {
    Issues issues;
    std::string type;
    if (const json::value* known = definition.doc.if_contains("type"))
        type = std::string(known->as_string());
    if (change.type) type = *change.type == CollectionType::static_ ? "STATIC" : "AUTO_UPDATE";
    if (change.name) definition.name = *change.name;
    if (definition.name.empty()) issues.add("/name", "required", "is required");
    if (type.empty()) issues.add("/type", "required", "is required");

    json::object doc;
    doc["type"] = type;
    if (type == "STATIC") {
        const json::value* known = definition.doc.if_contains("products");
        if (change.products)
            doc["products"] = resolve_members(context, *change.products, issues);
        else
            doc["products"] = known == nullptr ? json::value(json::array()) : *known;
    } else if (type == "AUTO_UPDATE") {
        const json::value* known = definition.doc.if_contains("filter");
        if (change.filter)
            doc["filter"] = *change.filter;
        else if (known != nullptr)
            doc["filter"] = *known;
        else
            issues.add("/filter", "required", "is required for AUTO_UPDATE");
    }
    if (!issues.empty()) return issues.refuse();
    const Definition* same_name =
        context.snapshot->find_by_name(kind::product_collection, definition.name);
    if (same_name != nullptr && same_name->id != definition.id)
        return std::unexpected(
            Error{&error::duplicate_found,
                  fmt::format("Another product collection has the name {}", definition.name),
                  {},
                  CollectionId(same_name->id).text(),
                  "products_collection"});
    definition.doc = std::move(doc);
    return {};
}

// POST. Refuses: too many collections, invalid_payload, duplicate_found.
Result<http::Response> create(const CollectionChange& change, const Context& context) {
    if (context.snapshot->all(kind::product_collection).size() >= collections_max)
        return refuse(error::invalid_payload,
                      fmt::format("A project has at most {} product collections", collections_max));
    Definition definition;
    definition.kind = kind::product_collection;
    definition.created_at = context.now;
    TRY_VOID(change_definition(context, change, definition));
    definition.id = context.batch.make_id<CollectionId>(place_of(definition.name));
    projects::save_definition(context.batch.tx, context.project, definition);
    return http::json_response(to_text(to_json(definition)));
}

// PUT. Refuses: not_found, invalid_payload, duplicate_found.
Result<http::Response> change_known(const std::string& id, const CollectionChange& change,
                                    const Context& context) {
    const Definition* known = find_collection(context.snapshot, id);
    if (known == nullptr) return unknown("products_collection", id);
    Definition definition = *known;
    TRY_VOID(change_definition(context, change, definition));
    definition.updated_at = context.now;
    projects::save_definition(context.batch.tx, context.project, definition);
    return http::json_response(to_text(to_json(definition)));
}

// DELETE. Refuses: not_found, resource_in_use.
Result<http::Response> remove_known(const std::string& id, const Context& context) {
    const Definition* known = find_collection(context.snapshot, id);
    if (known == nullptr) return unknown("products_collection", id);
    if (const Definition* user = user_of(*context.snapshot, CollectionId(known->id).text()))
        return std::unexpected(Error{&error::resource_in_use,
                                     fmt::format("The {} {} uses this collection", user->kind,
                                                 user->name.empty() ? user->id.hex() : user->name),
                                     {},
                                     id,
                                     "products_collection"});
    Definition definition = *known;
    definition.deleted = true;
    definition.updated_at = context.now;
    projects::save_definition(context.batch.tx, context.project, definition);
    return http::no_content();
}

/// The rows of one page out of all, in the list's order.
template <class T>
std::span<const T> page_of(const std::vector<T>& all, const ListQuery& query) {
    const auto from = std::min(static_cast<std::size_t>(query.offset), all.size());
    return std::span(all).subspan(from, std::min(static_cast<std::size_t>(query.limit),
                                                 all.size() - from));
}

Result<http::Response> list(const http::Request& request, const ReadContext& context) {
    TRY(query, read_list(request, refused_filters));
    std::vector<const Definition*> all = context.snapshot->all(kind::product_collection);
    if (query.descending) std::ranges::reverse(all);
    json::array shown;
    for (const Definition* one : page_of(all, query)) shown.push_back(to_json(*one));
    return http::json_response(to_text(
        list_json("data", std::move(shown), static_cast<std::int64_t>(all.size()))));
}

Result<http::Response> get(const http::Request& request, const ReadContext& context) {
    const std::string& id = request.path_params.at(0);
    const Definition* known = find_collection(context.snapshot, id);
    if (known == nullptr) return unknown("products_collection", id);
    return http::json_response(to_text(to_json(*known)));
}

/// A member found in the catalog; rows are loaded for the page only.
struct Found {
    Timestamp created_at;
    ProductId product;
    SkuId sku;  ///< nil = the product itself

    auto operator<=>(const Found&) const = default;
};

std::vector<Found> members_of(const ReadContext& context, const Collection& collection) {
    std::vector<Found> found;
    if (collection.type == CollectionType::static_) {
        for (const auto& member : collection.members) {
            if (!member.sku.is_nil()) {
                if (auto sku = load_sku(context.tx, context.project, member.sku))
                    found.push_back({sku->created_at, sku->product, sku->id});
            } else if (auto product = load_product(context.tx, context.project, member.product)) {
                found.push_back({product->created_at, product->id, {}});
            }
        }
        return found;
    }
    scan_products(context.tx, context.project, [&](const Product& product) {
        if (collection.filter.matches(facts_of(product)))
            found.push_back({product.created_at, product.id, {}});
    });
    scan_skus(context.tx, context.project, [&](const Sku& sku) {
        if (collection.filter.matches(facts_of(sku)))
            found.push_back({sku.created_at, sku.product, sku.id});
    });
    return found;
}

Result<http::Response> list_members(const http::Request& request, const ReadContext& context) {
    const std::string& id = request.path_params.at(0);
    TRY(query, read_list(request, refused_filters));
    const Definition* known = find_collection(context.snapshot, id);
    if (known == nullptr) return unknown("products_collection", id);
    const Collection* collection = context.snapshot->get<Collections>().find(known->id);
    CHECK(collection != nullptr);
    std::vector<Found> found = members_of(context, *collection);
    std::ranges::sort(found);
    if (query.descending) std::ranges::reverse(found);
    json::array shown;
    for (const Found& one : page_of(found, query)) {
        const auto product = load_product(context.tx, context.project, one.product);
        if (one.sku.is_nil()) {
            CHECK(product.has_value());
            shown.push_back(to_json(*product));
        } else {
            const auto sku = load_sku(context.tx, context.project, one.sku);
            CHECK(sku.has_value());
            shown.push_back(product ? to_json(*sku, *product) : to_json(*sku));
        }
    }
    return http::json_response(to_text(
        list_json("data", std::move(shown), static_cast<std::int64_t>(found.size()))));
}

Result<Command> post(const http::Request& request, ProjectNumber, const projects::Actor&) {
    TRY(change, parse_change(request));
    Command command;
    command.alone = true;
    command.run = [change](const Context& context) { return create(change, context); };
    return command;
}

Result<Command> put(const http::Request& request, ProjectNumber, const projects::Actor&) {
    TRY(change, parse_change(request));
    Command command;
    command.alone = true;
    command.run = [id = request.path_params.at(0), change](const Context& context) {
        return change_known(id, change, context);
    };
    return command;
}

Result<Command> remove(const http::Request& request, ProjectNumber, const projects::Actor&) {
    Command command;
    command.alone = true;
    command.run = [id = request.path_params.at(0)](const Context& context) {
        return remove_known(id, context);
    };
    return command;
}

constexpr std::string_view body_example =
    R"({"name":"Kitchen","type":"AUTO_UPDATE","filter":{"junction":"and",)"
    R"("metadata.category":{"conditions":{"$is":["kitchen"]}}}})";
constexpr std::string_view answer_example =
    R"({"id":"pc_018f0a1b2c3d4e5f60718293a4b5c6d9","name":"Kitchen","type":"AUTO_UPDATE",)"
    R"("filter":{"junction":"and","metadata.category":{"conditions":{"$is":["kitchen"]}}},)"
    R"("created_at":"2024-07-23T19:38:38.219Z","object":"products_collection"})";
constexpr std::string_view member_example =
    R"({"id":"prod_018f0a1b2c3d4e5f60718293a4b5c6d9","source_id":"mug","name":"Mug","price":1250,)"
    R"("metadata":{},"image_url":"https://shop.example/mug.jpg",)"
    R"("created_at":"2024-07-23T19:38:38.219Z","updated_at":"2024-07-23T19:38:38.219Z",)"
    R"("object":"product"})";

}  // namespace

projects::Routes collection_routes() {
    const std::string body(body_example);
    const std::string one(answer_example);
    const std::string tag = "Product collections";
    const std::vector<std::string> paging{"limit", "page", "order"};
    projects::Routes out;
    out.push_back({http::Method::get,
                   "/v1/product-collections",
                   Permission::read,
                   {tag, "List product collections, newest first", {},
                    projects::example_list(one),
                    paging},
                   list});
    out.push_back({http::Method::post,
                   "/v1/product-collections",
                   Permission::write,
                   {tag, "Create a product collection: STATIC (products) or AUTO_UPDATE (filter)",
                    body, one},
                   nullptr,
                   post});
    out.push_back({http::Method::get,
                   "/v1/product-collections/{productCollectionId}",
                   Permission::read,
                   {tag, "Get a product collection", {}, one},
                   get});
    out.push_back({http::Method::put,
                   "/v1/product-collections/{productCollectionId}",
                   Permission::write,
                   {tag, "Change a product collection: only what is sent changes", body, one},
                   nullptr,
                   put});
    out.push_back({http::Method::delete_,
                   "/v1/product-collections/{productCollectionId}",
                   Permission::write,
                   {tag, "Delete a product collection that nothing uses"},
                   nullptr,
                   remove});
    out.push_back({http::Method::get,
                   "/v1/product-collections/{productCollectionId}/products",
                   Permission::read,
                   {tag, "List the products and SKUs of a collection", {},
                    projects::example_list(member_example), paging},
                   list_members});
    return out;
}

}  // namespace perennial::catalog
