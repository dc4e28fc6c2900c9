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

constexpr std::array<std::string_view, 5> refused_filters{"filters", "created_at", "updated_at",
                                                          "start_date", "end_date"};

Result<SkuChange> parse_change(const http::Request& request) {
    TRY(body, projects::read_body(request));
    Issues issues;
    JsonReader reader(body, issues);
    SkuChange change = read_sku(reader);
    if (!issues.empty()) return issues.refuse();
    return change;
}

/// A SKU is known under its own product only.
Sku* find_under(const Context& context, const std::string& product_id, const std::string& sku_id) {
    auto& set = context.batch.get<Set>();
    const Product* product = set.find_product(context.batch, context.project, product_id);
    Sku* sku = set.find_sku(context.batch, context.project, sku_id);
    return product != nullptr && sku != nullptr && sku->product == product->id ? sku : nullptr;
}

// POST. Refuses: not_found (the product), duplicate_found (the source id is of a SKU of another).
Result<http::Response> create_or_change(const std::string& product_id, const SkuChange& change,
                                        const Context& context) {
    auto& set = context.batch.get<Set>();
    const Product* product = set.find_product(context.batch, context.project, product_id);
    if (product == nullptr) return unknown("product", product_id);
    Sku* sku = change.source_id.empty()
                   ? nullptr
                   : set.find_sku(context.batch, context.project, change.source_id);
    if (sku != nullptr && sku->product != product->id)
        return std::unexpected(
            Error{&error::duplicate_found,
                  fmt::format("The SKU with the source_id {} belongs to product {}",
                              change.source_id, sku->product.text()),
                  {},
                  sku->id.text(),
                  "sku"});
    const bool is_new = sku == nullptr;
    if (is_new) sku = &set.create_sku(context.batch, *product, change.source_id, context.now);
    if (apply(change, *sku, context.now)) set.touch(*sku);
    if (is_new) sku->updated_at.reset();
    return http::json_response(to_text(to_json(*sku)));
}

// PUT. Refuses: not_found, invalid_payload (another source id).
Result<http::Response> change_known(const std::string& product_id, const std::string& sku_id,
                                    const SkuChange& change, const Context& context) {
    Sku* sku = find_under(context, product_id, sku_id);
    if (sku == nullptr) return unknown("sku", sku_id);
    if (!change.source_id.empty() && sku->source_id != change.source_id) {
        Issues issues;
        issues.add("/source_id", "immutable", "is set when a SKU is created, and never after");
        return issues.refuse();
    }
    if (apply(change, *sku, context.now)) context.batch.get<Set>().touch(*sku);
    return http::json_response(to_text(to_json(*sku)));
}

// DELETE. Refuses: not_found.
Result<http::Response> remove_known(const std::string& product_id, const std::string& sku_id,
                                    const Context& context) {
    Sku* sku = find_under(context, product_id, sku_id);
    if (sku == nullptr) return unknown("sku", sku_id);
    context.batch.get<Set>().remove(context.batch, *sku);
    return http::no_content();
}

Result<http::Response> list(const http::Request& request, const ReadContext& context) {
    const std::string& id = request.path_params.at(0);
    TRY(query, read_list(request, refused_filters));
    const auto product = load_product(context.tx, context.project, std::string_view(id));
    if (!product) return unknown("product", id);
    json::array skus;
    for (const Sku& sku : list_skus(context.tx, context.project, product->id, query))
        skus.push_back(to_json(sku));
    const std::int64_t total = sums::total(context.tx, context.project, "skus", product->id);
    return http::json_response(to_text(list_json("skus", std::move(skus), total)));
}

Result<http::Response> get(const http::Request& request, const ReadContext& context) {
    const std::string& id = request.path_params.at(0);
    const auto sku = load_sku(context.tx, context.project, std::string_view(id));
    if (!sku) return unknown("sku", id);
    const auto product = load_product(context.tx, context.project, sku->product);
    return http::json_response(to_text(product ? to_json(*sku, *product) : to_json(*sku)));
}

