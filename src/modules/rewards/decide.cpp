#include "modules/rewards/decide.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "cel/arena.hpp"
#include "cel/value.hpp"

namespace perennial::rewards {
namespace {

using What = Missing::What;

bool pays_orders(const Reward& reward) {
    return reward.type == Type::coin && reward.kind != Kind::donation;
}

std::string amount_text(std::int64_t minor) {
    return fmt::format("{}.{:02}", minor / minor_units, minor % minor_units);
}

// Minor units that so many points are worth under the ratio.
int128_t worth(const Reward& reward, Points points) {
    return static_cast<int128_t>(points.value) * reward.exchange_ratio * minor_units /
           reward.points_ratio;
}

// The least points that are worth anything.
Points least_points(const Reward& reward) {
    const int128_t unit = static_cast<int128_t>(reward.exchange_ratio) * minor_units;
    return Points(static_cast<std::int64_t>((reward.points_ratio + unit - 1) / unit));
}

bool is_of_tiers(const RedemptionFacts& facts) {
    const auto& tiers = facts.assignment->tiers;
    return tiers.empty() ||
           (facts.tier != nullptr && std::ranges::find(tiers, facts.tier->id) != tiers.end());
}

bool meets_condition(const RedemptionFacts& facts) {
    if (!facts.assignment->condition) return true;
    CHECK(facts.member != nullptr);
    return holds(*facts.assignment->condition, *facts.member);
}

Missing points_missing(const ledger::Card& card, Points needed) {
    const Points short_of = needed - card.balance;
    return {What::points,
            fmt::format("The card has {} points, {} are needed: {} are missing", card.balance.value,
                        needed.value, short_of.value),
            short_of.value};
}

Missing order_missing(const RedemptionFacts& facts) {
    const std::int64_t short_of = facts.minimum_order.value - facts.order_amount.value;
    return {What::order_amount,
            fmt::format("Points pay for orders from {} on; this one is {}: {} is missing",
                        amount_text(facts.minimum_order.value),
                        amount_text(facts.order_amount.value), amount_text(short_of)),
            short_of};
}

bool below_minimum(const RedemptionFacts& facts) {
    return pays_orders(facts.reward) && facts.order_total &&
           facts.order_amount < facts.minimum_order;
}

// All but points, the order and what only a redemption knows.
std::vector<Missing> closed_doors(const RedemptionFacts& facts, Timestamp now) {
    std::vector<Missing> out;
    const Reward& reward = facts.reward;
    if (!facts.program.runs_at(now))
        out.push_back({What::program, fmt::format("The program {} is off, not begun or over",
                                                  facts.program.name)});
    if (!facts.card.active)
        out.push_back({What::card, fmt::format("The card {} is disabled", facts.card.code)});
    if (reward.available_from && now < *reward.available_from)
        out.push_back({What::date_from,
                       fmt::format("It can be had from {} on", reward.available_from->iso()), 0,
                       reward.available_from});
    if (reward.available_until && *reward.available_until <= now)
        out.push_back({What::date_until,
                       fmt::format("It could be had until {}", reward.available_until->iso()), 0,
                       reward.available_until});
    if (!is_of_tiers(facts))
        out.push_back({What::tier, "It is for members of certain tiers", 0, {},
                       facts.assignment->tiers});
    if (!meets_condition(facts))
        out.push_back({What::condition, fmt::format("Its condition is not met: {}",
                                                    facts.assignment->condition->source)});
    if (reward.stock && facts.used >= *reward.stock)
        out.push_back({What::stock, fmt::format("All {} pieces are gone", *reward.stock)});
    return out;
}

const ErrorCode& code_of(What what) {
    switch (what) {
        case What::program: return error::campaign_not_active;
        case What::card: return error::voucher_disabled;
        case What::date_from:
        case What::date_until: return error::redemption_rules_violated;
        case What::tier:
        case What::condition: return error::customer_rules_violated;
        case What::stock: return error::reward_out_of_stock;
        case What::order_amount: return error::order_rules_violated;
        case What::points: return ledger::error::loyalty_card_points_exceeded;
    }
    return error::redemption_rules_violated;
}

Error error_of(const Missing& missing) { return {&code_of(missing.what), missing.message}; }

struct Payment {
    Points points;
    Money discount;
    Money donation;
};

std::unexpected<Error> refuse_small(Points wished) {
    return refuse(error::invalid_order,
                  fmt::format("{} points pay less than the smallest amount", wished.value));
}

Result<Payment> decide_donation(const Reward& reward, std::optional<Points> wished) {
    if (!wished)
        return refuse(error::missing_parameters,
                      "Say in `reward.points` how many points shall be given");
    const int128_t value = worth(reward, *wished);
    if (value <= 0) return refuse_small(*wished);
    if (!fits(value))
        return refuse(error::invalid_amount, "So many points are worth more than an amount holds");
    return Payment{*wished, {}, Money(static_cast<std::int64_t>(value))};
}

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
    const int128_t value = worth(facts.reward, *wished);
    if (value <= 0) return refuse_small(*wished);
    if (below_minimum(facts)) return std::unexpected(error_of(order_missing(facts)));
    if (value <= facts.order_total->value)
        return Payment{*wished, Money(static_cast<std::int64_t>(value)), {}};
    const int128_t unit_value = static_cast<int128_t>(facts.reward.exchange_ratio) * minor_units;
    const int128_t owed = static_cast<int128_t>(facts.order_total->value) *
                          facts.reward.points_ratio;
    const auto needed = static_cast<std::int64_t>((owed + unit_value - 1) / unit_value);
    return Payment{Points(needed), *facts.order_total, {}};
}

Result<Payment> decide_price(const RedemptionFacts& facts, std::optional<Points> wished,
                             Timestamp now) {
    const Reward& reward = facts.reward;
    if (pays_orders(reward)) return decide_payment(facts, wished);
    if (reward.type == Type::coin) return decide_donation(reward, wished);
    if (reward.type == Type::campaign) {
        if (facts.tops_up == nullptr || !facts.tops_up->runs_at(now))
            return refuse(error::campaign_not_active,
                          "The program whose points this reward gives is off, not begun or over");
        if (facts.card.customer.is_nil())
            return refuse(error::missing_customer,
                          "Nobody holds this card, so there is no other card to top up");
    }
    Payment payment{price_of(*facts.assignment, facts.tier, facts.member), {}, {}};
    if (reward.kind == Kind::donation) payment.donation = reward.donation;
    return payment;
}

}  // namespace

