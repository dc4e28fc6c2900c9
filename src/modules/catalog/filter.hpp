// The filter of an AUTO_UPDATE collection: conditions on the properties of a product or SKU.
#pragma once
#include <string>
#include <vector>

#include "base/json.hpp"
#include "modules/catalog/model.hpp"

namespace perennial::catalog {

/// What filters see of one product or SKU. The texts belong to the row.
struct Facts {
    std::string_view object;  ///< "product" | "sku"
    std::string id;
    std::string product_id;
    std::string_view source_id;
    std::string_view name;  ///< of a SKU: its `sku`
    std::string_view image_url;
    std::optional<std::int64_t> price;
    json::value attributes;  ///< names of a product; an object of a SKU
    json::object metadata;
    Timestamp created_at;
    std::optional<Timestamp> updated_at;
};
Facts facts_of(const Product&);
Facts facts_of(const Sku&);

struct Filter {
    enum class Field : std::uint8_t {
        id, product_id, source_id, name, sku, price, attributes, image_url, object, created_at,
        updated_at, metadata
    };
    enum class Operator : std::uint8_t {
        in, not_in, is, is_not, has_value, is_unknown, contains, not_contain, starts_with,
        ends_with, more_than, less_than, more_than_equal, less_than_equal, after, before, count,
        count_less, count_more
    };
    struct Condition {
        Operator op;
        std::vector<json::value> values;  ///< at least one, save for has_value and is_unknown
    };
    /// All conditions of one field hold together; the junction is between fields.
    struct FieldConditions {
        Field field;
        std::string metadata_key;
        std::vector<Condition> conditions;
    };
    bool any = false;  ///< junction "or"
    std::vector<FieldConditions> fields;

    bool matches(const Facts&) const;
};

/// Whether a condition holds for a value; what is not known is not equal to anything.
bool holds(const json::value& known, const Filter::Condition&);
/// The `conditions` of one field.
void read_conditions(JsonReader& conditions, Filter::FieldConditions& out);

/// {junction, FIELD: {conditions: {$OP: value or [values]}}}, FIELD being id, product_id,
/// source_id, name, sku, price, attributes, image_url, object, created_at, updated_at or
/// metadata.KEY.
/// Operators over "now" ($is_days_ago …) are refused: membership would change by itself.
Filter read_filter(JsonReader& filter);

}  // namespace perennial::catalog
