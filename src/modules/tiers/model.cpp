#include "modules/tiers/model.hpp"

#include <algorithm>

namespace perennial::tiers {

// 15 points * 1.25 = 18.75 -> 18. What leaves the range of values stays at its end.
Points Mapping::apply(Points base) const {
    if (type == Type::custom) return points;
    const int128_t product = static_cast<int128_t>(base.value) * multiplier_millionths;
    if (!fits(product / 1'000'000)) return Points(product > 0 ? value_max : -value_max);
    return Points(divide(product, 1'000'000, Rounding::floor));
}

const Tier* Tiers::find(const TierId& id) const {
    const auto found = std::ranges::find(all, id, &Tier::id);
    return found == all.end() ? nullptr : &*found;
}

const std::vector<const Tier*>& Tiers::of(const campaigns::ProgramId& program) const {
    static const std::vector<const Tier*> none;
    const auto found = by_program.find(program);
    return found == by_program.end() ? none : found->second;
}

std::int64_t Standing::of(campaigns::TierPolicy::Metric metric) const {
    using Metric = campaigns::TierPolicy::Metric;
    switch (metric) {
        case Metric::balance: return balance;
        case Metric::points: return points;
        case Metric::spend: return spend;
        case Metric::orders: return orders;
        case Metric::tenure: return tenure;
    }
    return 0;
}

// What asks for nothing is reached also by who owes points.
static bool reaches(const Standing& standing, campaigns::TierPolicy::Metric metric,
                    std::int64_t least) {
    return least <= 0 || standing.of(metric) >= least;
}

bool Requirements::met_by(const Standing& standing) const {
    const auto met = [&](const auto& one) { return reaches(standing, one.first, one.second); };
    return any ? std::ranges::any_of(least, met) : std::ranges::all_of(least, met);
}

json::object benefits_of(const Tier& tier) {
    json::object out;
    for (const Benefit& benefit : tier.benefits)
        out[benefit.name] = benefit.value.is_null() ? json::value(true) : benefit.value;
    return out;
}

bool is_reached(const Tier& tier, const campaigns::Program& program, const Standing& standing) {
    if (tier.requirements) return tier.requirements->met_by(standing);
    return reaches(standing, program.tier_policy.metric, tier.from);
}

std::vector<Need> needs_of(const Tier& tier, const campaigns::Program& program,
                           const Standing& standing) {
    std::vector<Need> out;
    const auto add = [&](campaigns::TierPolicy::Metric metric, std::int64_t needed) {
        out.push_back({metric, needed, standing.of(metric)});
    };
    if (tier.requirements)
        for (const auto& [metric, least] : tier.requirements->least) add(metric, least);
    else
        add(program.tier_policy.metric, tier.from);
    return out;
}

const Tier* Tiers::reached(const campaigns::Program& program, const Standing& standing) const {
    const Tier* highest = nullptr;
    for (const Tier* tier : of(program.id))
        if (is_reached(*tier, program, standing)) highest = tier;
    return highest;
}

const Tier* Tiers::above(const campaigns::Program& program, const Tier* tier) const {
    for (const Tier* one : of(program.id))
        if (tier == nullptr || one->from > tier->from) return one;
    return nullptr;
}

const Tier* Tiers::below(const campaigns::Program& program, const Tier* tier) const {
    const Tier* lower = nullptr;
    for (const Tier* one : of(program.id))
        if (tier != nullptr && one->from < tier->from) lower = one;
    return lower;
}

}  // namespace perennial::tiers
