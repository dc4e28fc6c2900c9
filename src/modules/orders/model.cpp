#include "modules/orders/model.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>

namespace perennial::orders {
namespace {

// Items are written and read in every batch, so their text is made without a tree between.
class Writer {
  public:
    void begin(char bracket) { text_ += bracket, is_first_ = true; }
    void end(char bracket) { text_ += bracket, is_first_ = false; }
    void key(std::string_view name) {
        separate();
        text_ += '"';
        text_ += name;
        text_ += "\":";
    }
    void item() { separate(); }
    void put(std::string_view name, std::string_view value) {
        if (value.empty()) return;
        key(name);
        append(value);
    }
    void put(std::string_view name, std::int64_t value) {
        key(name);
        fmt::format_to(std::back_inserter(text_), "{}", value);
    }
    void put(std::string_view name, const json::object& value) {
        if (value.empty()) return;
        key(name);
        text_ += to_text(value);
    }
    void append(std::string_view value) {
        const auto is_special = [](char c) {
            return static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\';
        };
        if (std::ranges::any_of(value, is_special)) {
            text_ += json::serialize(json::string(value));
            return;
        }
        text_ += '"';
        text_ += value;
        text_ += '"';
    }
    std::string take() { return std::move(text_); }

  private:
    void separate() {
        if (!is_first_) text_ += ',';
        is_first_ = false;
    }
    std::string text_;
    bool is_first_ = true;
};

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
    Writer out;
    out.begin('[');
    for (const Item& item : items) {
        out.item();
        out.begin('{');
        out.put("id", item.id.hex());
        out.put("s", item.source_id);
        out.put("p", item.product_id);
        out.put("k", item.sku_id);
        out.put("ps", item.product_source_id);
        out.put("ks", item.sku_source_id);
        out.put("n", item.name);
        out.put("q", item.quantity);
        if (item.returned_quantity != 0) out.put("r", item.returned_quantity);
        out.put("c", item.price.value);
        out.put("a", item.amount.value);
        if (!item.discount_amount.is_zero()) out.put("d", item.discount_amount.value);
        out.put("product", item.product);
        out.put("sku", item.sku);
        out.put("m", item.metadata);
        if (!item.collections.empty()) {
            out.key("pc");
            out.begin('[');
            for (const std::string& collection : item.collections) out.item(), out.append(collection);
            out.end(']');
        }
        if (item.type != LineType::goods) out.put("t", static_cast<std::int64_t>(item.type));
        if (item.line != 0) out.put("l", item.line);
        out.end('}');
    }
    out.end(']');
    return out.take();
}

std::vector<Item> items_from_text(std::string_view stored) {
    std::vector<Item> out;
    std::array<unsigned char, 4096> near;
    json::monotonic_resource memory(near.data(), near.size());
    const json::value parsed = json::parse(json::string_view(stored), &memory);
    const json::array& lines = parsed.get_array();
    out.reserve(lines.size());
    for (const json::value& value : lines) {
        Item& item = out.emplace_back();
        for (const auto& [name, field] : value.get_object()) {
            const std::string_view key = name;
            const auto text = [&] { return std::string(field.as_string()); };
            if (key == "id") item.id = ItemId(RawId::from_hex(field.as_string()).value_or(RawId{}));
            else if (key == "s") item.source_id = text();
            else if (key == "p") item.product_id = text();
            else if (key == "k") item.sku_id = text();
            else if (key == "ps") item.product_source_id = text();
            else if (key == "ks") item.sku_source_id = text();
            else if (key == "n") item.name = text();
            else if (key == "q") item.quantity = field.as_int64();
            else if (key == "r") item.returned_quantity = field.as_int64();
            else if (key == "c") item.price = Money(field.as_int64());
            else if (key == "a") item.amount = Money(field.as_int64());
            else if (key == "d") item.discount_amount = Money(field.as_int64());
            else if (key == "product") item.product = field.as_object();
            else if (key == "sku") item.sku = field.as_object();
            else if (key == "m") item.metadata = field.as_object();
            else if (key == "t") item.type = static_cast<LineType>(field.as_int64());
            else if (key == "l") item.line = field.as_int64();
            else if (key == "pc")
                for (const json::value& collection : field.as_array())
                    item.collections.emplace_back(collection.as_string());
        }
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
        if (!award.taken_by_hand.is_zero()) o["by_hand"] = award.taken_by_hand.value;
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
    std::array<unsigned char, 4096> near;
    json::monotonic_resource memory(near.data(), near.size());
    const json::value parsed = json::parse(json::string_view(stored), &memory);
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
            award.taken_by_hand = Points(number(a, "by_hand"));
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
