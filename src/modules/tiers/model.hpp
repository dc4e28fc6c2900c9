#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "modules/campaigns/model.hpp"

namespace perennial::tiers {

using ledger::TierId;

/// What a tier does to an earning rule's points or a reward's price (api.md 10.5).
struct Mapping {
    enum class Type : std::uint8_t { multiply, custom };
    Type type = Type::multiply;
    std::int64_t multiplier_millionths = 1'000'000;  ///< 1.25 = 1'250'000
    Points points;                                   ///< of custom

    /// multiply rounds down: a fraction of a point is none.
    Points apply(Points) const;
};

struct Tier {
    TierId id;
    campaigns::ProgramId program;
    std::string name;
    std::int64_t from = 0;           ///< points, or minor units when the program qualifies by spend
    std::optional<std::int64_t> to;  ///< excluded; nothing = open end
    std::map<RawId, Mapping> earning_rules;
    std::map<RawId, Mapping> rewards;  ///< by reward assignment
};

struct Tiers {
    std::vector<Tier> all;
    std::map<RawId, std::vector<const Tier*>> by_program;  ///< ascending by `from`

    const Tier* find(const TierId&) const;
    const std::vector<const Tier*>& of(const campaigns::ProgramId&) const;
    /// The highest tier whose `from` is reached; null below the lowest.
    const Tier* at(const campaigns::ProgramId&, std::int64_t value) const;
    static std::unique_ptr<Tiers> compile(const projects::Snapshot&);
};

}  // namespace perennial::tiers
