#include "modules/earning/multiplier_codec.hpp"

#include <fmt/format.h>

#include "modules/campaigns/document.hpp"
#include "modules/earning/codec_loyalty.hpp"
#include "modules/earning/compile.hpp"
#include "modules/earning/validity.hpp"
#include "modules/earning/words.hpp"
#include "modules/tiers/codec.hpp"

namespace perennial::earning {
namespace {

constexpr std::size_t rules_max = 100;

void read_factor(JsonReader& reader, json::object& doc) {
    reader.require("multiplier");
    if (!reader.has("multiplier")) return;
    const json::value& value = reader.raw()->at("multiplier");
    const auto millionths = tiers::multiplier_millionths(value);
    if (!millionths) {
        reader.wrong("multiplier", "range",
                     "must be a number from 0 to 1000 with at most six decimals");
        return;
    }
    doc["multiplier"] = value;
    doc["millionths"] = *millionths;
}

void read_rules(JsonReader& reader, json::object& doc) {
    const json::array* rules = reader.array("earning_rules", rules_max);
    if (rules == nullptr) return;
    json::array out;
    for (const json::value& rule : *rules)
        if (!rule.is_string() || !RuleId::parse(rule.get_string()))
            reader.wrong("earning_rules", "format", "must hold ids of earning rules (ern_…)");
        else
            out.push_back(rule);
    doc["earning_rules"] = std::move(out);
}

}  // namespace

Result<json::object> read_multiplier(const json::value& body) {
    Issues issues;
    JsonReader reader(body, issues);
    json::object doc;
    doc["name"] = campaigns::read_name(reader, "name");
    const std::string event = reader.text("event", 255).value_or("order.paid");
    doc["event"] = event;
    std::optional<Trigger> trigger = words::trigger_of(event);
    if (trigger != Trigger::order_paid &&
        (trigger != Trigger::custom_event || event.starts_with("order.") ||
         event.starts_with("customer."))) {
        reader.wrong("event", "enum", "must be order.paid or the name of a custom event");
        trigger.reset();
    }
    read_factor(reader, doc);
    read_rules(reader, doc);
    read_expression(reader, "condition", trigger, ExpressionRole::condition, doc);
    campaigns::read_dates(reader, doc);
    read_validity(reader, doc);
    doc["active"] = reader.boolean("active").value_or(true);
    campaigns::read_metadata(reader, doc);
    if (!issues.empty()) return campaigns::refuse_all(issues);
    return doc;
}

void check_multiplier_references(const json::object& doc, const projects::Snapshot& snapshot,
                                 const RawId& program, Issues& issues) {
    const json::array& rules = campaigns::array_of(doc, "earning_rules");
    for (std::size_t i = 0; i < rules.size(); ++i) {
        const auto id = RuleId::parse(rules[i].as_string());
        const auto* found =
            id ? snapshot.find(projects::definition_kind::earning_rule, *id) : nullptr;
        if (found == nullptr || found->parent != program)
            issues.add(fmt::format("/earning_rules/{}", i), "unknown",
                       "is no earning rule of this program");
    }
}

json::object multiplier_json(const projects::Definition& definition) {
    json::object out{{"id", MultiplierId(definition.id).text()},
                     {"campaign_id", campaigns::ProgramId(definition.parent).text()},
                     {"created_at", definition.created_at.iso()}};
    for (const auto& [key, value] : definition.doc)
        if (key != "millionths") out[key] = value;
    out["updated_at"] = nullptr;
    if (definition.updated_at) out["updated_at"] = definition.updated_at->iso();
    if (std::string reason = inactive_reason(definition.doc); !reason.empty())
        out["inactive_reason"] = std::move(reason);
    out["object"] = "earning_multiplier";
    return out;
}

}  // namespace perennial::earning
