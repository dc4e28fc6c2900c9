#include "app/flows/order_codec.hpp"

#include <fmt/format.h>

#include "modules/catalog/codec.hpp"

namespace perennial::flows {
namespace {

constexpr std::int64_t quantity_max = 1'000'000'000;

std::string as_text(std::optional<std::string> text) { return text ? std::move(*text) : ""; }

ItemInput read_item(JsonReader reader) {
    ItemInput in;
    orders::Item& item = in.item;
    item.source_id = as_text(reader.text("source_id", 255));
    item.product_id = as_text(reader.text("product_id", 255));
    item.sku_id = as_text(reader.text("sku_id", 255));
    reader.text("related_object", 32);
    item.quantity = reader.integer("quantity", 0, quantity_max).value_or(1);
    const auto price = reader.integer("price", 0, value_max);
    const auto amount = reader.integer("amount", 0, value_max);
    item.discount_amount = Money(reader.integer("discount_amount", 0, value_max).value_or(0));
    if (const json::object* metadata = reader.object("metadata")) item.metadata = *metadata;
    if (const json::object* product = reader.object("product")) {
        JsonReader inner = reader.reader("product");
        item.product = *product;
        if (item.product_id.empty()) item.product_id = as_text(inner.text("id", 255));
        in.names.product_override = inner.boolean("override").value_or(false);
        in.product = catalog::read_product(inner);
        item.product_source_id = in.product.source_id;
        if (in.product.name && *in.product.name) item.name = **in.product.name;
        if (!price && in.product.price && *in.product.price)
            in.has_price = true, item.price = Money(**in.product.price);
    }
    if (const json::object* sku = reader.object("sku")) {
        JsonReader inner = reader.reader("sku");
        item.sku = *sku;
        if (item.sku_id.empty()) item.sku_id = as_text(inner.text("id", 255));
        in.names.sku_override = inner.boolean("override").value_or(false);
        in.sku = catalog::read_sku(inner);
        item.sku_source_id = in.sku.source_id;
        if (item.name.empty() && in.sku.sku && *in.sku.sku) item.name = **in.sku.sku;
        if (!price && in.sku.price && *in.sku.price)
            in.has_price = true, item.price = Money(**in.sku.price);
    }
    item.type = orders::line_type_of(item.metadata);
    for (const json::object* holder : {&item.product, &item.sku})
        if (const json::value* metadata = holder->if_contains("metadata");
            item.type == orders::LineType::goods && metadata != nullptr && metadata->is_object())
            item.type = orders::line_type_of(metadata->get_object());
    if (item.product_id == orders::shipping_product ||
        item.product_source_id == orders::shipping_product)
        item.type = orders::LineType::shipping;
    in.names.product_id = item.product_id;
    in.names.product_source_id = item.product_source_id;
    in.names.sku_id = item.sku_id;
    in.names.sku_source_id = item.sku_source_id;
    if (price) in.has_price = true, item.price = Money(*price);
    if (amount) {
        in.has_amount = true;
        item.amount = Money(*amount);
        if (!in.has_price && item.quantity > 0)
            item.price = Money(divide(*amount, item.quantity, Rounding::half_up));
        in.has_price = true;
    } else if (in.has_price) {
        const int128_t total = static_cast<int128_t>(item.price.value) * item.quantity;
        if (!fits(total))
            reader.wrong("quantity", "range",
                         fmt::format("price times quantity must be at most {}", value_max));
        else
            item.amount = Money(static_cast<std::int64_t>(total));
    }
    if (item.discount_amount > item.amount && (in.has_amount || in.has_price))
        reader.wrong("discount_amount", "range", "must not exceed the item's amount");
    return in;
}

void put(json::object& out, std::string_view key, const std::string& text) {
    if (!text.empty()) out[key] = text;
}

json::object item_json(const orders::Item& item) {
    json::object out;
    if (!item.id.is_nil()) out["id"] = item.id.text();
    out["object"] = "order_item";
    put(out, "source_id", item.source_id);
    out["related_object"] = item.sku_id.empty() && item.sku_source_id.empty() ? "product" : "sku";
    put(out, "product_id", item.product_id);
    put(out, "sku_id", item.sku_id);
    out["quantity"] = item.quantity;
    if (item.type != orders::LineType::goods)
        out["line_type"] = json::string_view(orders::line_type_name(item.type));
    if (item.returned_quantity != 0) out["returned_quantity"] = item.returned_quantity;
    out["price"] = item.price.value;
    out["amount"] = item.amount.value;
    if (!item.discount_amount.is_zero()) out["discount_amount"] = item.discount_amount.value;
    out["subtotal_amount"] = (item.amount - item.discount_amount).value;
    json::object product = item.product;
    put(product, "id", item.product_id);
    put(product, "source_id", item.product_source_id);
    if (!item.name.empty() && !product.contains("name") && item.sku.empty())
        product["name"] = item.name;
    if (!product.empty()) out["product"] = std::move(product);
    json::object sku = item.sku;
    put(sku, "id", item.sku_id);
    put(sku, "source_id", item.sku_source_id);
    if (!item.name.empty() && !item.sku_source_id.empty() && !sku.contains("sku"))
        sku["sku"] = item.name;
    if (!sku.empty()) out["sku"] = std::move(sku);
    if (!item.metadata.empty()) out["metadata"] = item.metadata;
    return out;
}

}  // namespace

OrderInput read_order(JsonReader& body) {
    OrderInput in;
    if (auto id = body.text("id", 255)) {
        in.id = orders::OrderId::parse(*id);
        if (!in.id) in.source_id = *id;  // an id field may hold the shop's own
    }
    if (auto source = body.text("source_id", 255)) in.source_id = *source;
    static constexpr std::string_view statuses[] = {"CREATED", "PAID", "CANCELED", "FULFILLED"};
    if (auto status = body.choice("status", statuses))
        in.status = orders::status_from(statuses[*status]);
    in.amount = body.integer("amount", 0, value_max);
    in.discount_amount = body.integer("discount_amount", 0, value_max);
    if (const json::object* metadata = body.object("metadata")) in.metadata = *metadata;
    if (const json::array* items = body.array("items", items_max)) {
        in.items.emplace();
        int128_t sum = 0;
        for (std::size_t i = 0; i < items->size(); ++i) {
            in.items->push_back(read_item(body.item("items", i)));
            sum += in.items->back().item.amount.value;
        }
        if (!fits(sum))
            body.wrong("items", "range", fmt::format("must sum up to at most {}", value_max));
    }
    JsonReader customer = body.reader("customer");
    in.customer = customers::read_change(customer);
    if (!in.customer.names_someone()) {
        if (auto id = body.text("customer_id", 255)) in.customer.id = customers::CustomerId::parse(*id);
    }
    return in;
}

json::object order_json(const orders::Order& o, const customers::Customer* customer) {
    json::object out;
    out["id"] = o.id.text();
    out["source_id"] = o.source_id ? json::value(*o.source_id) : json::value(nullptr);
    out["created_at"] = o.created_at.iso();
    out["updated_at"] = o.updated_at ? json::value(o.updated_at->iso()) : json::value(nullptr);
    out["status"] = json::string_view(orders::status_name(o.status));
    out["amount"] = o.amount.value;
    out["initial_amount"] = o.amount.value;
    if (!o.discount_amount.is_zero()) {
        out["discount_amount"] = o.discount_amount.value;
        out["total_discount_amount"] = o.discount_amount.value;
    }
    out["total_amount"] = o.total_amount().value;
    if (!o.returned_amount.is_zero()) out["returned_amount"] = o.returned_amount.value;
    json::array items;
    for (const orders::Item& item : o.items) items.push_back(item_json(item));
    out["items"] = std::move(items);
    out["metadata"] = o.metadata;
    if (customer != nullptr) {
        json::object who;
        who["id"] = customer->id.text();
        who["object"] = "customer";
        out["customer"] = std::move(who);
    } else {
        out["customer"] = nullptr;
    }
    out["customer_id"] = o.customer.is_nil() ? json::value(nullptr) : json::value(o.customer.text());
    out["referrer"] = nullptr;
    out["referrer_id"] = nullptr;
    out["redemptions"] = json::object();
    out["object"] = "order";
    return out;
}

}  // namespace perennial::flows
