#include "modules/catalog/codec.hpp"

#include "base/value.hpp"

namespace perennial::catalog {
namespace {

constexpr std::size_t attributes_max = 100;
constexpr std::size_t attribute_bytes_max = 255;

Patch<std::string> read_text(JsonReader& body, std::string_view name, std::size_t max_bytes) {
    Patch<std::string> patch;
    if (body.is_null(name))
        patch.emplace(std::nullopt);
    else if (auto text = body.text(name, max_bytes))
        patch.emplace(std::move(text));
    return patch;
}

Patch<std::int64_t> read_price(JsonReader& body) {
    Patch<std::int64_t> patch;
    if (body.is_null("price"))
        patch.emplace(std::nullopt);
    else if (auto price = body.integer("price", 0, value_max))
        patch.emplace(price);
    return patch;
}

Patch<json::array> read_attribute_names(JsonReader& body) {
    Patch<json::array> patch;
    if (body.is_null("attributes")) {
        patch.emplace(std::nullopt);
    } else if (const json::array* names = body.array("attributes", attributes_max)) {
        bool good = true;
        for (std::size_t i = 0; i < names->size(); ++i) {
            const json::value& name = (*names)[i];
            if (name.is_string() && name.get_string().size() <= attribute_bytes_max) continue;
            good = false;
            body.issues().add(fmt::format("{}/attributes/{}", body.pointer(), i), "type",
                              fmt::format("must be a string of at most {} bytes",
                                          attribute_bytes_max));
        }
        if (good) patch.emplace(*names);
    }
    return patch;
}

Patch<json::object> read_object(JsonReader& body, std::string_view name) {
    Patch<json::object> patch;
    if (body.is_null(name))
        patch.emplace(std::nullopt);
    else if (const json::object* object = body.object(name, 16 * 1024))
        patch.emplace(*object);
    return patch;
}

std::optional<json::object> read_metadata(JsonReader& body) {
    const json::object* metadata = body.object("metadata");
    return metadata == nullptr ? std::nullopt : std::optional(*metadata);
}

json::value text_or_null(const std::optional<std::string>& text) {
    return text ? json::value(*text) : json::value(nullptr);
}
json::value number_or_null(const std::optional<std::int64_t>& number) {
    return number ? json::value(*number) : json::value(nullptr);
}
json::value time_or_null(const std::optional<Timestamp>& time) {
    return time ? json::value(time->iso()) : json::value(nullptr);
}

json::value attribute_names(const Product& product) {
    return product.attributes.empty() ? json::value(json::array())
                                      : json::parse(product.attributes);
}

json::object short_json(const Product& product) {
    json::object out;
    out["id"] = product.id.text();
    out["source_id"] = text_or_null(product.source_id);
    out["name"] = text_or_null(product.name);
    out["price"] = number_or_null(product.price);
    out["attributes"] = attribute_names(product);
    out["metadata"] = metadata_of(product);
    out["object"] = "product";
    return out;
}

}  // namespace

ProductChange read_product(JsonReader& body) {
    ProductChange change;
    change.source_id = body.text("source_id", 255).value_or("");
    change.name = read_text(body, "name", 1024);
    change.price = read_price(body);
    change.attributes = read_attribute_names(body);
    change.metadata = read_metadata(body);
    change.image_url = read_text(body, "image_url", 4096);
    return change;
}

SkuChange read_sku(JsonReader& body) {
    SkuChange change;
    change.source_id = body.text("source_id", 255).value_or("");
    change.sku = read_text(body, "sku", 1024);
    change.price = read_price(body);
    change.currency = read_text(body, "currency", 3);
    change.attributes = read_object(body, "attributes");
    change.metadata = read_metadata(body);
    change.image_url = read_text(body, "image_url", 4096);
    return change;
}

json::object to_json(const Product& product) {
    json::object out = short_json(product);
    out.erase("object");
    out["image_url"] = text_or_null(product.image_url);
    out["created_at"] = product.created_at.iso();
    out["updated_at"] = time_or_null(product.updated_at);
    out["object"] = "product";
    return out;
}

json::object to_json(const Sku& sku) {
    json::object out;
    out["id"] = sku.id.text();
    out["source_id"] = text_or_null(sku.source_id);
    out["product_id"] = sku.product.text();
    out["sku"] = text_or_null(sku.sku);
    out["price"] = number_or_null(sku.price);
    out["currency"] = text_or_null(sku.currency);
    out["attributes"] =
        sku.attributes.empty() ? json::value(json::object()) : json::parse(sku.attributes);
    out["image_url"] = text_or_null(sku.image_url);
    out["metadata"] = metadata_of(sku);
    out["created_at"] = sku.created_at.iso();
    out["updated_at"] = time_or_null(sku.updated_at);
    out["object"] = "sku";
    return out;
}

json::object to_json(const Sku& sku, const Product& product) {
    json::object out = to_json(sku);
    out["product"] = short_json(product);
    return out;
}

}  // namespace perennial::catalog
