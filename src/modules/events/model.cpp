#include "modules/events/model.hpp"

namespace perennial::events {
namespace {

RawId id_at(const json::array& award, std::size_t i) {
    const auto id = RawId::from_hex(std::string_view(award.at(i).as_string()));
    CHECK(id.has_value());
    return *id;
}

}  // namespace

std::string decision_text(const Decision& decision) {
    json::array awards;
    for (const Award& a : decision.awards)
        awards.push_back(json::array{a.card.hex(), a.program.hex(), a.rule.hex(), a.lot,
                                     a.points.value, a.entry.hex()});
    json::object out{{"v", decision.definitions},
                     {"engine", decision.engine},
                     {"at", decision.at.ms},
                     {"channel", decision.channel}};
    if (!decision.facts.empty()) out["facts"] = decision.facts;
    if (!awards.empty()) out["awards"] = std::move(awards);
    json::array cuts;
    for (const Cut& c : decision.cuts)
        cuts.push_back(json::array{c.program.hex(), c.rule.hex(), c.wanted.value, c.given.value,
                                   c.limit});
    if (!cuts.empty()) out["cuts"] = std::move(cuts);
    return to_text(out);
}

Decision decision_from_text(std::string_view text) {
    const json::value parsed = json::parse(text);
    const json::object& from = parsed.as_object();
    Decision out;
    out.definitions = from.at("v").as_int64();
    out.engine = static_cast<int>(from.at("engine").as_int64());
    out.at = {from.at("at").as_int64()};
    out.channel = from.at("channel").as_string();
    if (const json::value* facts = from.if_contains("facts")) out.facts = facts->as_object();
    if (const json::value* awards = from.if_contains("awards"))
        for (const json::value& value : awards->as_array()) {
            const json::array& a = value.as_array();
            out.awards.push_back({id_at(a, 0), id_at(a, 1), id_at(a, 2),
                                  a.at(3).to_number<std::uint32_t>(), Points(a.at(4).as_int64()),
                                  id_at(a, 5)});
        }
    if (const json::value* cuts = from.if_contains("cuts"))
        for (const json::value& value : cuts->as_array()) {
            const json::array& c = value.as_array();
            out.cuts.push_back({id_at(c, 0), id_at(c, 1), Points(c.at(2).as_int64()),
                                Points(c.at(3).as_int64()), std::string(c.at(4).as_string())});
        }
    return out;
}

}  // namespace perennial::events
