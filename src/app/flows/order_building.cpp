#include "app/flows/order_building.hpp"

#include <fmt/format.h>

#include "modules/catalog/collections.hpp"
#include "modules/earning/model.hpp"

namespace perennial::flows {

const ErrorCode invalid_order{"invalid_order", ErrorKind::rejected, "Invalid order"};

bool needs_catalog(const ItemInput& item, const projects::Snapshot& snapshot) {
    return !item.has_price || item.names.product_override || item.names.sku_override ||
           snapshot.get<earning::Rules>().needs_catalog;
}

void take_names(orders::Item& item, const catalog::Product* product, const catalog::Sku* sku) {
    if (product != nullptr) {
        if (!product->id.is_nil()) item.product_id = product->id.text();
        if (product->source_id) item.product_source_id = *product->source_id;
        if (item.name.empty() && product->name) item.name = *product->name;
    }
    if (sku != nullptr) {
        if (!sku->id.is_nil()) item.sku_id = sku->id.text();
        if (sku->source_id) item.sku_source_id = *sku->source_id;
        if (sku->sku) item.name = *sku->sku;
    }
}

Result<orders::Item> build_item(const ItemInput& input, const catalog::Product* product,
                                const catalog::Sku* sku, const projects::Snapshot& snapshot) {
    orders::Item item = input.item;
    if (needs_catalog(input, snapshot)) {
        take_names(item, product, sku);
        if (item.type == orders::LineType::goods && product != nullptr)
            item.type = product->source_id == orders::shipping_product
                            ? orders::LineType::shipping
                            : orders::line_type_of(catalog::metadata_of(*product));
        if (item.type == orders::LineType::goods && sku != nullptr)
            item.type = orders::line_type_of(catalog::metadata_of(*sku));
        if (!input.has_price)
            item.price = Money(
                catalog::catalog_price(product, sku, snapshot.project().settings.currency)
                    .value_or(0));
        if (snapshot.get<earning::Rules>().needs_catalog)
            item.collections = snapshot.get<catalog::Collections>().containing(
                catalog::candidate_of(product, sku));
    }
    if (!input.has_amount) {
        const int128_t amount = static_cast<int128_t>(item.price.value) * item.quantity;
        if (!fits(amount))
            return refuse(invalid_order,
                          fmt::format("An item's price times quantity exceeds {}", value_max));
        item.amount = Money(static_cast<std::int64_t>(amount));
    }
    if (item.discount_amount > item.amount)
        return refuse(invalid_order, "An item's discount exceeds its amount");
    return item;
}

Money own_discount(const orders::Order& order) {
    Money own = order.discount_amount;
    for (const orders::Item& item : order.items) own -= item.discount_amount;
    return own;
}

Result<void> add_up(orders::Order& order, const OrderInput& input, Money kept) {
    int128_t amount = 0;
    int128_t discount = input.discount_amount.value_or(kept.value);
    for (const orders::Item& item : order.items) {
        amount += item.amount.value;
        discount += item.discount_amount.value;
    }
    if (order.items.empty()) amount = input.amount.value_or(order.amount.value);
    if (!fits(amount))
        return refuse(invalid_order, fmt::format("The order's amount exceeds {}", value_max));
    if (discount > amount)
        return refuse(invalid_order, "The order's discount exceeds its amount");
    order.amount = Money(static_cast<std::int64_t>(amount));
    order.discount_amount = Money(static_cast<std::int64_t>(discount));
    return {};
}

}  // namespace perennial::flows