Result<Command> post(const http::Request& request, ProjectNumber project, const projects::Actor&) {
    const std::string product_id = request.path_params.at(0);
    TRY(change, parse_change(request));
    Command command;
    command.lane = projects::lane_of<ProductId>(product_id);
    command.want = [project, product_id, source = change.source_id](work::Batch& batch) {
        auto& set = batch.get<Set>();
        set.want_product(batch, project, product_id, Use::write);
        if (!source.empty())
            set.claim_sku(batch, project, source, projects::lane_of<ProductId>(product_id));
    };
    command.run = [product_id, change](const Context& context) {
        return create_or_change(product_id, change, context);
    };
    return command;
}

std::function<void(work::Batch&)> want_both(ProjectNumber project, const std::string& product_id,
                                            const std::string& sku_id) {
    return [project, product_id, sku_id](work::Batch& batch) {
        auto& set = batch.get<Set>();
        set.want_product(batch, project, product_id, Use::read);
        set.want_sku(batch, project, sku_id, Use::write);
    };
}

Result<Command> put(const http::Request& request, ProjectNumber project, const projects::Actor&) {
    const std::string product_id = request.path_params.at(0);
    const std::string sku_id = request.path_params.at(1);
    TRY(change, parse_change(request));
    Command command;
    command.lane = projects::lane_of<ProductId>(product_id);
    command.want = want_both(project, product_id, sku_id);
    command.run = [product_id, sku_id, change](const Context& context) {
        return change_known(product_id, sku_id, change, context);
    };
    return command;
}

Result<Command> remove(const http::Request& request, ProjectNumber project,
                       const projects::Actor&) {
    const std::string product_id = request.path_params.at(0);
    const std::string sku_id = request.path_params.at(1);
    Command command;
    command.lane = projects::lane_of<ProductId>(product_id);
    command.alone = true;
    command.want = want_both(project, product_id, sku_id);
    command.run = [product_id, sku_id](const Context& context) {
        return remove_known(product_id, sku_id, context);
    };
    return command;
}

constexpr std::string_view body_example =
    R"({"source_id":"mug-1-blue","sku":"Mug, blue","price":1350,)"
    R"("attributes":{"color":"blue"},"metadata":{}})";
constexpr std::string_view answer_example =
    R"({"id":"sku_018f0a1b2c3d4e5f60718293a4b5c6d8","source_id":"mug-1-blue",)"
    R"("product_id":"prod_018f0a1b2c3d4e5f60718293a4b5c6d7","sku":"Mug, blue","price":1350,)"
    R"("currency":null,"attributes":{"color":"blue"},"image_url":null,"metadata":{},)"
    R"("created_at":"2024-07-23T19:38:38.219Z","updated_at":null,"object":"sku"})";

}  // namespace

projects::Routes sku_routes() {
    const std::string body(body_example);
    const std::string one(answer_example);
    const std::string tag = "Products";
    projects::Routes out;
    out.push_back({http::Method::get,
                   "/v1/products/{productId}/skus",
                   Permission::read,
                   {tag, "List the SKUs of a product, newest first", {},
                    projects::example_list(one, "skus"),
                    {"limit", "page", "order"}},
                   list});
    out.push_back({http::Method::post,
                   "/v1/products/{productId}/skus",
                   Permission::write,
                   {tag, "Create a SKU, or change the one with this source_id", body, one},
                   nullptr,
                   post});
    out.push_back({http::Method::put,
                   "/v1/products/{productId}/skus/{skuId}",
                   Permission::write,
                   {tag, "Change a SKU: only what is sent changes, null clears", body, one},
                   nullptr,
                   put});
    out.push_back({http::Method::delete_,
                   "/v1/products/{productId}/skus/{skuId}",
                   Permission::write,
                   {tag, "Delete a SKU"},
                   nullptr,
                   remove});
    out.push_back({http::Method::get,
                   "/v1/skus/{skuId}",
                   Permission::read,
                   {tag, "Get a SKU by id or source_id, with its product", {}, one},
                   get});
    return out;
}

}  // namespace perennial::catalog
