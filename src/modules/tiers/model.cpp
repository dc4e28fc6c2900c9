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

const Tier* Tiers::at(const campaigns::ProgramId& program, std::int64_t value) const {
    const Tier* reached = nullptr;
    for (const Tier* tier : of(program))
        if (tier->from <= value) reached = tier;
    return reached;
}

}  // namespace perennial::tiers
