#include "modules/earning/codec.hpp"

#include <fmt/format.h>

#include "modules/campaigns/codec.hpp"
#include "modules/campaigns/document.hpp"
#include "modules/campaigns/earning_policy.hpp"
#include "modules/earning/codec_loyalty.hpp"
#include "modules/earning/compile.hpp"
#include "modules/earning/validity.hpp"
#include "modules/earning/words.hpp"

namespace perennial::earning {
namespace {

using campaigns::not_implemented;
using campaigns::object_of;
using campaigns::text_of;

constexpr std::array<std::string_view, 1> pending_periods{"DAY"};
constexpr std::size_t excluded_items_max = 1000;
constexpr std::size_t profile_fields_max = 20;

/// Nothing when the event is wrong: then expressions have no known facts to be checked against.
std::optional<Trigger> read_event(JsonReader& reader, json::object& doc) {
    const std::string event = campaigns::read_name(reader, "event");
    doc["event"] = event;
    if (event.empty()) return std::nullopt;
    const Trigger trigger = words::trigger_of(event);
    if (trigger != Trigger::custom_event) return trigger;
    if (event == "customer.segment.entered") {
        not_implemented(reader, "event", "order.paid and custom events are, with a condition");
        return std::nullopt;
    }
    if (event == "custom_event" || event.starts_with("order.") || event.starts_with("customer.")) {
        std::string known;
        for (const auto& word : words::triggers) known += fmt::format("{}, ", word.event);
        reader.wrong("event", "enum",
                     fmt::format("must be one of {}or the name of a custom event", known));
        return std::nullopt;
    }
    return trigger;
}

void read_tier(JsonReader& reader, std::optional<Trigger> trigger, json::object& doc) {
    if (!campaigns::is_set(reader, "loyalty_tier")) return;
    if (trigger && !of_tiers(*trigger))
        reader.wrong("loyalty_tier", "conflict", "needs an event customer.loyalty.tier.…");
    JsonReader tier = reader.reader("loyalty_tier");
    tier.require("id");
    const auto id = tier.text("id");
    if (!id) return;
    if (*id != words::any_tier && !ledger::TierId::parse(*id))
        tier.wrong("id", "format", "must be the id of a tier (ltr_…) or __ANY__");
    doc["loyalty_tier"] = {{"id", *id}};
}

void read_pending(JsonReader& reader, std::optional<Trigger> trigger, json::object& doc) {
    if (!campaigns::is_set(reader, "pending_points")) return;
    if (trigger && *trigger != Trigger::order_paid)
        reader.wrong("pending_points", "conflict", "needs the event order.paid");
    JsonReader pending = reader.reader("pending_points");
    pending.choice("period_type", pending_periods);
    pending.require("period_value");
    if (const auto days = pending.integer("period_value", 1, 90))
        doc["pending_points"] = {{"period_type", "DAY"}, {"period_value", *days}};
}

void read_custom_event(JsonReader& reader, json::object& doc) {
    if (!campaigns::is_set(reader, "custom_event")) return;
    JsonReader event = reader.reader("custom_event");
    if (const auto schema = event.text("schema_id")) doc["custom_event"] = {{"schema_id", *schema}};
}

void read_exclusion(JsonReader& reader, std::optional<Trigger> trigger, json::object& doc) {
    for (const std::string_view name : {"exclude", "excluded_items"})
        if (trigger && *trigger != Trigger::order_paid && campaigns::is_set(reader, name))
            reader.wrong(name, "conflict", "needs the event order.paid");
    if (const json::array* types = reader.array("exclude", words::line_types.size())) {
        json::array out;
        for (const json::value& type : *types)
            if (!type.is_string() ||
                std::ranges::find(words::line_types, std::string_view(type.get_string())) ==
                    words::line_types.end())
                reader.wrong("exclude", "enum", "must hold SHIPPING, GIFT_CARD or TAX");
            else if (std::ranges::find(out, type) == out.end())
                out.push_back(type);
        if (!out.empty()) doc["exclude"] = std::move(out);
    }
    if (const json::array* items = reader.array("excluded_items", excluded_items_max)) {
        json::array out;
        for (std::size_t i = 0; i < items->size(); ++i)
            out.push_back(read_applicable(reader.item("excluded_items", i)));
        if (!out.empty()) doc["excluded_items"] = std::move(out);
    }
}

void read_profile(JsonReader& reader, std::optional<Trigger> trigger, json::object& doc) {
    if (trigger == Trigger::profile_completed)
        reader.require("profile");
    else if (trigger && campaigns::is_set(reader, "profile"))
        reader.wrong("profile", "conflict", "needs the event customer.profile.completed");
    const json::array* fields = reader.array("profile", profile_fields_max);
    if (fields == nullptr) return;
    json::array out;
    for (const json::value& field : *fields) {
        const std::string_view name =
            field.is_string() ? std::string_view(field.get_string()) : std::string_view();
        if (std::ranges::find(words::profile_fields, name) == words::profile_fields.end() &&
            !(name.starts_with("metadata.") && name.size() > 9))
            reader.wrong("profile", "enum",
                         "must hold name, email, phone, birthdate, address.country, address.city, "
                         "address.postal_code, address.line_1 or metadata.KEY");
        else
            out.push_back(field);
    }
    if (fields->empty()) reader.wrong("profile", "required", "must name at least one field");
    doc["profile"] = std::move(out);
}

void refuse_unknown_to_us(JsonReader& reader) {
    not_implemented(reader, "validation_rule_id", "a CEL condition is: condition");
    not_implemented(reader, "validation_rules", "a CEL condition is: condition");
    not_implemented(reader, "segment", "a CEL condition is: condition");
}

}  // namespace

Result<json::object> read_rule(const json::value& body) {
    Issues issues;
    JsonReader reader(body, issues);
    json::object doc;
    if (const auto name = reader.text("name", 255); name && !name->empty()) doc["name"] = *name;
    const auto trigger = read_event(reader, doc);
    read_custom_event(reader, doc);
    doc["loyalty"] = read_loyalty(reader, trigger);
    read_expression(reader, "condition", trigger, ExpressionRole::condition, doc);
    read_tier(reader, trigger, doc);
    read_pending(reader, trigger, doc);
    read_exclusion(reader, trigger, doc);
    read_profile(reader, trigger, doc);
    if (auto limits = campaigns::read_limits(reader, "limits")) doc["limits"] = std::move(*limits);
    JsonReader source = reader.reader("source");
    doc["source"] = json::object();
    if (const auto banner = source.text("banner"); banner && !banner->empty())
        doc["source"].as_object()["banner"] = *banner;
    if (auto rules = campaigns::read_expiration_rules(reader)) doc["expiration_rules"] = *rules;
    campaigns::read_dates(reader, doc);
    read_validity(reader, doc);
    doc["active"] = reader.boolean("active").value_or(true);
    campaigns::read_metadata(reader, doc);
    refuse_unknown_to_us(reader);
    if (!issues.empty()) return campaigns::refuse_all(issues);
    return doc;
}

void check_references(const json::object& doc, const projects::Snapshot& snapshot,
                      const RawId& program, Issues& issues) {
    namespace kind = projects::definition_kind;
    const std::string_view tier = text_of(object_of(doc, "loyalty_tier"), "id");
    if (!tier.empty() && tier != words::any_tier) {
        const auto* found = snapshot.find(kind::loyalty_tier, *ledger::TierId::parse(tier));
        if (found == nullptr || found->parent != program)
            issues.add("/loyalty_tier/id", "unknown", "is not known in this program");
    }
    for (const Named& named : collections_of(doc)) {
        const auto id = campaigns::parse_id(named.id, "pc_");
        if (!id || snapshot.find(kind::product_collection, *id) == nullptr)
            issues.add(named.pointer, "unknown", "is no product collection");
    }
}

std::string name_of(const json::object& doc) {
    if (const auto name = text_of(doc, "name"); !name.empty()) return std::string(name);
    if (const auto banner = text_of(object_of(doc, "source"), "banner"); !banner.empty())
        return std::string(banner);
    return std::string(text_of(doc, "event"));
}

json::object to_json(const projects::Definition& definition) {
    json::object out{{"id", RuleId(definition.id).text()},
                     {"created_at", definition.created_at.iso()}};
    for (const auto& [key, value] : definition.doc) out[key] = value;
    // FIXED has `points` in the compatible API; a formula says them for each fact.
    json::object& loyalty = out["loyalty"].as_object();
    if (loyalty.contains("formula") || loyalty.contains("points_formula")) loyalty["points"] = 0;
    json::object& source = out["source"].as_object();
    source["object_id"] = campaigns::ProgramId(definition.parent).text();
    source["object_type"] = "campaign";
    out["validation_rule_id"] = nullptr;
    out["automation_id"] = "auto_" + definition.id.hex();
    out["updated_at"] = nullptr;
    if (definition.updated_at) out["updated_at"] = definition.updated_at->iso();
    if (std::string reason = inactive_reason(definition.doc); !reason.empty())
        out["inactive_reason"] = std::move(reason);
    out["object"] = "earning_rule";
    return out;
}

}  // namespace perennial::earning
