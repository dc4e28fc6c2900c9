#include "modules/rewards/decide.hpp"

#include <fmt/format.h>

namespace perennial::rewards {
namespace {

struct Payment {
    Points points;
    Money discount;
};

Result<Payment> decide_payment(const RedemptionFacts& facts, std::optional<Points> wished) {
    if (!facts.order_total)
        return refuse(error::missing_order,
                      "A COIN reward pays for an order: name one that is CREATED in `order`");
    if (!wished)
        return refuse(error::missing_parameters,
                      "Say in `reward.points` how many points shall pay");
    if (!facts.order_open)
        return refuse(error::invalid_order,
                      "Points pay only for an order that is CREATED, of the card's holder or of "
                      "nobody");
    if (facts.order_total->value <= 0)
        return refuse(error::invalid_order, "There is nothing left to pay of this order");
    const int128_t unit_value = static_cast<int128_t>(facts.reward.exchange_ratio) * minor_units;
    const int128_t value = wished->value * unit_value / facts.reward.points_ratio;
    if (value <= 0)
        return refuse(error::invalid_order,
                      fmt::format("{} points pay less than the smallest amount", wished->value));
    if (value <= facts.order_total->value)
        return Payment{*wished, Money(static_cast<std::int64_t>(value))};
    const int128_t owed = static_cast<int128_t>(facts.order_total->value) *
                          facts.reward.points_ratio;
    const auto needed = static_cast<std::int64_t>((owed + unit_value - 1) / unit_value);
    return Payment{Points(needed), *facts.order_total};
}

}  // namespace

Points price_of(const Assignment& assignment, const tiers::Tier* tier) {
    if (tier != nullptr)
        if (const auto mapping = tier->rewards.find(assignment.id); mapping != tier->rewards.end())
            return mapping->second.apply(assignment.points);
    return assignment.points;
}

Result<RedemptionPlan> decide_redemption(const RedemptionFacts& facts,
                                         std::optional<Points> wished, Timestamp now) {
    if (!facts.program.runs_at(now))
        return refuse(error::campaign_not_active,
                      fmt::format("The program {} is off, not begun or over", facts.program.name));
    if (!facts.card.active)
        return refuse(error::voucher_disabled,
                      fmt::format("The card {} is disabled", facts.card.code));
    if (facts.assignment == nullptr) {
        Error refusal{&perennial::error::not_found,
                      fmt::format("The program {} does not offer the reward {}",
                                  facts.program.name, facts.reward.id.text())};
        refusal.resource_id = facts.reward.id.text();
        refusal.resource_type = "reward";
        return std::unexpected(std::move(refusal));
    }
    if (facts.reward.type == Type::campaign)
        return refuse(perennial::error::not_implemented,
                      "CAMPAIGN rewards hand out codes; MATERIAL and COIN rewards are there");
    if (facts.reward.stock && facts.used >= *facts.reward.stock)
        return refuse(error::reward_out_of_stock,
                      fmt::format("All {} pieces are gone", *facts.reward.stock));
    RedemptionPlan plan;
    plan.points = price_of(*facts.assignment, facts.tier);
    if (facts.reward.type == Type::coin) {
        TRY(payment, decide_payment(facts, wished));
        plan.points = payment.points;
        plan.discount = payment.discount;
    }
    if (plan.points.is_zero()) {  // a tier may have it for nothing
        plan.posting = {ledger::EntryKind::redemption, {}, {}, now, {}, {}};
        return plan;
    }
    TRY(posting, ledger::burn(facts.card, ledger::EntryKind::redemption, plan.points, now));
    plan.posting = std::move(posting);
    return plan;
}

}  // namespace perennial::rewards
