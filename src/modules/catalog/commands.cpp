#include "modules/catalog/commands.hpp"

#include "modules/catalog/codec.hpp"
#include "modules/catalog/requests.hpp"
#include "modules/catalog/store.hpp"

namespace perennial::catalog {
Result<projects::Command> upsert_product_row(const json::object& body,
                                             projects::ProjectNumber project) {
    Issues issues;
    const json::value value(body);
    JsonReader reader(value, issues);
    const ProductChange change = read_product(reader);
    const std::string id = reader.text("id", 255).value_or("");
    if (issues.empty() && id.empty() && change.source_id.empty())
        reader.wrong("source_id", "required", "is required, or the product's id");
    if (!issues.empty()) return issues.refuse();
    const bool by_source = !change.source_id.empty();
    projects::Command command;
    command.lane = projects::lane_of<ProductId>(by_source ? change.source_id : id);
    command.want = [project, id, by_source, source = change.source_id](work::Batch& batch) {
        if (by_source)
            batch.get<Set>().claim_product(batch, project, source);
        else
            batch.get<Set>().want_product(batch, project, id, Use::write);
    };
    command.run = [id, by_source, change](const projects::Context& context) -> Result<http::Response> {
        auto& set = context.batch.get<Set>();
        Product* product =
            set.find_product(context.batch, context.project, by_source ? change.source_id : id);
        if (product == nullptr && !by_source) return unknown("product", id);
        const bool is_new = product == nullptr;
        if (is_new)
            product = &set.create_product(context.batch, context.project, change.source_id,
                                          context.now);
        if (apply(change, *product, context.now)) set.touch(*product);
        if (is_new) product->updated_at.reset();
        return http::no_content();
    };
    return command;
}

Result<projects::Command> upsert_sku_row(const json::object& body,
                                         projects::ProjectNumber project) {
    Issues issues;
    const json::value value(body);
    JsonReader reader(value, issues);
    const SkuChange change = read_sku(reader);
    reader.require("product_id");
    reader.require("source_id");
    const std::string product_id = reader.text("product_id", 255).value_or("");
    if (!issues.empty()) return issues.refuse();
    projects::Command command;
    command.lane = projects::lane_of<ProductId>(product_id);
    command.want = [project, product_id, source = change.source_id](work::Batch& batch) {
        auto& set = batch.get<Set>();
        set.want_product(batch, project, product_id, Use::write);
        set.claim_sku(batch, project, source, projects::lane_of<ProductId>(product_id));
    };
    command.run = [product_id, change](const projects::Context& context) -> Result<http::Response> {
        auto& set = context.batch.get<Set>();
        const Product* product = set.find_product(context.batch, context.project, product_id);
        if (product == nullptr) return unknown("product", product_id);
        Sku* sku = set.find_sku(context.batch, context.project, change.source_id);
        if (sku != nullptr && sku->product != product->id)
            return refuse(error::duplicate_found,
                          fmt::format("The SKU with the source_id {} belongs to product {}",
                                      change.source_id, sku->product.text()));
        const bool is_new = sku == nullptr;
        if (is_new) sku = &set.create_sku(context.batch, *product, change.source_id, context.now);
        if (apply(change, *sku, context.now)) set.touch(*sku);
        if (is_new) sku->updated_at.reset();
        return http::no_content();
    };
    return command;
}

}  // namespace perennial::catalog
