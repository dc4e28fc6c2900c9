#include "modules/orders/model.hpp"

#include <algorithm>

namespace perennial::orders {
namespace {

std::string text(const json::object& object, std::string_view key) {
    const json::value* value = object.if_contains(key);
    return value != nullptr && value->is_string() ? std::string(value->get_string())
                                                  : std::string();
}

}  // namespace

std::string_view status_name(Status status) {
    switch (status) {
        case Status::created: return "CREATED";
        case Status::paid: return "PAID";
        case Status::canceled: return "CANCELED";
        case Status::fulfilled: return "FULFILLED";
    }
    return "";
}

std::optional<Status> status_from(std::string_view name) {
    for (Status s : {Status::created, Status::paid, Status::canceled, Status::fulfilled})
        if (status_name(s) == name) return s;
    return std::nullopt;
}

std::string_view line_type_name(LineType type) {
    switch (type) {
        case LineType::goods: return "";
        case LineType::shipping: return "SHIPPING";
        case LineType::gift_card: return "GIFT_CARD";
        case LineType::tax: return "TAX";
    }
    return "";
}

LineType line_type_of(const json::object& metadata) {
    const std::string said = text(metadata, "line_type");
    for (const LineType type : {LineType::shipping, LineType::gift_card, LineType::tax})
        if (line_type_name(type) == said) return type;
    return LineType::goods;
}

Money Item::amount_left() const {
    return returned_quantity == 0 ? amount : amount_of(quantity_left());
}

Money Item::amount_of(std::int64_t pieces) const {
    if (pieces == quantity) return amount;
    return quantity == 0 ? Money()
                         : Money(divide(static_cast<int128_t>(amount.value) * pieces, quantity,
                                        Rounding::half_up));
}

Money Order::amount_returned() const {
    Money left;
    Money all;
    for (const Item& item : items) {
        left += item.amount_left();
        all += item.amount;
    }
    if (all.is_zero()) return {};
    const Money total = total_amount();
    return total - Money(divide(static_cast<int128_t>(total.value) * left.value, all.value,
                                Rounding::half_up));
}

std::vector<std::int64_t> Order::returned_by_item() const {
    std::vector<std::int64_t> out;
    if (std::ranges::any_of(items, [](const Item& item) { return item.returned_quantity != 0; }))
        for (const Item& item : items) out.push_back(item.returned_quantity);
    return out;
}

Decision::Claim Decision::under(const RawId& program) const {
    for (const Claim& claim : claims)
        if (claim.program == program) return claim;
    return {program, definitions, engine, at, at, returned};
}

}  // namespace perennial::orders
