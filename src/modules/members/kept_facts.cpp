#include "modules/members/kept_facts.hpp"

#include "modules/tiers/codec.hpp"

namespace perennial::members {
namespace {

using Metric = campaigns::TierPolicy::Metric;

}  // namespace

json::object stored_facts(const earning::CustomerFacts& f, const ledger::Card& card, bool whole) {
    json::object out;
    if (!card.tier.is_nil()) out["tier"] = card.tier.text();
    out["points"] = f.points;
    out["orders_count"] = f.orders_count;
    out["orders_amount"] = f.orders_amount;
    if (f.last_order_at) out["last_order_at"] = f.last_order_at->ms;
    out["created_at"] = f.created_at.ms;
    if (!whole) return out;
    if (!f.metadata.empty()) out["metadata"] = f.metadata;
    if (!f.country.empty()) out["country"] = json::string_view(f.country);
    if (!f.city.empty()) out["city"] = json::string_view(f.city);
    if (!f.birthdate.empty()) out["birthdate"] = json::string_view(f.birthdate);
    return out;
}

json::object counted_json(const tiers::Standing& standing) {
    json::object out;
    for (std::size_t i = 0; i < tiers::requirement_names.size(); ++i)
        out[json::string_view(tiers::requirement_names[i])] = standing.of(static_cast<Metric>(i));
    return out;
}

tiers::Standing counted_from(const json::object& from) {
    const auto number = [&](Metric metric) {
        const json::value* value = from.if_contains(
            json::string_view(tiers::requirement_names.at(static_cast<std::size_t>(metric))));
        return value != nullptr && value->is_int64() ? value->get_int64() : 0;
    };
    return {number(Metric::balance), number(Metric::points), number(Metric::spend),
            number(Metric::orders), number(Metric::tenure)};
}

}  // namespace perennial::members
