#include "modules/tiers/codec.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "base/value.hpp"
#include "modules/campaigns/document.hpp"
#include "modules/tiers/model.hpp"

namespace perennial::tiers {
namespace {

using campaigns::integer_of;
using campaigns::object_of;
using campaigns::text_of;

constexpr std::array<std::string_view, 2> mapping_types{"MULTIPLY", "CUSTOM"};
constexpr std::int64_t multiplier_max = 1000;

json::object read_mapping(JsonReader reader) {
    json::object doc;
    reader.require("type");
    const auto type = reader.choice("type", mapping_types);
    if (!type) return doc;
    doc["type"] = mapping_types[*type];
    if (mapping_types[*type] == "MULTIPLY") {
        reader.require("multiplier");
        if (!reader.has("multiplier")) return doc;
        const json::value& multiplier = reader.raw()->at("multiplier");
        if (!multiplier_millionths(multiplier))
            reader.wrong("multiplier", "range",
                         fmt::format("must be a number from 0 to {} with at most 6 digits after "
                                     "the point",
                                     multiplier_max));
        doc["multiplier"] = multiplier;
    } else {
        reader.require("points");
        if (const auto points = reader.integer("points", 0, value_max)) doc["points"] = *points;
    }
    return doc;
}

json::object read_mappings(JsonReader& holder, std::string_view name, std::string_view prefix,
                           std::string_view of_what) {
    json::object doc;
    const json::object* sent = holder.object(name);
    if (sent == nullptr) return doc;
    JsonReader reader = holder.reader(name);
    for (const auto& [key, value] : *sent) {
        if (value.is_null()) continue;
        if (campaigns::parse_id(key, prefix))
            doc[key] = read_mapping(reader.reader(key));
        else
            reader.wrong(key, "unknown", fmt::format("must be the id of {} ({}…)", of_what, prefix));
    }
    return doc;
}

constexpr std::array<std::string_view, 2> matches{"ALL", "ANY"};
constexpr std::size_t benefits_max = 50;

void read_requirements(JsonReader& holder, json::object& doc) {
    if (!holder.has("requirements")) return;
    JsonReader reader = holder.reader("requirements");
    json::object out;
    if (const auto match = reader.choice("match", matches)) out["match"] = matches[*match];
    bool empty = true;
    for (const std::string_view name : requirement_names)
        if (reader.has(name)) {
            empty = false;
            if (const auto least = reader.integer(name, 0, value_max)) out[name] = *least;
        }
    if (reader.usable() && empty)
        holder.wrong("requirements", "required",
                     fmt::format("must have one or more of {}", fmt::join(requirement_names, ", ")));
    doc["requirements"] = std::move(out);
}

void read_benefits(JsonReader& holder, json::object& doc) {
    const json::array* sent = holder.array("benefits", benefits_max);
    if (sent == nullptr) return;
    json::array out;
    for (std::size_t i = 0; i < sent->size(); ++i) {
        JsonReader reader = holder.item("benefits", i);
        json::object benefit{{"name", campaigns::read_name(reader, "name")}};
        if (const auto type = reader.text("type", 64)) benefit["type"] = *type;
        if (reader.has("value")) {
            const json::value& value = reader.raw()->at("value");
            if (json::serialize(value).size() > 1024)
                reader.wrong("value", "too_long", "must have at most 1024 bytes");
            benefit["value"] = value;
        }
        out.push_back(std::move(benefit));
    }
    doc["benefits"] = std::move(out);
}

void check_known(const json::object& mappings, const projects::Snapshot& snapshot,
                 std::string_view kind, std::string_view prefix, const RawId& program,
                 std::string_view name, Issues& issues) {
    for (const auto& [key, value] : mappings) {
        const auto id = campaigns::parse_id(key, prefix);
        const auto* found = id ? snapshot.find(kind, *id) : nullptr;
        if (found == nullptr || found->parent != program)
            issues.add(fmt::format("/{}/{}", name, std::string_view(key)), "unknown",
                       "is not known in this program");
    }
}

struct Range {
    std::string_view name;
    std::int64_t from;
    std::optional<std::int64_t> to;
};

std::string written(const Range& range) {
    return range.to ? fmt::format("{} ({} to {})", range.name, range.from, *range.to)
                    : fmt::format("{} (from {})", range.name, range.from);
}

}  // namespace

std::optional<std::int64_t> multiplier_millionths(const json::value& number) {
    if (!number.is_number()) return std::nullopt;
    const double value = number.to_number<double>();
    if (!(value >= 0 && value <= static_cast<double>(multiplier_max))) return std::nullopt;
    const double millionths = std::round(value * 1e6);
    // A number written with up to six digits is off by far less than this after the multiplication.
    if (std::abs(value * 1e6 - millionths) > 1e-4) return std::nullopt;
    return static_cast<std::int64_t>(millionths);
}

Result<json::object> read_tier(const json::value& body) {
    Issues issues;
    JsonReader reader(body, issues);
    json::object doc{{"name", campaigns::read_name(reader, "name")}};
    reader.require("points");
    JsonReader points = reader.reader("points");
    const auto from = points.integer("from", 0, value_max);
    const auto to = points.integer("to", 0, value_max);
    if (from && to && *to <= *from) points.wrong("to", "range", "must be greater than from");
    json::object range{{"from", from.value_or(0)}};
    if (to) range["to"] = *to;
    doc["points"] = std::move(range);
    doc["earning_rules"] =
        read_mappings(reader, "earning_rules", earning_rule_prefix, "an earning rule");
    doc["rewards"] = read_mappings(reader, "rewards", assignment_prefix, "a reward assignment");
    read_requirements(reader, doc);
    read_benefits(reader, doc);
    campaigns::read_metadata(reader, doc);
    if (!issues.empty()) return campaigns::refuse_all(issues);
    return doc;
}

void check_references(const json::object& doc, const projects::Snapshot& snapshot,
                      const RawId& program, Issues& issues) {
    namespace kind = projects::definition_kind;
    check_known(object_of(doc, "earning_rules"), snapshot, kind::earning_rule, earning_rule_prefix,
                program, "earning_rules", issues);
    check_known(object_of(doc, "rewards"), snapshot, kind::reward_assignment, assignment_prefix,
                program, "rewards", issues);
}

Result<void> check_ladder(std::span<const json::object> docs) {
    std::vector<Range> ranges;
    for (const json::object& doc : docs) {
        const json::object& points = object_of(doc, "points");
        ranges.push_back({text_of(doc, "name"), integer_of(points, "from", 0),
                          integer_of(points, "to")});
    }
    std::ranges::stable_sort(ranges, {}, &Range::from);
    const auto wrong = [](std::string_view key, std::string message) -> Result<void> {
        Issues issues;
        issues.add("", key, std::move(message));
        return issues.refuse();
    };
    for (std::size_t i = 0; i < ranges.size(); ++i)
        for (std::size_t j = i + 1; j < ranges.size(); ++j)
            if (ranges[i].name == ranges[j].name)
                return wrong("duplicate", fmt::format("two tiers are named {}", ranges[i].name));
    for (std::size_t i = 1; i < ranges.size(); ++i) {
        const Range& below = ranges[i - 1];
        const Range& above = ranges[i];
        if (below.from == above.from || (below.to && *below.to > above.from))
            return wrong("overlap", fmt::format("tier {} overlaps tier {}", written(below),
                                                written(above)));
        if (below.to && *below.to + 1 < above.from)
            return wrong("gap", fmt::format("there is a gap between tier {} and tier {}",
                                            written(below), written(above)));
    }
    return {};
}

json::object to_json(const projects::Definition& definition) {
    const json::object& doc = definition.doc;
    json::object out{{"id", TierId(definition.id).text()},
                     {"name", definition.name},
                     {"campaign_id", campaigns::ProgramId(definition.parent).text()},
                     {"metadata", object_of(doc, "metadata")},
                     {"earning_rules", object_of(doc, "earning_rules")},
                     {"rewards", object_of(doc, "rewards")},
                     {"points", object_of(doc, "points")},
                     {"config", {{"points", object_of(doc, "points")}}},
                     {"created_at", definition.created_at.iso()},
                     {"updated_at", nullptr},
                     {"object", "loyalty_tier"}};
    for (const std::string_view name : {"requirements", "benefits"})
        if (const json::value* value = doc.if_contains(name)) out[name] = *value;
    if (definition.updated_at) out["updated_at"] = definition.updated_at->iso();
    return out;
}

json::object link_json(const Tier* tier) {
    if (tier == nullptr) return {{"id", nullptr}, {"name", nullptr}};
    return {{"id", tier->id.text()}, {"name", tier->name}};
}

json::array needs_json(const std::vector<Need>& needs) {
    json::array out;
    for (const Need& need : needs)
        out.push_back({{"metric", requirement_names.at(static_cast<std::size_t>(need.metric))},
                       {"needed", need.needed},
                       {"counted", need.have},
                       {"missing", std::max<std::int64_t>(0, need.needed - need.have)}});
    return out;
}

}  // namespace perennial::tiers
