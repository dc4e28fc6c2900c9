#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cel/program.hpp"
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

/// api.md 10.6. A CAMPAIGN reward tops up the member's card of another loyalty program; those that
/// hand out codes come with voucher campaigns and are refused with not_implemented.
enum class Type : std::uint8_t { material, coin, campaign };

/// Ours: what a reward is beyond its type.
enum class Kind : std::uint8_t { product, donation, experience, early_access };

struct Reward {
    RewardId id;
    std::string name;
    Type type = Type::material;
    Kind kind = Kind::product;
    std::optional<std::int64_t> stock;  ///< pieces, or places, in all; nothing = unlimited
    std::int64_t exchange_ratio = 1;    ///< coin: `points_ratio` points pay this many currency units
    std::int64_t points_ratio = 1;
    campaigns::ProgramId tops_up;  ///< campaign: whose card gets `balance` points
    Points balance;
    std::string recipient;                ///< donation: who is given to
    Money donation;                       ///< donation at a price: what one gives
    std::optional<Timestamp> available_from;
    std::optional<Timestamp> available_until;  ///< also the begin of an experience, the end of an access
    bool manual = false;  ///< redemptions stay open until somebody completes them
    std::int64_t hold_minutes = 24 * 60;  ///< how long an open one is held
};

/// A CEL condition over customer and context, as earning rules of tier events see them.
struct Condition {
    std::string source;
    std::optional<cel::Program> program;  ///< nothing = no longer compiles: never met
};
Condition compile_condition(std::string_view source);

struct Assignment {
    AssignmentId id;
    RewardId reward;
    campaigns::ProgramId program;
    Points points;  ///< the price; coin rewards have none
    /// The first whose condition is met replaces `points`, before the tier's mapping.
    struct Price {
        Condition condition;
        Points points;
    };
    std::vector<Price> prices;
    std::vector<ledger::TierId> tiers;   ///< of these only; empty = of all and none
    std::optional<Condition> condition;  ///< of whom it holds for only
    bool listed_for_all = true;  ///< listed, with what is missing, also for whom it is not for
    bool auto_redeem = false;  ///< at the midnight after the points reach the price; one of a program

    bool has_conditions() const { return condition.has_value() || !prices.empty(); }
};

struct Rewards {
    std::vector<Reward> all;
    std::vector<Assignment> assignments;
    std::map<campaigns::ProgramId, std::size_t> automatics;  ///< place in `assignments`

    const Reward* find(const RewardId&) const;
    const Assignment* find_assignment(const AssignmentId&) const;
    const Assignment* assigned(const campaigns::ProgramId&, const RewardId&) const;
    /// What the program redeems by itself; null = nothing.
    const Assignment* automatic(const campaigns::ProgramId&) const;
    static std::unique_ptr<Rewards> compile(const projects::Snapshot&);
};

}  // namespace perennial::rewards
