#include "modules/customers/codec.hpp"

#include <array>
#include <boost/json.hpp>

namespace perennial::customers {
namespace {

struct Limit {
    std::string_view name;
    std::size_t max_bytes;
};
constexpr std::array<Limit, 6> address_fields{{{"city", 255},
                                               {"state", 255},
                                               {"line_1", 1024},
                                               {"line_2", 1024},
                                               {"country", 255},
                                               {"postal_code", 64}}};

TextPatch read_text(JsonReader& body, std::string_view name, std::size_t max_bytes) {
    TextPatch patch;
    if (body.is_null(name))
        patch.emplace(std::nullopt);
    else if (auto text = body.text(name, max_bytes))
        patch.emplace(std::move(text));
    return patch;
}

TextPatch read_birthdate(JsonReader& body) {
    for (std::string_view name : {"birthdate", "birthday"}) {
        TextPatch patch;
        if (body.is_null(name))
            patch.emplace(std::nullopt);
        else if (auto date = body.date(name))
            patch.emplace(date->iso());
        if (patch) return patch;
    }
    return {};
}

std::optional<std::optional<json::object>> read_address(JsonReader& body) {
    std::optional<std::optional<json::object>> patch;
    if (body.is_null("address")) {
        patch.emplace(std::nullopt);
    } else if (body.has("address")) {
        JsonReader reader = body.reader("address");
        json::object address;
        for (const Limit& field : address_fields) {
            const TextPatch text = read_text(reader, field.name, field.max_bytes);
            if (text && *text)
                address[field.name] = **text;
            else if (text)
                address[field.name] = nullptr;
        }
        if (!address.empty()) patch.emplace(std::move(address));
    }
    return patch;
}

json::value text_or_null(const std::optional<std::string>& text) {
    return text ? json::value(*text) : json::value(nullptr);
}

json::value time_or_null(const std::optional<Timestamp>& time) {
    return time ? json::value(time->iso()) : json::value(nullptr);
}

json::object parse_object(const std::string& text) {
    return text.empty() ? json::object() : json::parse(text).as_object();
}

json::value member(const json::object& object, std::string_view name) {
    const json::value* value = object.if_contains(name);
    return value == nullptr ? json::value(nullptr) : *value;
}

std::int64_t number(const json::object& object, std::string_view name) {
    const json::value* value = object.if_contains(name);
    return value != nullptr && value->is_int64() ? value->get_int64() : 0;
}

json::value address_json(const json::object& profile) {
    const json::value known = member(profile, "address");
    if (!known.is_object()) return nullptr;
    json::object address;
    for (const Limit& field : address_fields)
        address[field.name] = member(known.get_object(), field.name);
    return address;
}

json::object orders_summary(const Customer& customer) {
    const std::int64_t average =
        customer.orders_count == 0
            ? 0
            : divide(customer.orders_amount.value, customer.orders_count, Rounding::half_up);
    return {{"total_amount", customer.orders_amount.value},
            {"total_count", customer.orders_count},
            {"average_amount", average},
            {"last_order_amount", customer.last_order_amount.value},
            {"last_order_date", time_or_null(customer.last_order_at)}};
}

json::object redemptions_summary(const json::object& loyalty) {
    static const json::object none;
    const json::value* told = loyalty.if_contains("redemptions");
    const json::object& counted = told != nullptr ? told->get_object() : none;
    const std::int64_t succeeded = number(counted, "succeeded");
    const std::int64_t failed = number(counted, "failed");
    const std::int64_t rollbacks = number(counted, "rollbacks");
    const std::int64_t failed_rollbacks = number(counted, "failed_rollbacks");
    return {{"total_redeemed", succeeded + failed},
            {"total_failed", failed},
            {"total_succeeded", succeeded},
            {"total_rolled_back", rollbacks + failed_rollbacks},
            {"total_rollback_failed", failed_rollbacks},
            {"total_rollback_succeeded", rollbacks},
            {"gift", {{"redeemed_amount", 0}, {"amount_to_go", 0}}},
            {"loyalty_card",
             {{"redeemed_points", number(loyalty, "redeemed_points")},
              {"points_to_go", number(loyalty, "points")}}}};
}

}  // namespace

Change read_change(JsonReader& body) {
    Change change;
    if (auto text = body.text("id", 255); text && !text->empty()) {
        change.id = CustomerId::parse(*text);
        if (!change.id)
            body.wrong("id", "format",
                       "must be an id such as cust_ and 32 hex digits; the shop's own id goes into "
                       "source_id");
    }
    change.source_id = body.text("source_id", 255).value_or("");
    change.name = read_text(body, "name", 1024);
    change.email = read_text(body, "email", 512);
    change.phone = read_text(body, "phone", 255);
    change.description = read_text(body, "description", 8 * 1024);
    change.birthdate = read_birthdate(body);
    change.address = read_address(body);
    if (const json::object* metadata = body.object("metadata")) change.metadata = *metadata;
    return change;
}

json::object loyalty_json(std::int64_t points) {
    return {{"points", points}, {"referred_customers", 0}, {"campaigns", json::object()}};
}

json::object to_json(const Customer& customer, json::object loyalty) {
    const json::object profile = parse_object(customer.profile);
    const json::value birthdate = member(profile, "birthdate");
    json::object out{{"id", customer.id.text()},
                     {"source_id", text_or_null(customer.source_id)},
                     {"name", text_or_null(customer.name)},
                     {"description", member(profile, "description")},
                     {"email", text_or_null(customer.email)},
                     {"phone", text_or_null(customer.phone)},
                     {"birthday", birthdate},
                     {"birthdate", birthdate},
                     {"address", address_json(profile)},
                     {"metadata", metadata_of(customer)},
                     {"system_metadata", json::object()},
                     {"assets", json::object()}};
    out["summary"] = json::object{{"redemptions", redemptions_summary(loyalty)},
                                  {"orders", orders_summary(customer)}};
    loyalty.erase("redemptions");
    out["loyalty"] = std::move(loyalty);
    out["referrals"] = json::object{{"total", 0}, {"campaigns", json::array()}};
    out["created_at"] = customer.created_at.iso();
    out["updated_at"] = time_or_null(customer.updated_at);
    out["object"] = "customer";
    return out;
}

json::object embedded_json(const Customer& customer) {
    return {{"id", customer.id.text()},
            {"name", text_or_null(customer.name)},
            {"email", text_or_null(customer.email)},
            {"source_id", text_or_null(customer.source_id)},
            {"metadata", metadata_of(customer)},
            {"object", "customer"}};
}

json::object metadata_of(const Customer& customer) { return parse_object(customer.metadata); }

}  // namespace perennial::customers
