#include "app/flows/order_facts.hpp"

#include <algorithm>

namespace perennial::flows {
namespace {

// Tax that metadata say an amount contains; at most the amount.
std::int64_t tax_in(const json::object& metadata, Money amount) {
    const json::value* value = metadata.if_contains("tax_amount");
    if (value == nullptr || !value->is_int64()) return 0;
    return std::clamp<std::int64_t>(value->get_int64(), 0, amount.value);
}

// A part of what belongs to the whole amount.
std::int64_t share(std::int64_t of, std::int64_t part, std::int64_t whole) {
    return whole == 0 ? 0 : divide(static_cast<int128_t>(of) * part, whole, Rounding::half_up);
}

template <class PiecesOf>
void fill(OrderView& view, const orders::Order& o, PiecesOf pieces_of) {
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
    std::int64_t tax = 0;
    for (const orders::Item& item : o.items) {
        earning::ItemFacts facts;
        const std::int64_t quantity = pieces_of(item);
        const Money amount = item.amount_of(quantity);
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
        facts.line_type = orders::line_type_name(item.type);
        facts.tax_amount = share(tax_in(item.metadata, item.amount), amount.value, item.amount.value);
        tax += facts.tax_amount;
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
    f.tax_amount = tax != 0 ? tax : share(tax_in(o.metadata, o.amount), f.amount, o.amount.value);
}

}  // namespace

void fill_kept(OrderView& view, const orders::Order& order) {
    fill(view, order, [](const orders::Item& item) { return item.quantity_left(); });
}

void fill_as_decided(OrderView& view, const orders::Order& order,
                     const std::vector<std::int64_t>& returned) {
    fill(view, order, [&](const orders::Item& item) {
        const auto at = static_cast<std::size_t>(&item - order.items.data());
        return at < returned.size() ? std::max<std::int64_t>(0, item.quantity - returned[at])
                                    : item.quantity;
    });
}

earning::ContextFacts context_facts(Timestamp at, const TimeZone& zone, std::string_view channel,
                                    std::string& date) {
    const Date day = zone.local_date(at);
    date = day.iso();
    return {at, zone.local_hour(at), day.weekday(), date, channel};
}

bool applies(const earning::Applicable& to, const earning::ItemFacts& item) {
    if (to.object == "product") return to.id == item.product_id || to.id == item.product_source_id;
    if (to.object == "sku") return to.id == item.sku_id || to.id == item.sku_source_id;
    return item.collections != nullptr &&
           std::ranges::find(*item.collections, to.id) != item.collections->end();
}

bool all_returned(const orders::Order& order) {
    return !order.items.empty() &&
           std::ranges::all_of(order.items, [](const orders::Item& item) {
               return item.quantity_left() == 0;
           });
}

bool nothing_left(const orders::Order& order) {
    return order.status == orders::Status::canceled || all_returned(order);
}

}  // namespace perennial::flows
