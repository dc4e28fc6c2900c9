#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "modules/campaigns/model.hpp"

namespace perennial::rewards {

struct RewardTag {
    static constexpr std::string_view prefix = "rew_";
};
struct AssignmentTag {
    static constexpr std::string_view prefix = "rewa_";
};
struct RedemptionTag {
    static constexpr std::string_view prefix = "r_";
};
using RewardId = Id<RewardTag>;
using AssignmentId = Id<AssignmentTag>;
using RedemptionId = Id<RedemptionTag>;

/// api.md 10.6. CAMPAIGN rewards hand out codes and come with vouchers: until then they are refused
/// with not_implemented.
enum class Type : std::uint8_t { material, coin, campaign };

struct Reward {
    RewardId id;
    std::string name;
    Type type = Type::material;
    std::optional<std::int64_t> stock;  ///< pieces in all; nothing = unlimited
    std::int64_t exchange_ratio = 1;    ///< coin: `points_ratio` points pay this many currency units
    std::int64_t points_ratio = 1;
};

struct Assignment {
    AssignmentId id;
    RewardId reward;
    campaigns::ProgramId program;
    Points points;  ///< the price; coin rewards have none
};

struct Rewards {
    std::vector<Reward> all;
    std::vector<Assignment> assignments;

    const Reward* find(const RewardId&) const;
    const Assignment* find_assignment(const AssignmentId&) const;
    const Assignment* assigned(const campaigns::ProgramId&, const RewardId&) const;
    static std::unique_ptr<Rewards> compile(const projects::Snapshot&);
};

}  // namespace perennial::rewards
