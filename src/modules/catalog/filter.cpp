#include "modules/catalog/filter.hpp"

#include <array>

namespace perennial::catalog {
namespace {

using Field = Filter::Field;
using Operator = Filter::Operator;

constexpr std::size_t values_max = 1000;
constexpr std::size_t fields_max = 50;

constexpr std::array<std::string_view, 11> field_names{
    "id",         "product_id", "source_id", "name",       "sku",       "price",
    "attributes", "image_url",  "object",    "created_at", "updated_at"};
constexpr std::array<std::string_view, 19> operator_names{
    "$in",        "$not_in",      "$is",          "$is_not",     "$has_value",
    "$is_unknown", "$contains",   "$not_contain", "$starts_with", "$ends_with",
    "$more_than", "$less_than",   "$more_than_equal", "$less_than_equal", "$after",
    "$before",    "$count",       "$count_less",  "$count_more"};
constexpr std::string_view metadata_prefix = "metadata.";

bool needs_value(Operator op) { return op != Operator::has_value && op != Operator::is_unknown; }

bool is_time(Field field) { return field == Field::created_at || field == Field::updated_at; }

json::value text_or_null(std::string_view text) {
    return text.empty() ? json::value(nullptr) : json::value(text);
}

json::value value_of(const Facts& facts, const Filter::FieldConditions& one) {
    switch (one.field) {
        case Field::id: return json::value(facts.id);
        case Field::product_id: return json::value(facts.product_id);
        case Field::source_id: return text_or_null(facts.source_id);
        case Field::name: return text_or_null(facts.name);
        case Field::sku:
            return facts.object == "sku" ? text_or_null(facts.name) : json::value(nullptr);
        case Field::price: return facts.price ? json::value(*facts.price) : json::value(nullptr);
        case Field::attributes: return facts.attributes;
        case Field::image_url: return text_or_null(facts.image_url);
        case Field::object: return json::value(facts.object);
        case Field::created_at: return json::value(facts.created_at.iso());
        case Field::updated_at:
            return facts.updated_at ? json::value(facts.updated_at->iso()) : json::value(nullptr);
        case Field::metadata: {
            const json::value* value = facts.metadata.if_contains(one.metadata_key);
            return value == nullptr ? json::value(nullptr) : *value;
        }
    }
    return nullptr;
}

std::optional<double> number_of(const json::value& value) {
    if (value.is_int64()) return static_cast<double>(value.get_int64());
    if (value.is_uint64()) return static_cast<double>(value.get_uint64());
    if (value.is_double()) return value.get_double();
    return std::nullopt;
}

/// Numbers written as text count as numbers, as query strings send them.
std::optional<double> number_in(const json::value& value) {
    if (auto number = number_of(value)) return number;
    if (!value.is_string()) return std::nullopt;
    const std::string text(value.get_string());
    char* end = nullptr;
    const double number = std::strtod(text.c_str(), &end);
    return !text.empty() && *end == '\0' ? std::optional(number) : std::nullopt;
}

bool equal(const json::value& known, const json::value& wanted) {
    if (auto a = number_of(known)) {
        const auto b = number_in(wanted);
        return b && *a == *b;
    }
    if (known.is_bool() && wanted.is_string())
        return wanted.get_string() == (known.get_bool() ? "true" : "false");
    return known == wanted;
}

std::optional<Timestamp> time_of(const json::value& value) {
    return value.is_string() ? Timestamp::parse(std::string_view(value.get_string()))
                             : std::nullopt;
}

std::string_view text_of(const json::value& value) {
    return value.is_string() ? std::string_view(value.get_string()) : std::string_view();
}

bool has_value(const json::value& known) {
    if (known.is_null()) return false;
    if (known.is_array()) return !known.get_array().empty();
    if (known.is_object()) return !known.get_object().empty();
    return true;
}

std::size_t size_of(const json::value& known) {
    if (known.is_array()) return known.get_array().size();
    if (known.is_object()) return known.get_object().size();
    return known.is_null() ? 0 : 1;
}

bool is_any_of(const json::value& known, const std::vector<json::value>& values) {
    return std::ranges::any_of(values, [&](const json::value& wanted) {
        if (!known.is_array()) return equal(known, wanted);
        return std::ranges::any_of(known.get_array(),
                                   [&](const json::value& one) { return equal(one, wanted); });
    });
}

bool contains_any(const json::value& known, const std::vector<json::value>& values) {
    if (!known.is_string()) return is_any_of(known, values);
    return std::ranges::any_of(values, [&](const json::value& wanted) {
        return wanted.is_string() &&
               text_of(known).find(text_of(wanted)) != std::string_view::npos;
    });
}

bool compare_numbers(const json::value& known, const json::value& wanted, Operator op) {
    const auto a = number_of(known);
    const auto b = number_in(wanted);
    if (!a || !b) return false;
    switch (op) {
        case Operator::more_than: return *a > *b;
        case Operator::less_than: return *a < *b;
        case Operator::more_than_equal: return *a >= *b;
        default: return *a <= *b;
    }
}

bool compare_times(const json::value& known, const json::value& wanted, Operator op) {
    const auto a = time_of(known);
    const auto b = time_of(wanted);
    if (!a || !b) return false;
    return op == Operator::after ? *a > *b : *a < *b;
}

bool compare_count(const json::value& known, const json::value& wanted, Operator op) {
    const auto b = number_in(wanted);
    if (!b) return false;
    const auto a = static_cast<double>(size_of(known));
    switch (op) {
        case Operator::count: return a == *b;
        case Operator::count_less: return a < *b;
        default: return a > *b;
    }
}

bool is_comparison(Operator op) {
    return op >= Operator::more_than && op <= Operator::less_than_equal;
}
bool is_count(Operator op) { return op >= Operator::count; }

/// The word that is wrong with a value, or nothing.
std::string_view complaint(Operator op, const json::value& value) {
    if (!value.is_string() && !value.is_bool() && !number_of(value))
        return "must be text, a number, true or false";
    if ((is_comparison(op) || is_count(op)) && !number_in(value)) return "must be a number";
    if ((op == Operator::after || op == Operator::before) && !time_of(value))
        return "must be a time such as 2024-07-23T19:38:38.219Z";
    return {};
}

void read_values(JsonReader& reader, std::string_view op_name, const json::value& sent,
                 Filter::Condition& condition) {
    if (!needs_value(condition.op)) return;
    if (sent.is_array())
        condition.values.assign(sent.get_array().begin(), sent.get_array().end());
    else
        condition.values.push_back(sent);
    if (condition.values.empty()) reader.wrong(op_name, "required", "needs a value");
    if (condition.values.size() > values_max)
        reader.wrong(op_name, "too_many", fmt::format("must have at most {} values", values_max));
    for (const json::value& value : condition.values) {
        const std::string_view wrong = complaint(condition.op, value);
        if (wrong.empty()) continue;
        reader.wrong(op_name, "type", std::string(wrong));
        return;
    }
}

std::optional<Filter::FieldConditions> field_from(std::string_view name) {
    Filter::FieldConditions out{};
    if (name.starts_with(metadata_prefix) && name.size() > metadata_prefix.size()) {
        out.field = Field::metadata;
        out.metadata_key = name.substr(metadata_prefix.size());
        return out;
    }
    const auto found = std::ranges::find(field_names, name);
    if (found == field_names.end()) return std::nullopt;
    out.field = static_cast<Field>(found - field_names.begin());
    return out;
}

void read_junction(JsonReader& filter, Filter& out) {
    const auto junction = filter.text("junction", 8);
    if (!junction) return;
    out.any = *junction == "or" || *junction == "OR";
    if (!out.any && *junction != "and" && *junction != "AND")
        filter.wrong("junction", "enum", "must be and or or");
}

}  // namespace

/// What is not known is not equal to anything: $is_not, $not_in and $not_contain hold for it.
bool holds(const json::value& known, const Filter::Condition& condition) {
    const auto any_value = [&](auto test) { return std::ranges::any_of(condition.values, test); };
    switch (condition.op) {
        case Operator::in:
        case Operator::is: return is_any_of(known, condition.values);
        case Operator::not_in:
        case Operator::is_not: return !is_any_of(known, condition.values);
        case Operator::has_value: return has_value(known);
        case Operator::is_unknown: return !has_value(known);
        case Operator::contains: return contains_any(known, condition.values);
        case Operator::not_contain: return !contains_any(known, condition.values);
        case Operator::starts_with:
            return known.is_string() && any_value([&](const json::value& wanted) {
                       return wanted.is_string() && text_of(known).starts_with(text_of(wanted));
                   });
        case Operator::ends_with:
            return known.is_string() && any_value([&](const json::value& wanted) {
                       return wanted.is_string() && text_of(known).ends_with(text_of(wanted));
                   });
        case Operator::more_than:
        case Operator::less_than:
        case Operator::more_than_equal:
        case Operator::less_than_equal:
            return compare_numbers(known, condition.values.front(), condition.op);
        case Operator::after:
        case Operator::before:
            return compare_times(known, condition.values.front(), condition.op);
        case Operator::count:
        case Operator::count_less:
        case Operator::count_more:
            return compare_count(known, condition.values.front(), condition.op);
    }
    return false;
}

void read_conditions(JsonReader& conditions, Filter::FieldConditions& out) {
    if (!conditions.usable()) return;
    for (const auto& [name, sent] : *conditions.raw()) {
        const std::string_view op_name(name);
        const auto found = std::ranges::find(operator_names, op_name);
        if (found == operator_names.end()) {
            conditions.wrong(op_name, "enum",
                             fmt::format("is no operator here; {} are",
                                         fmt::join(operator_names, ", ")));
            continue;
        }
        Filter::Condition condition{static_cast<Operator>(found - operator_names.begin()), {}};
        const bool compares_times = condition.op == Operator::after ||
                                    condition.op == Operator::before;
        if (is_time(out.field) && !compares_times && needs_value(condition.op)) {
            conditions.wrong(op_name, "enum", "times are compared by $after and $before");
            continue;
        }
        read_values(conditions, op_name, sent, condition);
        out.conditions.push_back(std::move(condition));
    }
    if (conditions.raw()->empty())
        conditions.issues().add(conditions.pointer(), "required", "needs at least one condition");
}

Facts facts_of(const Product& product) {
    return {.object = "product",
            .id = product.id.text(),
            .product_id = product.id.text(),
            .source_id = product.source_id ? *product.source_id : std::string_view(),
            .name = product.name ? *product.name : std::string_view(),
            .image_url = product.image_url ? *product.image_url : std::string_view(),
            .price = product.price,
            .attributes = product.attributes.empty() ? json::value(json::array())
                                                     : json::parse(product.attributes),
            .metadata = metadata_of(product),
            .created_at = product.created_at,
            .updated_at = product.updated_at};
}

Facts facts_of(const Sku& sku) {
    return {.object = "sku",
            .id = sku.id.text(),
            .product_id = sku.product.text(),
            .source_id = sku.source_id ? *sku.source_id : std::string_view(),
            .name = sku.sku ? *sku.sku : std::string_view(),
            .image_url = sku.image_url ? *sku.image_url : std::string_view(),
            .price = sku.price,
            .attributes = sku.attributes.empty() ? json::value(json::object())
                                                 : json::parse(sku.attributes),
            .metadata = metadata_of(sku),
            .created_at = sku.created_at,
            .updated_at = sku.updated_at};
}

bool Filter::matches(const Facts& facts) const {
    const auto field_holds = [&](const FieldConditions& one) {
        const json::value known = value_of(facts, one);
        return std::ranges::all_of(one.conditions, [&](const Condition& condition) {
            return holds(known, condition);
        });
    };
    return any ? std::ranges::any_of(fields, field_holds)
               : std::ranges::all_of(fields, field_holds);
}

Filter read_filter(JsonReader& filter) {
    Filter out;
    if (!filter.usable()) return out;
    read_junction(filter, out);
    for (const auto& [name, sent] : *filter.raw()) {
        const std::string_view field_name(name);
        if (field_name == "junction" || sent.is_null()) continue;
        auto field = field_from(field_name);
        if (!field) {
            filter.wrong(field_name, "enum",
                         fmt::format("is no field of product collections; {} and metadata.KEY are",
                                     fmt::join(field_names, ", ")));
            continue;
        }
        JsonReader reader = filter.reader(field_name);
        reader.require("conditions");
        JsonReader conditions = reader.reader("conditions");
        read_conditions(conditions, *field);
        out.fields.push_back(*std::move(field));
    }
    if (out.fields.size() > fields_max)
        filter.issues().add(filter.pointer(), "too_many",
                            fmt::format("must have at most {} fields", fields_max));
    if (out.fields.empty() && filter.issues().empty())
        filter.issues().add(filter.pointer(), "required", "needs at least one field");
    return out;
}

}  // namespace perennial::catalog
