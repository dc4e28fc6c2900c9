#include <algorithm>
#include <cmath>

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
