#include "modules/metadata_schemas/schema.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <cmath>

namespace perennial::metadata_schemas {
namespace {

constexpr std::array<std::string_view, 8> type_words{"string",   "number",    "boolean",  "date",
                                                     "datetime", "image_url", "geopoint", "object"};
constexpr int depth_max = 8;  ///< of objects in objects

std::optional<Type> type_from(std::string_view word) {
    const auto found = std::ranges::find(type_words, word);
    if (found == type_words.end()) return std::nullopt;
    return static_cast<Type>(found - type_words.begin());
}

std::optional<double> number_in(const json::value& value) {
    switch (value.kind()) {
        case json::kind::int64: return static_cast<double>(value.get_int64());
        case json::kind::uint64: return static_cast<double>(value.get_uint64());
        case json::kind::double_: return value.get_double();
        default: return std::nullopt;
    }
}

bool is_same(const json::value& a, const json::value& b) {
    const auto left = number_in(a);
    const auto right = number_in(b);
    return left && right ? *left == *right : a == b;
}

std::string shown(const std::vector<json::value>& values) {
    std::string out;
    for (const json::value& value : values)
        out += (out.empty() ? "" : ", ") +
               (value.is_string() ? std::string(value.get_string()) : to_text(value));
    return out;
}

std::string shown(double number) {
    return std::abs(number) < 1e15 && number == std::floor(number)
               ? fmt::format("{}", static_cast<std::int64_t>(number))
               : fmt::format("{}", number);
}

bool is_image_url(std::string_view text) {
    return (text.starts_with("https://") || text.starts_with("http://")) &&
           text.find_first_of(" \"<>") == std::string_view::npos && text.size() > 10;
}

/// "52.2,21.0"
bool is_geopoint(std::string_view text) {
    const auto comma = text.find(',');
    if (comma == std::string_view::npos) return false;
    const auto within = [](std::string part, double most) {
        char* end = nullptr;
        const double value = std::strtod(part.c_str(), &end);
        return !part.empty() && *end == '\0' && std::abs(value) <= most;
    };
    return within(std::string(text.substr(0, comma)), 90) &&
           within(std::string(text.substr(comma + 1)), 180);
}

/// What the value must be, when it is not.
std::optional<std::string_view> type_problem(Type type, const json::value& value) {
    const auto text = [&](auto fits) { return value.is_string() && fits(value.get_string()); };
    switch (type) {
        case Type::string:
            if (value.is_string()) return std::nullopt;
            return "must be a string";
        case Type::number:
            if (value.is_number()) return std::nullopt;
            return "must be a number";
        case Type::boolean:
            if (value.is_bool()) return std::nullopt;
            return "must be a boolean";
        case Type::date:
            if (text([](std::string_view t) { return Date::parse(t).has_value(); }))
                return std::nullopt;
            return "must be a date, as 2036-01-31";
        case Type::datetime:
            if (text([](std::string_view t) { return Timestamp::parse(t).has_value(); }))
                return std::nullopt;
            return "must be a date with a time, as 2036-01-31T10:00:00Z";
        case Type::image_url:
            if (text(is_image_url)) return std::nullopt;
            return "must be an image URL";
        case Type::geopoint:
            if (text(is_geopoint)) return std::nullopt;
            return "must be a geopoint, as 52.23,21.01";
        case Type::object:
            if (value.is_object()) return std::nullopt;
            return "must be an object";
    }
    return std::nullopt;
}

std::int64_t length_of(std::string_view text) {
    return std::ranges::count_if(text,
                                 [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; });
}

// --- definitions ---------------------------------------------------------------------------------

Property property_of(std::string_view name, const json::object& doc) {
    Property out;
    out.name = name;
    const auto number = [&](std::string_view key) -> std::optional<double> {
        const json::value* value = doc.if_contains(key);
        return value == nullptr ? std::nullopt : number_in(*value);
    };
    const auto integer = [&](std::string_view key) -> std::optional<std::int64_t> {
        const auto value = number(key);
        return value ? std::optional(static_cast<std::int64_t>(*value)) : std::nullopt;
    };
    const auto list = [&](std::string_view key) {
        std::vector<json::value> values;
        if (const json::value* value = doc.if_contains(key))
            for (const json::value& one : value->as_array()) values.push_back(one);
        return values;
    };
    out.type = type_from(doc.at("type").as_string()).value_or(Type::string);
    out.array = doc.at("array").as_bool();
    out.optional = doc.at("optional").as_bool();
    if (const json::value* of = doc.if_contains("objectType")) out.object_type = of->as_string();
    out.eq = list("eq");
    out.ne = list("ne");
    out.lt = number("lt");
    out.lte = number("lte");
    out.gt = number("gt");
    out.gte = number("gte");
    out.min_length = integer("minLength");
    out.max_length = integer("maxLength");
    out.exact_length = integer("exactLength");
    return out;
}

Schema schema_of(const json::object& doc) {
    Schema out;
    for (const auto& [name, property] : doc.at("properties").as_object()) {
        const json::value* deleted = property.as_object().if_contains("deleted");
        if (deleted != nullptr && deleted->is_bool() && deleted->get_bool()) continue;
        out.properties.push_back(property_of(name, property.as_object()));
    }
    if (const json::value* only = doc.if_contains("allow_defined_only"))
        out.allow_defined_only = only->as_bool();
    return out;
}

/// eq and ne: values of the property's type, at most 100.
void read_values(JsonReader& reader, std::string_view key, Type type, json::object& out) {
    const json::array* values = reader.array(key, 100);
    if (values == nullptr || values->empty()) return;
    for (const json::value& value : *values)
        if (const auto problem = type_problem(type, value)) {
            reader.wrong(key, "invalid_type", fmt::format("each {}", *problem));
            return;
        }
    out[key] = *values;
}

std::optional<json::object> read_property(JsonReader& reader) {
    json::object out;
    reader.require("type");
    const auto type = reader.choice("type", type_words);
    if (!type) return std::nullopt;
    const Type known = static_cast<Type>(*type);
    out["type"] = type_words[*type];
    out["array"] = reader.boolean("array").value_or(false);
    out["optional"] = reader.boolean("optional").value_or(true);
    if (const auto deleted = reader.boolean("deleted"); deleted.value_or(false))
        out["deleted"] = true;
    if (known == Type::object) {
        if (const auto of = reader.text("objectType", 200)) out["objectType"] = *of;
        return out;
    }
    read_values(reader, "eq", known, out);
    read_values(reader, "ne", known, out);
    for (const std::string_view key : {"lt", "lte", "gt", "gte"}) {
        if (!reader.has(key)) continue;
        const json::value& value = reader.raw()->at(json::string_view(key));
        if (known != Type::number || !value.is_number())
            reader.wrong(key, "invalid_type", "must be a number, for a property of type number");
        else
            out[key] = value;
    }
    for (const std::string_view key : {"minLength", "maxLength", "exactLength"})
        if (const auto length = reader.integer(key, 0, 1'000'000)) {
            if (known != Type::string)
                reader.wrong(key, "invalid_type", "is for properties of type string");
            else
                out[key] = *length;
        }
    return out;
}

}  // namespace

const Property* Schema::find(std::string_view name) const {
    const auto found = std::ranges::find(properties, name, &Property::name);
    return found == properties.end() ? nullptr : &*found;
}

std::unique_ptr<Schemas> Schemas::compile(const projects::Snapshot& snapshot) {
    auto out = std::make_unique<Schemas>();
    for (const projects::Definition* one : snapshot.all(schema_kind))
        out->objects_[one->name] = schema_of(one->doc);
    for (const projects::Definition* one : snapshot.all(event_kind))
        out->events_[one->name] = schema_of(one->doc);
    return out;
}

const Schema* Schemas::of_object(std::string_view related_object) const {
    const auto found = objects_.find(std::string(related_object));
    return found == objects_.end() ? nullptr : &found->second;
}

const Schema* Schemas::of_event(std::string_view name) const {
    const auto found = events_.find(std::string(name));
    return found == events_.end() ? nullptr : &found->second;
}

void Schemas::check(const Schema& schema, const json::object& metadata, bool whole,
                    const std::string& pointer, std::vector<FieldIssue>& issues) const {
    for (const auto& [name, value] : metadata) {
        const std::string at = fmt::format("{}/{}", pointer, std::string_view(name));
        const Property* property = schema.find(name);
        if (property == nullptr) {
            if (schema.allow_defined_only)
                issues.push_back({at, "not_defined", "is not allowed"});
        } else if (value.is_null()) {
            if (!property->optional) issues.push_back({at, "required", "is required"});
        } else if (property->array) {
            if (!value.is_array()) {
                issues.push_back({at, "invalid_type", "must be an array"});
                continue;
            }
            for (std::size_t i = 0; i < value.get_array().size(); ++i)
                check_value(*property, value.get_array()[i], fmt::format("{}/{}", at, i), issues);
        } else {
            check_value(*property, value, at, issues);
        }
    }
    if (!whole) return;
    for (const Property& property : schema.properties)
        if (!property.optional && !metadata.contains(property.name))
            issues.push_back(
                {fmt::format("{}/{}", pointer, property.name), "required", "is required"});
}

void Schemas::check_value(const Property& property, const json::value& value,
                          const std::string& pointer, std::vector<FieldIssue>& issues) const {
    const auto wrong = [&](std::string_view key, std::string message) {
        issues.push_back({pointer, std::string(key), std::move(message)});
    };
    if (const auto problem = type_problem(property.type, value))
        return wrong("invalid_type", std::string(*problem));
    if (property.type == Type::object) {
        const Schema* of = of_object(property.object_type);
        if (of != nullptr && std::ranges::count(pointer, '/') < depth_max)
            check(*of, value.get_object(), true, pointer, issues);
        return;
    }
    const auto is_this = [&](const json::value& one) { return is_same(one, value); };
    if (!property.eq.empty() && std::ranges::none_of(property.eq, is_this))
        wrong("not_equal", fmt::format("must be equal to one of {}", shown(property.eq)));
    if (std::ranges::any_of(property.ne, is_this))
        wrong("equal", fmt::format("must not be equal to any of {}", shown(property.ne)));
    if (const auto number = number_in(value)) {
        if (property.lt && !(*number < *property.lt))
            wrong("too_large", fmt::format("must be less than {}", shown(*property.lt)));
        if (property.lte && !(*number <= *property.lte))
            wrong("too_large", fmt::format("must be less than or equal to {}", shown(*property.lte)));
        if (property.gt && !(*number > *property.gt))
            wrong("too_small", fmt::format("must be greater than {}", shown(*property.gt)));
        if (property.gte && !(*number >= *property.gte))
            wrong("too_small",
                  fmt::format("must be greater than or equal to {}", shown(*property.gte)));
    }
    if (!value.is_string()) return;
    const std::int64_t length = length_of(value.get_string());
    if (property.min_length && length < *property.min_length)
        wrong("too_short", fmt::format("must have at least {} characters", *property.min_length));
    if (property.max_length && length > *property.max_length)
        wrong("too_long", fmt::format("must have at most {} characters", *property.max_length));
    if (property.exact_length && length != *property.exact_length)
        wrong("wrong_length", fmt::format("must have {} characters", *property.exact_length));
}

void merge_properties(JsonReader& reader, json::object& properties) {
    if (reader.raw() == nullptr) return;
    for (const auto& [name, sent] : *reader.raw()) {
        if (sent.is_null()) {
            properties.erase(name);
            continue;
        }
        JsonReader one = reader.reader(name);
        if (!one.usable()) continue;
        if (auto property = read_property(one)) properties[name] = *std::move(property);
    }
    if (properties.size() > properties_max)
        reader.issues().add(reader.pointer(), "too_many",
                            fmt::format("must be at most {} properties", properties_max));
}

std::unexpected<Error> refuse_metadata(std::vector<FieldIssue> issues) {
    Error error{&metadata_validation_failed, ""};
    for (const FieldIssue& issue : issues) {
        std::string_view key = issue.pointer;
        key.remove_prefix(key.rfind("metadata/") == std::string_view::npos
                              ? 0
                              : key.rfind("metadata/") + std::string_view("metadata/").size());
        error.details += fmt::format("{}{}: {}", error.details.empty() ? "" : ", ", key, issue.message);
    }
    error.issues = std::move(issues);
    return std::unexpected(std::move(error));
}

}  // namespace perennial::metadata_schemas
