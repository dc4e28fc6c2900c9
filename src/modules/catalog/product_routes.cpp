#include "modules/catalog/codec.hpp"
#include "modules/catalog/requests.hpp"
#include "modules/catalog/routes.hpp"
#include "modules/catalog/store.hpp"
#include "modules/sums/store.hpp"

namespace perennial::catalog {
namespace {

using projects::Command;
using projects::Context;
using projects::Permission;
using projects::ProjectNumber;
using projects::ReadContext;

constexpr std::int64_t shown_skus_max = 100;
constexpr std::array<std::string_view, 3> refused_filters{"filters", "created_at", "updated_at"};

Result<ProductChange> parse_change(const http::Request& request) {
    TRY(body, projects::read_body(request));
    Issues issues;
    JsonReader reader(body, issues);
    ProductChange change = read_product(reader);
    if (!issues.empty()) return issues.refuse();
    return change;
}

// POST: a known source id -> change; a new one or none -> a new product. Refuses nothing.
Result<http::Response> create_or_change(const ProductChange& change, const Context& context) {
    auto& set = context.batch.get<Set>();
    Product* product = change.source_id.empty()
                           ? nullptr
                           : set.find_product(context.batch, context.project, change.source_id);
    const bool is_new = product == nullptr;
    if (is_new)
        product =
            &set.create_product(context.batch, context.project, change.source_id, context.now);
    if (apply(change, *product, context.now)) set.touch(*product);
    if (is_new) product->updated_at.reset();
    return http::json_response(to_text(to_json(*product)));
}

// PUT. Refuses: not_found, invalid_payload (another source id).
Result<http::Response> change_known(const std::string& id, const ProductChange& change,
                                    const Context& context) {
    auto& set = context.batch.get<Set>();
    Product* product = set.find_product(context.batch, context.project, id);
    if (product == nullptr) return unknown("product", id);
    if (!change.source_id.empty() && product->source_id != change.source_id) {
        Issues issues;
        issues.add("/source_id", "immutable", "is set when a product is created, and never after");
        return issues.refuse();
    }
    if (apply(change, *product, context.now)) set.touch(*product);
    return http::json_response(to_text(to_json(*product)));
}

// DELETE, with its SKUs. Refuses: not_found.
Result<http::Response> remove_known(const std::string& id, const Context& context) {
    auto& set = context.batch.get<Set>();
    Product* product = set.find_product(context.batch, context.project, id);
    if (product == nullptr) return unknown("product", id);
    set.remove(context.batch, *product);
    return http::no_content();
}

Result<http::Response> list(const http::Request& request, const ReadContext& context) {
    TRY(query, read_list(request, refused_filters));
    json::array products;
    for (const Product& one : list_products(context.tx, context.project, query))
        products.push_back(to_json(one));
    const bool filtered = query.created_before || query.created_after;
    const std::int64_t total = filtered ? count_products(context.tx, context.project, query)
                                        : sums::total(context.tx, context.project, "products");
    return http::json_response(to_text(list_json("products", std::move(products), total)));
}

Result<http::Response> get(const http::Request& request, const ReadContext& context) {
    const std::string& id = request.path_params.at(0);
    const auto product = load_product(context.tx, context.project, std::string_view(id));
    if (!product) return unknown("product", id);
    ListQuery first;
    first.descending = false;
    first.limit = shown_skus_max;
    json::array skus;
    for (const Sku& sku : list_skus(context.tx, context.project, product->id, first))
        skus.push_back(to_json(sku));
    json::object out = to_json(*product);
    json::object shown;
    shown["object"] = "list";
    shown["total"] = sums::total(context.tx, context.project, "skus", product->id);
    shown["data"] = std::move(skus);
    out["skus"] = std::move(shown);
    return http::json_response(to_text(out));
}

Result<Command> post(const http::Request& request, ProjectNumber project, const projects::Actor&) {
    TRY(change, parse_change(request));
    Command command;
    command.lane = place_of(change.source_id);
    command.want = [project, source = change.source_id](work::Batch& batch) {
        if (!source.empty()) batch.get<Set>().claim_product(batch, project, source);
    };
    command.run = [change](const Context& context) { return create_or_change(change, context); };
    return command;
}

Result<Command> put(const http::Request& request, ProjectNumber project, const projects::Actor&) {
    const std::string id = request.path_params.at(0);
    TRY(change, parse_change(request));
    Command command;
    command.lane = projects::lane_of<ProductId>(id);
    command.want = [project, id](work::Batch& batch) {
        batch.get<Set>().want_product(batch, project, id, Use::write);
    };
    command.run = [id, change](const Context& context) {
        return change_known(id, change, context);
    };
    return command;
}

Result<Command> remove(const http::Request& request, ProjectNumber project,
                       const projects::Actor&) {
    const std::string id = request.path_params.at(0);
    Command command;
    command.lane = projects::lane_of<ProductId>(id);
    command.alone = true;
    command.want = [project, id](work::Batch& batch) {
        batch.get<Set>().want_product(batch, project, id, Use::write);
    };
    command.run = [id](const Context& context) { return remove_known(id, context); };
    return command;
}

constexpr std::string_view body_example =
    R"({"source_id":"mug-1","name":"Mug","price":1250,"attributes":["color"],)"
    R"("metadata":{"category":"kitchen"}})";
constexpr std::string_view answer_example =
    R"({"id":"prod_018f0a1b2c3d4e5f60718293a4b5c6d7","source_id":"mug-1","name":"Mug",)"
    R"("price":1250,"attributes":["color"],"metadata":{"category":"kitchen"},"image_url":null,)"
    R"("created_at":"2024-07-23T19:38:38.219Z","updated_at":null,"object":"product"})";

}  // namespace

projects::Routes product_routes() {
    const std::string body(body_example);
    const std::string one(answer_example);
    const std::string tag = "Products";
    projects::Routes out;
    out.push_back({http::Method::get,
                   "/v1/products",
                   Permission::read,
                   {tag, "List products, newest first", {},
                    projects::example_list(one, "products"),
                    {"limit", "page", "order", "start_date", "end_date"}},
                   list});
    out.push_back({http::Method::post,
                   "/v1/products",
                   Permission::write,
                   {tag, "Create a product, or change the one with this source_id", body, one},
                   nullptr,
                   post});
    out.push_back({http::Method::get,
                   "/v1/products/{productId}",
                   Permission::read,
                   {tag, "Get a product by id or source_id, with its first 100 SKUs", {}, one},
                   get});
    out.push_back({http::Method::put,
                   "/v1/products/{productId}",
                   Permission::write,
                   {tag, "Change a product: only what is sent changes, null clears", body, one},
                   nullptr,
                   put});
    out.push_back({http::Method::delete_,
                   "/v1/products/{productId}",
                   Permission::write,
                   {tag, "Delete a product and its SKUs"},
                   nullptr,
                   remove});
    return out;
}

projects::Routes routes() {
    projects::Routes out = product_routes();
    for (auto& route : sku_routes()) out.push_back(std::move(route));
    for (auto& route : collection_routes()) out.push_back(std::move(route));
    return out;
}

}  // namespace perennial::catalog
