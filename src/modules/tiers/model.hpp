#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <boost/json.hpp>

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

/// What a card counts for tiers at a moment: by the program's rule of what counts.
struct Standing {
    std::int64_t balance = 0;
    std::int64_t points = 0;
    std::int64_t spend = 0;
    std::int64_t orders = 0;
    std::int64_t tenure = 0;  ///< whole local days since joining

    std::int64_t of(campaigns::TierPolicy::Metric) const;
};

/// Ours: thresholds of a tier that replace its `points.from` (which then only orders the ladder).
struct Requirements {
    bool any = false;  ///< one of them is enough; else all
    std::vector<std::pair<campaigns::TierPolicy::Metric, std::int64_t>> least;

    bool met_by(const Standing&) const;
};

/// Ours: what a tier gives, in the shop's own words.
struct Benefit {
    std::string type;
    std::string name;
    json::value value;
};

struct Tier {
    TierId id;
    campaigns::ProgramId program;
    std::string name;
    std::int64_t from = 0;           ///< points, or minor units when the program qualifies by spend
    std::optional<std::int64_t> to;  ///< excluded; nothing = open end
    std::map<RawId, Mapping> earning_rules;
    std::map<RawId, Mapping> rewards;  ///< by reward assignment
    std::optional<Requirements> requirements;
    std::vector<Benefit> benefits;
};

/// Which value a tier asks for, and how much of it is there.
struct Need {
    campaigns::TierPolicy::Metric metric = campaigns::TierPolicy::Metric::balance;
    std::int64_t needed = 0;
    std::int64_t have = 0;
};

struct Tiers {
    std::vector<Tier> all;
    std::map<RawId, std::vector<const Tier*>> by_program;  ///< ascending by `from`

    const Tier* find(const TierId&) const;
    const std::vector<const Tier*>& of(const campaigns::ProgramId&) const;
    /// The highest tier that is reached; null below the lowest.
    const Tier* reached(const campaigns::Program&, const Standing&) const;
    /// The one above; the lowest above null.
    const Tier* above(const campaigns::Program&, const Tier*) const;
    const Tier* below(const campaigns::Program&, const Tier*) const;
    static std::unique_ptr<Tiers> compile(const projects::Snapshot&);
};

/// By name; what names no value is true.
json::object benefits_of(const Tier&);

bool is_reached(const Tier&, const campaigns::Program&, const Standing&);
/// Everything that the tier asks for, met or not.
std::vector<Need> needs_of(const Tier&, const campaigns::Program&, const Standing&);

}  // namespace perennial::tiers
