#include <algorithm>

#include "modules/campaigns/document.hpp"
#include "modules/tiers/codec.hpp"
#include "modules/tiers/model.hpp"

namespace perennial::tiers {
namespace {

using campaigns::integer_of;
using campaigns::object_of;
using campaigns::parse_id;
using campaigns::text_of;

Mapping compile_mapping(const json::object& doc) {
    Mapping mapping;
    if (text_of(doc, "type") == "CUSTOM") {
        mapping.type = Mapping::Type::custom;
        mapping.points = Points(integer_of(doc, "points", 0));
    } else {
        mapping.multiplier_millionths = *multiplier_millionths(doc.at("multiplier"));
    }
    return mapping;
}

std::map<RawId, Mapping> compile_mappings(const json::object& doc, std::string_view prefix) {
    std::map<RawId, Mapping> out;
    for (const auto& [key, value] : doc)
        if (const auto id = parse_id(key, prefix)) out[*id] = compile_mapping(value.as_object());
    return out;
}

std::optional<Requirements> compile_requirements(const json::object& doc) {
    Requirements out;
    out.any = text_of(doc, "match") == "ANY";
    for (std::size_t i = 0; i < requirement_names.size(); ++i)
        if (const auto least = integer_of(doc, requirement_names[i]))
            out.least.emplace_back(static_cast<campaigns::TierPolicy::Metric>(i), *least);
    return out.least.empty() ? std::nullopt : std::optional(std::move(out));
}

std::vector<Benefit> compile_benefits(const json::array& docs) {
    std::vector<Benefit> out;
    for (const json::value& one : docs) {
        const json::object& doc = one.as_object();
        Benefit benefit{std::string(text_of(doc, "type")), std::string(text_of(doc, "name")), {}};
        if (const json::value* value = doc.if_contains("value")) benefit.value = *value;
        out.push_back(std::move(benefit));
    }
    return out;
}

Tier compile_tier(const projects::Definition& definition) {
    const json::object& points = object_of(definition.doc, "points");
    Tier tier;
    tier.id = TierId(definition.id);
    tier.program = campaigns::ProgramId(definition.parent);
    tier.name = definition.name;
    tier.from = integer_of(points, "from", 0);
    tier.earning_rules =
        compile_mappings(object_of(definition.doc, "earning_rules"), earning_rule_prefix);
    tier.rewards = compile_mappings(object_of(definition.doc, "rewards"), assignment_prefix);
    tier.requirements = compile_requirements(object_of(definition.doc, "requirements"));
    tier.benefits = compile_benefits(campaigns::array_of(definition.doc, "benefits"));
    return tier;
}

}  // namespace

std::unique_ptr<Tiers> Tiers::compile(const projects::Snapshot& snapshot) {
    auto tiers = std::make_unique<Tiers>();
    for (const projects::Definition* definition :
         snapshot.all(projects::definition_kind::loyalty_tier))
        tiers->all.push_back(compile_tier(*definition));
    std::ranges::stable_sort(tiers->all, [](const Tier& a, const Tier& b) {
        return std::tie(a.program, a.from) < std::tie(b.program, b.from);
    });
    // A tier ends where the next begins, however the document writes its end.
    for (std::size_t i = 0; i + 1 < tiers->all.size(); ++i)
        if (tiers->all[i].program == tiers->all[i + 1].program)
            tiers->all[i].to = tiers->all[i + 1].from;
    for (const Tier& tier : tiers->all) tiers->by_program[tier.program].push_back(&tier);
    return tiers;
}

}  // namespace perennial::tiers