bool holds(const Condition& condition, const MemberFacts& member) {
    if (!condition.program) return false;
    std::array<cel::Value, earning::slot_count> slots;
    slots[earning::slot_customer] =
        cel::Value::structure(&member.customer, earning::customer_type);
    slots[earning::slot_context] = cel::Value::structure(&member.context, earning::context_type);
    cel::Arena arena;
    return condition.program->evaluate(slots, arena).is_true();
}

Points price_of(const Assignment& assignment, const tiers::Tier* tier, const MemberFacts* member) {
    Points price = assignment.points;
    if (member != nullptr) {
        const auto met = std::ranges::find_if(assignment.prices, [&](const Assignment::Price& one) {
            return holds(one.condition, *member);
        });
        if (met != assignment.prices.end()) price = met->points;
    }
    if (tier != nullptr)
        if (const auto mapping = tier->rewards.find(assignment.id); mapping != tier->rewards.end())
            return mapping->second.apply(price);
    return price;
}

std::string_view missing_key(What what) {
    switch (what) {
        case What::program: return "program_not_active";
        case What::card: return "card_disabled";
        case What::date_from: return "not_yet_available";
        case What::date_until: return "no_longer_available";
        case What::tier: return "tier_missing";
        case What::condition: return "condition_not_met";
        case What::stock: return "out_of_stock";
        case What::order_amount: return "order_amount_missing";
        case What::points: return "points_missing";
    }
    return "";
}

bool is_for(const RedemptionFacts& facts) { return is_of_tiers(facts) && meets_condition(facts); }

std::vector<Missing> what_is_missing(const RedemptionFacts& facts, Timestamp now) {
    CHECK(facts.assignment != nullptr);
    std::vector<Missing> out = closed_doors(facts, now);
    if (below_minimum(facts)) out.push_back(order_missing(facts));
    const Points needed = facts.reward.type == Type::coin
                              ? least_points(facts.reward)
                              : price_of(*facts.assignment, facts.tier, facts.member);
    if (facts.card.balance < needed) out.push_back(points_missing(facts.card, needed));
    return out;
}

Decided<RedemptionPlan> decide_redemption(const RedemptionFacts& facts,
                                          std::optional<Points> wished, Timestamp now) {
    if (facts.assignment == nullptr) {
        if (!facts.program.runs_at(now))
            return refuse(error::campaign_not_active,
                          fmt::format("The program {} is off, not begun or over",
                                      facts.program.name));
        if (!facts.card.active)
            return refuse(error::voucher_disabled,
                          fmt::format("The card {} is disabled", facts.card.code));
        Error refusal{&perennial::error::not_found,
                      fmt::format("The program {} does not offer the reward {}",
                                  facts.program.name, facts.reward.id.text())};
        refusal.resource_id = facts.reward.id.text();
        refusal.resource_type = "reward";
        return std::unexpected(std::move(refusal));
    }
    const auto refused = [&](Error why, std::optional<Points> needed) {
        std::vector<Missing> all = closed_doors(facts, now);
        if (below_minimum(facts)) all.push_back(order_missing(facts));
        if (needed && facts.card.balance < *needed)
            all.push_back(points_missing(facts.card, *needed));
        return std::unexpected(Refusal(std::move(why), std::move(all)));
    };
    const auto price = decide_price(facts, wished, now);
    const auto needed = price ? std::optional(price->points) : wished;
    const std::vector<Missing> doors = closed_doors(facts, now);
    if (!doors.empty()) return refused(error_of(doors.front()), needed);
    if (!price) return refused(price.error(), needed);
    RedemptionPlan plan{price->points, price->discount, price->donation, {}};
    if (plan.points.is_zero()) {  // a tier may have it for nothing
        plan.posting = {ledger::EntryKind::redemption, {}, {}, now, {}, {}};
        return plan;
    }
    if (facts.card.balance < plan.points)
        return refused(error_of(points_missing(facts.card, plan.points)), plan.points);
    TRY(posting, ledger::burn(facts.card, ledger::EntryKind::redemption, plan.points, now));
    plan.posting = std::move(posting);
    return plan;
}

}  // namespace perennial::rewards
