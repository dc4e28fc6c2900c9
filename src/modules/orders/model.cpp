#include "modules/orders/model.hpp"

namespace perennial::orders {
namespace {

void put(json::object& out, std::string_view key, const std::string& text) {
    if (!text.empty()) out[key] = text;
}

std::string text(const json::object& object, std::string_view key) {
    const json::value* value = object.if_contains(key);
    return value != nullptr && value->is_string() ? std::string(value->get_string())
                                                  : std::string();
}

std::int64_t number(const json::object& object, std::string_view key, std::int64_t otherwise = 0) {
    const json::value* value = object.if_contains(key);
    return value != nullptr && value->is_int64() ? value->get_int64() : otherwise;
}

json::object object(const json::object& from, std::string_view key) {
    const json::value* value = from.if_contains(key);
    return value != nullptr && value->is_object() ? value->get_object() : json::object();
}

std::vector<std::int64_t> numbers(const json::object& from, std::string_view key) {
    std::vector<std::int64_t> out;
    if (const json::value* list = from.if_contains(key))
        for (const json::value& value : list->as_array()) out.push_back(value.as_int64());
    return out;
}

RawId id(const json::object& from, std::string_view key) {
    return RawId::from_hex(text(from, key)).value_or(RawId{});
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

std::string items_text(const std::vector<Item>& items) {
    json::array out;
    out.reserve(items.size());
    for (const Item& item : items) {
        json::object o;
        o["id"] = item.id.hex();
        put(o, "s", item.source_id);
        put(o, "p", item.product_id);
        put(o, "k", item.sku_id);
        put(o, "ps", item.product_source_id);
        put(o, "ks", item.sku_source_id);
        put(o, "n", item.name);
        o["q"] = item.quantity;
        if (item.returned_quantity != 0) o["r"] = item.returned_quantity;
        o["c"] = item.price.value;
        o["a"] = item.amount.value;
        if (!item.discount_amount.is_zero()) o["d"] = item.discount_amount.value;
        if (!item.product.empty()) o["product"] = item.product;
        if (!item.sku.empty()) o["sku"] = item.sku;
        if (!item.metadata.empty()) o["m"] = item.metadata;
        if (!item.collections.empty())
            o["pc"] = json::array(item.collections.begin(), item.collections.end());
        if (item.type != LineType::goods) o["t"] = static_cast<int>(item.type);
        if (item.line != 0) o["l"] = item.line;
        out.push_back(std::move(o));
    }
    return json::serialize(out);
}

std::vector<Item> items_from_text(std::string_view stored) {
    std::vector<Item> out;
    const json::value parsed = json::parse(json::string_view(stored));
    for (const json::value& value : parsed.as_array()) {
        const json::object& o = value.as_object();
        Item item;
        item.id = ItemId(id(o, "id"));
        item.source_id = text(o, "s");
        item.product_id = text(o, "p");
        item.sku_id = text(o, "k");
        item.product_source_id = text(o, "ps");
        item.sku_source_id = text(o, "ks");
        item.name = text(o, "n");
        item.quantity = number(o, "q", 1);
        item.returned_quantity = number(o, "r");
        item.price = Money(number(o, "c"));
        item.amount = Money(number(o, "a"));
        item.discount_amount = Money(number(o, "d"));
        item.product = object(o, "product");
        item.sku = object(o, "sku");
        item.metadata = object(o, "m");
        if (const json::value* collections = o.if_contains("pc"))
            for (const json::value& collection : collections->as_array())
                item.collections.emplace_back(collection.as_string());
        item.type = static_cast<LineType>(number(o, "t"));
        item.line = number(o, "l");
        out.push_back(std::move(item));
    }
    return out;
}

std::string decision_text(const Decision& decision) {
    json::object out;
    out["v"] = decision.definitions;
    out["e"] = decision.engine;
    out["at"] = decision.at.ms;
    if (!decision.returned.empty())
        out["returned"] = json::array(decision.returned.begin(), decision.returned.end());
    json::array claims;
    for (const Decision::Claim& claim : decision.claims) {
        json::object o{{"program", claim.program.hex()},
                       {"v", claim.definitions},
                       {"e", claim.engine},
                       {"at", claim.at.ms},
                       {"claimed", claim.claimed_at.ms}};
        if (!claim.returned.empty())
            o["returned"] = json::array(claim.returned.begin(), claim.returned.end());
        claims.push_back(std::move(o));
    }
    if (!claims.empty()) out["claims"] = std::move(claims);
    if (!decision.facts.empty()) out["facts"] = decision.facts;
    json::array awards;
    for (const Award& award : decision.awards) {
        json::object o;
        o["card"] = award.card.hex();
        o["program"] = award.program.hex();
        o["rule"] = award.rule.hex();
        o["lot"] = award.lot;
        o["points"] = award.points.value;
        if (!award.taken_back.is_zero()) o["back"] = award.taken_back.value;
        if (!award.taken_expired.is_zero()) o["expired"] = award.taken_expired.value;
        o["entry"] = award.entry.hex();
        if (award.expires_at) o["until"] = award.expires_at->ms;
        awards.push_back(std::move(o));
    }
    if (!awards.empty()) out["awards"] = std::move(awards);
    json::array cuts;
    for (const Cut& cut : decision.cuts)
        cuts.push_back(json::object{{"program", cut.program.hex()},
                                    {"rule", cut.rule.hex()},
                                    {"wanted", cut.wanted.value},
                                    {"given", cut.given.value},
                                    {"limit", cut.limit}});
    if (!cuts.empty()) out["cuts"] = std::move(cuts);
    return json::serialize(out);
}

Decision decision_from_text(std::string_view stored) {
    Decision out;
    const json::value parsed = json::parse(json::string_view(stored));
    const json::object& o = parsed.as_object();
    out.definitions = number(o, "v");
    out.engine = static_cast<int>(number(o, "e"));
    out.at = {number(o, "at")};
    out.returned = numbers(o, "returned");
    if (const json::value* claims = o.if_contains("claims"))
        for (const json::value& value : claims->as_array()) {
            const json::object& c = value.as_object();
            out.claims.push_back({id(c, "program"), number(c, "v"),
                                  static_cast<int>(number(c, "e")), Timestamp{number(c, "at")},
                                  Timestamp{number(c, "claimed")}, numbers(c, "returned")});
        }
    out.facts = object(o, "facts");
    if (const json::value* awards = o.if_contains("awards"))
        for (const json::value& value : awards->as_array()) {
            const json::object& a = value.as_object();
            Award award;
            award.card = id(a, "card");
            award.program = id(a, "program");
            award.rule = id(a, "rule");
            award.lot = static_cast<std::uint32_t>(number(a, "lot"));
            award.points = Points(number(a, "points"));
            award.taken_back = Points(number(a, "back"));
            award.taken_expired = Points(number(a, "expired"));
            award.entry = id(a, "entry");
            if (a.contains("until")) award.expires_at = Timestamp{number(a, "until")};
            out.awards.push_back(award);
        }
    if (const json::value* cuts = o.if_contains("cuts"))
        for (const json::value& value : cuts->as_array()) {
            const json::object& c = value.as_object();
            out.cuts.push_back({id(c, "program"), id(c, "rule"), Points(number(c, "wanted")),
                                Points(number(c, "given")), text(c, "limit")});
        }
    return out;
}

}  // namespace perennial::orders
