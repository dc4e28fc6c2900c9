#include "modules/rewards/codec.hpp"

#include <fmt/format.h>

#include <array>

#include "modules/campaigns/document.hpp"

namespace perennial::rewards {
namespace {

using campaigns::not_implemented;
using campaigns::object_of;
using campaigns::text_of;

constexpr std::array<std::string_view, 3> types{"MATERIAL", "COIN", "CAMPAIGN"};  // as Type
constexpr std::int64_t ratio_max = 1'000'000'000;

Type read_type(JsonReader& reader, json::object& doc) {
    Type type = Type::material;
    if (const auto written = reader.choice("type", types)) {
        type = static_cast<Type>(*written);
    } else if (!reader.has("type")) {
        JsonReader parameters = reader.reader("parameters");
        if (parameters.has("coin")) type = Type::coin;
        if (parameters.has("campaign")) type = Type::campaign;
    }
    if (type == Type::campaign)
        not_implemented(reader, reader.has("type") ? "type" : "parameters",
                        "MATERIAL and COIN rewards are");
    doc["type"] = types[static_cast<std::size_t>(type)];
    return type;
}

json::object read_attributes(JsonReader reader) {
    json::object doc;
    if (const auto url = reader.text("image_url", 2048); url && !url->empty()) {
        if (!url->starts_with("https://") && !url->starts_with("http://"))
            reader.wrong("image_url", "format", "must begin with https:// or http://");
        doc["image_url"] = *url;
    }
    if (const auto text = reader.text("description", 4096); text && !text->empty())
        doc["description"] = *text;
    return doc;
}

json::object read_coin(JsonReader& parameters) {
    parameters.require("coin");
    JsonReader coin = parameters.reader("coin");
    coin.require("exchange_ratio");
    return {{"exchange_ratio", coin.integer("exchange_ratio", 1, ratio_max).value_or(1)},
            {"points_ratio", coin.integer("points_ratio", 1, ratio_max).value_or(1)}};
}

// The compatible API's pages say sku_id, the npm client's types say sku: both are read and answered.
json::object read_product(JsonReader product) {
    json::object doc;
    product.require("id");
    if (const auto id = product.text("id", 255)) doc["id"] = *id;
    auto sku = product.text("sku_id", 255);
    if (!sku) sku = product.text("sku", 255);
    doc["sku_id"] = nullptr;
    if (sku && !sku->empty()) doc["sku_id"] = *sku;
    return doc;
}

json::object read_parameters(JsonReader reader, Type type) {
    json::object doc;
    if (type == Type::coin) {
        doc["coin"] = read_coin(reader);
        if (reader.has("product")) reader.wrong("product", "conflict", "needs the type MATERIAL");
    } else if (type == Type::material) {
        if (campaigns::is_set(reader, "product"))
            doc["product"] = read_product(reader.reader("product"));
        if (reader.has("coin")) reader.wrong("coin", "conflict", "needs the type COIN");
    }
    return doc;
}

}  // namespace

Result<json::object> read_reward(const json::value& body) {
    Issues issues;
    JsonReader reader(body, issues);
    json::object doc{{"name", campaigns::read_name(reader, "name")}};
    const Type type = read_type(reader, doc);
    doc["stock"] = nullptr;
    if (const auto stock = reader.integer("stock", 0, value_max)) {
        if (type != Type::material) reader.wrong("stock", "conflict", "needs the type MATERIAL");
        doc["stock"] = *stock;
    }
    doc["attributes"] = read_attributes(reader.reader("attributes"));
    if (type == Type::coin) reader.require("parameters");
    doc["parameters"] = read_parameters(reader.reader("parameters"), type);
    campaigns::read_metadata(reader, doc);
    if (!issues.empty()) return campaigns::refuse_all(issues);
    return doc;
}

Result<json::object> read_assignment(const json::value& body, const RewardId& reward, Type type) {
    Issues issues;
    JsonReader reader(body, issues);
    json::object doc{{"reward_id", reward.text()}};
    not_implemented(reader, "validation_rules", "a reward may be assigned to anybody");
    if (type == Type::coin) {
        JsonReader parameters = reader.reader("parameters");
        if (parameters.has("loyalty"))
            parameters.wrong("loyalty", "conflict", "a COIN reward has no price");
    } else {
        reader.require("parameters");
        JsonReader parameters = reader.reader("parameters");
        parameters.require("loyalty");
        JsonReader loyalty = parameters.reader("loyalty");
        loyalty.require("points");
        const auto points = loyalty.integer("points", 0, value_max);
        if (loyalty.boolean("auto_redeem").value_or(false))
            not_implemented(loyalty, "auto_redeem", "members redeem rewards themselves");
        doc["parameters"] = {
            {"loyalty", {{"points", points.value_or(0)}, {"auto_redeem", false}}}};
    }
    if (!issues.empty()) return campaigns::refuse_all(issues);
    return doc;
}

Type type_of(const json::object& reward_doc) {
    const std::string_view word = text_of(reward_doc, "type");
    for (std::size_t i = 0; i < types.size(); ++i)
        if (types[i] == word) return static_cast<Type>(i);
    return Type::material;
}

json::object to_json(const projects::Definition& definition, std::int64_t redeemed) {
    json::object out{{"id", RewardId(definition.id).text()}};
    for (const auto& [key, value] : definition.doc) {
        out[key] = value;
        if (key == "stock") out["redeemed"] = redeemed;
    }
    if (json::value* product = out["parameters"].as_object().if_contains("product"))
        product->as_object()["sku"] = product->as_object()["sku_id"];
    out["created_at"] = definition.created_at.iso();
    out["updated_at"] = nullptr;
    if (definition.updated_at) out["updated_at"] = definition.updated_at->iso();
    out["object"] = "reward";
    return out;
}

json::object assignment_json(const projects::Definition& definition) {
    json::object out{{"id", AssignmentId(definition.id).text()},
                     {"reward_id", text_of(definition.doc, "reward_id")},
                     {"related_object_id", campaigns::ProgramId(definition.parent).text()},
                     {"related_object_type", "campaign"}};
    if (const json::object& parameters = object_of(definition.doc, "parameters");
        !parameters.empty())
        out["parameters"] = parameters;
    out["created_at"] = definition.created_at.iso();
    out["updated_at"] = nullptr;
    if (definition.updated_at) out["updated_at"] = definition.updated_at->iso();
    out["object"] = "reward_assignment";
    return out;
}

}  // namespace perennial::rewards
