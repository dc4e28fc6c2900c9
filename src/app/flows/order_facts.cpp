#include "app/flows/order_facts.hpp"

namespace perennial::flows {

void fill(OrderView& view, const orders::Order& o, bool kept) {
    earning::OrderFacts& f = view.facts;
    view.id = o.id.text();
    f.id = view.id;
    if (o.source_id) f.source_id = *o.source_id;
    f.status = orders::status_name(o.status);
    f.metadata = o.metadata;
    f.created_at = o.created_at;
    f.items.clear();
    f.items.reserve(o.items.size());
    std::int64_t kept_items = 0;
    std::int64_t all_items = 0;
    for (const orders::Item& item : o.items) {
        earning::ItemFacts facts;
        const std::int64_t quantity = kept ? item.quantity_left() : item.quantity;
        const Money amount = kept ? item.amount_left() : item.amount;
        all_items += item.amount.value;
        kept_items += amount.value;
        if (quantity == 0) continue;
        facts.product_id = item.product_id;
        facts.sku_id = item.sku_id;
        facts.product_source_id = item.product_source_id;
        facts.sku_source_id = item.sku_source_id;
        facts.name = item.name;
        auto category = [&](const json::object& from) {
            const json::value* metadata = from.if_contains("metadata");
            if (metadata == nullptr || !metadata->is_object()) return;
            const json::value* value = metadata->get_object().if_contains("category");
            if (value != nullptr && value->is_string()) facts.category = value->get_string();
        };
        category(item.product);
        if (const json::value* own = item.metadata.if_contains("category"); own && own->is_string())
            facts.category = own->get_string();
        facts.quantity = quantity;
        facts.price = item.price.value;
        facts.amount = amount.value;
        // A line's discount shrinks with what is left of the line.
        const std::int64_t discount =
            item.amount.is_zero() ? 0
                                  : divide(static_cast<int128_t>(item.discount_amount.value) *
                                               amount.value,
                                           item.amount.value, Rounding::half_up);
        facts.subtotal_amount = amount.value - discount;
        facts.metadata = item.metadata;
        facts.collections = &item.collections;
        f.items.push_back(std::move(facts));
    }
    f.amount = o.amount.value - (all_items - kept_items);
    f.discount_amount =
        o.amount.is_zero() ? 0
                           : divide(static_cast<int128_t>(o.discount_amount.value) * f.amount,
                                    o.amount.value, Rounding::half_up);
    f.total_amount = f.amount - f.discount_amount;
}

}  // namespace perennial::flows
