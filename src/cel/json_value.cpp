#include "cel/json_value.hpp"

#include <boost/json.hpp>

#include "cel/text.hpp"

namespace perennial::cel {
namespace {

namespace json = boost::json;

constexpr ListAccess array_access{.at = [](const void* array, std::size_t index) {
    return from_json((*static_cast<const json::array*>(array))[index]);
}};

const json::key_value_pair& pair_at(const void* object, std::size_t index) {
    return static_cast<const json::object*>(object)->begin()[static_cast<std::ptrdiff_t>(index)];
}

constexpr MapAccess object_access{
    .find =
        [](const void* object, std::size_t, const Value& key, Value& found) {
            if (!key.is(Kind::string)) return false;
            const json::value* value =
                static_cast<const json::object*>(object)->if_contains(key.as_text());
            if (!value) return false;
            found = from_json(*value);
            return true;
        },
    .key_at = [](const void* object,
                 std::size_t index) { return Value::string(pair_at(object, index).key()); },
    .value_at = [](const void* object,
                   std::size_t index) { return from_json(pair_at(object, index).value()); },
};

Value from_number(double number) {
    const auto decimal = Decimal::from_shortest(number);
    if (!decimal) return Value::floating(number);
    if (const auto whole = decimal->whole()) return Value::integer(*whole);
    return Value::decimal(*decimal);
}

std::string key_text(const Value& key) {
    return key.is(Kind::string) ? std::string(key.as_text()) : to_text(key);
}

// Lists may share parts: without a bound in all, a small program could write for ever.
constexpr int values_max = 100'000;

json::value to_json(const Value& value, int& values_left) {
    if (--values_left < 0) return json::value("…");
    switch (value.kind()) {
        case Kind::null: return nullptr;
        case Kind::boolean: return value.as_bool();
        case Kind::integer: return value.as_int();
        case Kind::unsigned_integer: return value.as_uint();
        case Kind::floating: return value.as_double();
        case Kind::decimal: return json::value(value.as_decimal().text());
        case Kind::string: return json::value(value.as_text());
        case Kind::timestamp: return json::value(timestamp_text(value.as_timestamp_ns()));
        case Kind::duration: return json::value(duration_text(value.as_duration_ns()));
        case Kind::list: {
            json::array array;
            for (std::size_t i = 0; i < value.size(); ++i) array.push_back(to_json(value.item(i), values_left));
            return array;
        }
        case Kind::map: {
            json::object object;
            for (std::size_t i = 0; i < value.size(); ++i)
                object[key_text(value.key_at(i))] = to_json(value.value_at(i), values_left);
            return object;
        }
        case Kind::structure: {
            json::object object;
            for (const Field& field : value.struct_type().fields)
                object[field.name] = to_json(field.get(value.object()), values_left);
            return object;
        }
        case Kind::optional:
            return value.held() ? to_json(*value.held(), values_left) : json::value(nullptr);
        default: return json::value(to_text(value));
    }
}

}  // namespace

Value from_json(const json::object& object) {
    return Value::map_view(&object, object.size(), object_access);
}

Value from_json(const json::value& value) {
    switch (value.kind()) {
        case json::kind::null: return Value();
        case json::kind::bool_: return Value::boolean(value.get_bool());
        case json::kind::int64: return Value::integer(value.get_int64());
        case json::kind::uint64:
            return value.get_uint64() <= INT64_MAX
                       ? Value::integer(static_cast<std::int64_t>(value.get_uint64()))
                       : Value::unsigned_integer(value.get_uint64());
        case json::kind::double_: return from_number(value.get_double());
        case json::kind::string: return Value::string(value.get_string());
        case json::kind::array:
            return Value::list_view(&value.get_array(), value.get_array().size(), array_access);
        case json::kind::object: return from_json(value.get_object());
    }
    return Value();
}

json::value to_json(const Value& value) {
    int values_left = values_max;
    return to_json(value, values_left);
}

}  // namespace perennial::cel
