#include "modules/exports/model.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>

#include "modules/exports/errors.hpp"
#include "modules/transfer/csv_reader.hpp"

namespace perennial::exports {
namespace {

using Names = std::string_view;

constexpr Names customer_fields[] = {
    "name", "id", "description", "email", "source_id", "phone", "birthday", "birthdate",
    "created_at", "updated_at", "address_city", "address_state", "address_line_1",
    "address_line_2", "address_country", "address_postal_code", "redemptions_total_redeemed",
    "redemptions_total_failed", "redemptions_total_succeeded", "redemptions_total_rolled_back",
    "redemptions_total_rollback_failed", "redemptions_total_rollback_succeeded",
    "orders_total_amount", "orders_total_count", "orders_average_amount",
    "orders_last_order_amount", "orders_last_order_date", "loyalty_points",
    "loyalty_referred_customers", "metadata"};
constexpr Names customer_usual[] = {"name", "source_id"};
constexpr Names order_fields[] = {"id", "source_id", "created_at", "updated_at", "status", "amount",
                                  "discount_amount", "items_discount_amount",
                                  "total_discount_amount", "total_amount", "customer_id",
                                  "referrer_id", "metadata"};
constexpr Names order_usual[] = {"id", "source_id", "status"};
constexpr Names redemption_fields[] = {
    "id", "object", "date", "voucher_code", "campaign", "promotion_tier_id", "customer_id",
    "customer_source_id", "customer_name", "tracking_id", "order_id", "order_amount",
    "gift_amount", "loyalty_points", "result", "failure_code", "failure_message", "metadata",
    "created_at"};
constexpr Names redemption_usual[] = {"id", "object", "voucher_code", "customer_id", "date",
                                      "result"};
constexpr Names voucher_fields[] = {
    "code", "voucher_type", "value", "formula", "discount_type", "campaign", "campaign_id",
    "category", "start_date", "expiration_date", "gift_balance", "loyalty_balance",
    "redemption_quantity", "redemption_count", "active", "qr_code", "bar_code", "metadata", "id",
    "is_referral_code", "created_at", "updated_at", "validity_timeframe_interval",
    "validity_timeframe_duration", "validity_day_of_week", "discount_amount_limit",
    "additional_info", "customer_id", "customer_source_id", "discount_effect",
    "discount_unit_type", "discount_unit_effect", "validation_rules_id"};
constexpr Names voucher_usual[] = {"code", "voucher_type", "value", "discount_type"};
constexpr Names expiration_fields[] = {"id", "campaign_id", "voucher_id", "points", "status",
                                       "expires_at"};
constexpr Names transaction_fields[] = {"id", "campaign_id", "voucher_id", "type", "source_id",
                                        "reason", "source", "balance", "amount",
                                        "related_transaction_id", "created_at", "details"};

constexpr Object all[] = {
    {"customer", customer_fields, customer_usual, "created_at"},
    {"order", order_fields, order_usual, "created_at"},
    {"redemption", redemption_fields, redemption_usual, "date"},
    {"voucher", voucher_fields, voucher_usual, "created_at"},
    {"points_expiration", expiration_fields, expiration_fields, "expires_at"},
    {"voucher_transactions", transaction_fields, transaction_fields, "created_at"},
};

bool has(const Object& object, std::string_view field) {
    return std::ranges::find(object.fields, field) != object.fields.end();
}

const json::value& value_of(const json::object& row, std::string_view field) {
    static const json::value nothing;
    const json::value* found = row.if_contains(field);
    return found == nullptr ? nothing : *found;
}

std::string cell(const json::value& value) {
    if (value.is_null()) return {};
    if (!value.is_string()) return json::serialize(value);
    std::string text(value.get_string());
    if (!text.empty() && std::string_view("=+-@\t\r\n").find(text[0]) != std::string_view::npos)
        text.insert(text.begin(), '\'');
    return text;
}

// metadata.KEY looks into the metadata.
const json::value& filtered_value(const json::object& row, std::string_view field) {
    constexpr std::string_view prefix = "metadata.";
    if (!field.starts_with(prefix)) return value_of(row, field);
    const json::value& metadata = value_of(row, "metadata");
    return metadata.is_object() ? value_of(metadata.get_object(), field.substr(prefix.size()))
                                : value_of({}, "");
}

std::unexpected<Error> wrong(const ErrorCode& code, const Issues& issues) {
    auto refusal = issues.refuse();
    Error error = refusal.error();
    error.code = &code;
    return std::unexpected(std::move(error));
}

void read_filters(const Object& object, JsonReader filters, Wish& wish, Issues& wrong_fields) {
    if (!filters.usable()) return;
    for (const auto& [key, sent] : *filters.raw()) {
        const std::string_view name(key);
        if (sent.is_null()) continue;
        if (name == "junction") {
            const std::string junction = filters.text("junction", 8).value_or("");
            wish.any = junction == "or" || junction == "OR";
            if (!wish.any && junction != "and" && junction != "AND")
                filters.wrong("junction", "enum", "must be and or or");
            continue;
        }
        if (!has(object, name) &&
            !(name.starts_with("metadata.") && has(object, "metadata"))) {
            wrong_fields.add("/parameters/filters/" + std::string(name), "enum",
                             fmt::format("is no field of {}; {} are", object.name,
                                         fmt::join(object.fields, ", ")));
            continue;
        }
        JsonReader field = filters.reader(name);
        field.require("conditions");
        JsonReader conditions = field.reader("conditions");
        catalog::Filter::FieldConditions out{};
        const bool is_time = name.ends_with("_at") || name == "date";
        out.field = is_time ? catalog::Filter::Field::created_at : catalog::Filter::Field::name;
        catalog::read_conditions(conditions, out);
        wish.filters.push_back({std::string(name), std::move(out.conditions)});
    }
}

}  // namespace

std::string_view status_name(Status status) {
    switch (status) {
        case Status::scheduled: return "SCHEDULED";
        case Status::in_progress: return "IN_PROGRESS";
        case Status::done: return "DONE";
        case Status::failed: return "ERROR";
    }
    return "";
}

std::span<const Object> objects() { return all; }

const Object* find_object(std::string_view name) {
    const auto found = std::ranges::find(all, name, &Object::name);
    return found == std::end(all) ? nullptr : &*found;
}

Result<Wish> read_wish(const Object& object, const json::value& parameters) {
    Wish wish;
    wish.object = &object;
    Issues issues;
    Issues wrong_fields;
    const json::value body = json::object{{"parameters", parameters}};
    JsonReader whole(body, issues);
    JsonReader reader = whole.reader("parameters");
    if (const json::array* fields = reader.array("fields", 200))
        for (std::size_t i = 0; i < fields->size(); ++i) {
            const json::value& field = (*fields)[i];
            if (field.is_string() && has(object, std::string_view(field.get_string())))
                wish.fields.emplace_back(field.get_string());
            else
                wrong_fields.add(fmt::format("/parameters/fields/{}", i), "enum",
                                 fmt::format("is no field of {}; {} are", object.name,
                                             fmt::join(object.fields, ", ")));
        }
    if (wish.fields.empty()) wish.fields.assign(object.usual.begin(), object.usual.end());
    wish.order_by = object.order;
    if (auto order = reader.text("order", 64); order && !order->empty()) {
        wish.descending = order->front() == '-';
        wish.order_by = order->substr(wish.descending ? 1 : 0);
        if (!has(object, wish.order_by))
            wrong_fields.add("/parameters/order", "enum",
                             fmt::format("must be a field of {}, with or without a minus",
                                         object.name));
    }
    if (reader.has("filters")) read_filters(object, reader.reader("filters"), wish, wrong_fields);
    if (!wrong_fields.empty()) return wrong(error::invalid_fields, wrong_fields);
    if (!issues.empty()) return wrong(error::invalid_params, issues);
    return wish;
}

bool Wish::matches(const json::object& row) const {
    if (filters.empty()) return true;
    const auto field_holds = [&](const FieldFilter& one) {
        const json::value& known = filtered_value(row, one.field);
        return std::ranges::all_of(one.conditions, [&](const catalog::Filter::Condition& condition) {
            return catalog::holds(known, condition);
        });
    };
    return any ? std::ranges::any_of(filters, field_holds)
               : std::ranges::all_of(filters, field_holds);
}

std::optional<std::string> Wish::only(std::string_view field) const {
    using Operator = catalog::Filter::Operator;
    if (any && filters.size() > 1) return std::nullopt;
    for (const FieldFilter& one : filters)
        if (one.field == field)
            for (const catalog::Filter::Condition& condition : one.conditions)
                if ((condition.op == Operator::is || condition.op == Operator::in) &&
                    condition.values.size() == 1 && condition.values[0].is_string())
                    return std::string(condition.values[0].get_string());
    return std::nullopt;
}

void append_header(std::string& out, const Wish& wish) {
    for (std::size_t i = 0; i < wish.fields.size(); ++i) {
        if (i > 0) out += ',';
        transfer::append_csv_field(out, wish.fields[i]);
    }
    out += "\r\n";
}

void append_line(std::string& out, const Wish& wish, const json::object& row) {
    for (std::size_t i = 0; i < wish.fields.size(); ++i) {
        if (i > 0) out += ',';
        transfer::append_csv_field(out, cell(value_of(row, wish.fields[i])));
    }
    out += "\r\n";
}

bool comes_before(const json::value& a, const json::value& b) {
    const auto kind = [](const json::value& value) {
        return value.is_null() ? 0 : value.is_int64() || value.is_bool() ? 1 : 2;
    };
    if (kind(a) != kind(b)) return kind(a) < kind(b);
    if (kind(a) == 0) return false;
    if (a.is_int64() && b.is_int64()) return a.get_int64() < b.get_int64();
    if (a.is_string() && b.is_string())
        return std::string_view(a.get_string()) < std::string_view(b.get_string());
    return json::serialize(a) < json::serialize(b);
}

json::object to_json(const Export& e, std::string_view server) {
    json::object out{{"id", e.id.text()},
                     {"object", "export"},
                     {"created_at", e.created_at.iso()},
                     {"status", status_name(e.status)},
                     {"channel", "API"},
                     {"exported_object", e.object},
                     {"parameters", json::parse(e.parameters)}};
    out["result"] = nullptr;
    if (e.status == Status::done)
        out["result"] = json::object{
            {"url", fmt::format("{}/v1/exports/{}?token={}", server, e.id.text(), e.token)}};
    out["user_id"] = nullptr;
    return out;
}

}  // namespace perennial::exports
