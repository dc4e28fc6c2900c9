// A member spends points on a reward.
#pragma once
#include "app/flows/redemption_parts.hpp"

namespace perennial::flows {

struct RedeemReward {
    std::string campaign;  ///< id or name; empty = whatever program the card is of
    std::string member;    ///< code or "v_…"
    std::string reward;      ///< "rew_…"
    std::string assignment;  ///< "rewa_…", when no reward is named
    std::optional<Points> points;  ///< COIN: how many shall pay
    std::string order;             ///< COIN: id or source id of the order to pay; may be empty
    json::object metadata;
    bool hold = false;  ///< stays open until it is completed; so does each of a MANUAL reward
    std::optional<std::int64_t> hold_minutes;
};

void want(const RedeemReward&, work::Batch&, projects::ProjectNumber);
void want_more(const RedeemReward&, work::Batch&, projects::ProjectNumber);

/// Refuses in this order: not_found (campaign, card, reward, order), invalid_redemption (points that
/// pay for an order cannot be held), then as rewards::decide_redemption; voucher_disabled and
/// invalid_balance of the card that a CAMPAIGN reward tops up. What is refused by the business is
/// noted, and the error names the note. COIN: the order must be stored already, as CREATED; its
/// discount grows. Left out: COIN does not make or pay the order, and a MATERIAL reward makes no order.
rewards::Decided<Redeemed> redeem_reward(const RedeemReward&, const projects::Context&);

}  // namespace perennial::flows
