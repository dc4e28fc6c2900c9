#include "modules/earning/codec_loyalty.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "modules/campaigns/document.hpp"
#include "modules/earning/words.hpp"

namespace perennial::earning {
namespace {

constexpr std::array<std::string_view, 2> loyalty_types{"FIXED", "PROPORTIONAL"};
constexpr std::array<std::string_view, 3> applicable_objects{"product", "sku",
                                                             "products_collection"};
constexpr std::size_t expression_bytes_max = 32 * 1024;
constexpr std::size_t applicable_max = 1000;

json::object read_fixed(JsonReader& reader, std::optional<Trigger> trigger) {
    json::object doc{{"type", "FIXED"}};
    const auto points = reader.integer("points", 0, value_max);
    // The compatible API calls it points_formula; in both it is CEL.
    const bool both = campaigns::is_set(reader, "formula") && campaigns::is_set(reader, "points_formula");
    if (both) reader.wrong("points_formula", "conflict", "either formula or points_formula, not both");
    const std::string_view name =
        campaigns::is_set(reader, "points_formula") ? "points_formula" : "formula";
    if (!campaigns::is_set(reader, name)) {
        reader.require("points");
        doc["points"] = points.value_or(0);
        return doc;
    }
    read_expression(reader, name, trigger, ExpressionRole::formula, doc);
    // Answers carry 0 beside a formula, so that may come back.
    if (points.value_or(0) != 0)
        reader.wrong("points", "conflict", "either points or a formula, not both");
    return doc;
}

bool counts(Measure measure, Trigger trigger) {
    switch (measure) {
        case Measure::customer_metadata:
            return trigger == Trigger::order_paid || trigger == Trigger::custom_event;
        case Measure::custom_event_metadata: return trigger == Trigger::custom_event;
        default: return trigger == Trigger::order_paid;
    }
}

void read_items(JsonReader& leaf, json::object& doc) {
    if (campaigns::is_set(leaf, "applicable_to")) {
        const json::array* list = leaf.array("applicable_to", applicable_max);
        if (leaf.has("object") || leaf.has("id"))
            leaf.wrong("applicable_to", "conflict", "either object and id or applicable_to");
        if (list == nullptr) return;
        json::array out;
        for (std::size_t i = 0; i < list->size(); ++i)
            out.push_back(read_applicable(leaf.item("applicable_to", i)));
        doc["applicable_to"] = std::move(out);
    } else if (leaf.has("object") || leaf.has("id")) {
        leaf.require("object");
        leaf.require("id");
        if (const auto object = leaf.choice("object", applicable_objects))
            doc["object"] = applicable_objects[*object];
        if (const auto id = leaf.text("id", 255)) doc["id"] = *id;
    }
}

json::object read_leaf(JsonReader leaf, const words::MeasureWords& words,
                       std::optional<Trigger> trigger) {
    json::object doc;
    leaf.require("every");
    // Points for each full step: a number, or a CEL formula.
    if (campaigns::is_set(leaf, "points_formula"))
        read_expression(leaf, "points_formula", trigger, ExpressionRole::formula, doc);
    else
        leaf.require("points");
    if (const auto every = leaf.integer("every", 1, value_max)) doc["every"] = *every;
    if (const auto points = leaf.integer("points", 0, value_max)) doc["points"] = *points;
    if (words.leaf == "metadata") doc["property"] = campaigns::read_name(leaf, "property");
    if (words.object == "order_items") read_items(leaf, doc);
    return doc;
}

json::object read_proportional(JsonReader& reader, std::optional<Trigger> trigger) {
    json::object doc{{"type", "PROPORTIONAL"}};
    if (reader.has("formula"))
        reader.wrong("formula", "conflict", "a formula needs the type FIXED");
    for (const std::string_view name : {"points", "points_formula"})
        if (reader.has(name))
            reader.wrong(name, "conflict", "belongs beside `every`, or needs the type FIXED");
    std::vector<std::string_view> types;
    for (const auto& words : words::measures) types.push_back(words.calculation_type);
    reader.require("calculation_type");
    const auto chosen = reader.choice("calculation_type", types);
    if (!chosen) return doc;
    const words::MeasureWords& words = words::measures[*chosen];
    doc["calculation_type"] = words.calculation_type;
    if (trigger && !counts(static_cast<Measure>(*chosen), *trigger))
        reader.wrong("calculation_type", "conflict", "is not there for this event");
    reader.require(words.object);
    JsonReader holder = reader.reader(words.object);
    holder.require(words.leaf);
    if (!holder.has(words.leaf)) return doc;
    doc[words.object] = json::object{{words.leaf, read_leaf(holder.reader(words.leaf), words, trigger)}};
    return doc;
}

}  // namespace

json::object read_applicable(JsonReader reader) {
    json::object doc;
    reader.require("object");
    reader.require("id");
    if (const auto object = reader.choice("object", applicable_objects))
        doc["object"] = applicable_objects[*object];
    if (const auto id = reader.text("id", 255)) doc["id"] = *id;
    return doc;
}

void read_expression(JsonReader& reader, std::string_view name, std::optional<Trigger> trigger,
                     ExpressionRole role, json::object& doc) {
    const auto source = reader.text(name, expression_bytes_max);
    if (!source || source->empty()) return;
    doc[name] = *source;
    if (!trigger) return;
    const auto program = compile_expression(*trigger, role, *source);
    if (program) return;
    for (const cel::CompileError& error : program.error())
        reader.wrong(name, "expression", cel::to_text(error));
}

json::object read_loyalty(JsonReader& rule, std::optional<Trigger> trigger) {
    rule.require("loyalty");
    JsonReader reader = rule.reader("loyalty");
    reader.require("type");
    const auto type = reader.choice("type", loyalty_types);
    if (!type) return {};
    return loyalty_types[*type] == "FIXED" ? read_fixed(reader, trigger)
                                           : read_proportional(reader, trigger);
}

std::vector<Named> collections_of(const json::object& rule) {
    std::vector<Named> out;
    const auto add = [&](const json::object& item, std::string pointer) {
        if (campaigns::text_of(item, "object") == "products_collection")
            out.push_back({std::move(pointer), std::string(campaigns::text_of(item, "id"))});
    };
    const json::array& excluded = campaigns::array_of(rule, "excluded_items");
    for (std::size_t i = 0; i < excluded.size(); ++i)
        add(excluded[i].as_object(), fmt::format("/excluded_items/{}/id", i));
    const json::object& loyalty = campaigns::object_of(rule, "loyalty");
    for (const auto& [name, leaf] : campaigns::object_of(loyalty, "order_items")) {
        const std::string at = fmt::format("/loyalty/order_items/{}", std::string_view(name));
        add(leaf.as_object(), at + "/id");
        const json::array& list = campaigns::array_of(leaf.as_object(), "applicable_to");
        for (std::size_t i = 0; i < list.size(); ++i)
            add(list[i].as_object(), fmt::format("{}/applicable_to/{}/id", at, i));
    }
    return out;
}

}  // namespace perennial::earning
