// A member spends points on a reward, and gets them back.
#pragma once
#include <optional>
#include <string>

#include "modules/catalog/store.hpp"
#include "modules/customers/store.hpp"
#include "modules/ledger/store.hpp"
#include "modules/orders/store.hpp"
#include "modules/projects/route.hpp"
#include "modules/rewards/redemption_store.hpp"

namespace perennial::flows {

struct RedeemReward {
    std::string campaign;  ///< id or name; empty = whatever program the card is of
    std::string member;    ///< code or "v_…"
    std::string reward;      ///< "rew_…"
    std::string assignment;  ///< "rewa_…", when no reward is named
    std::optional<Points> points;  ///< COIN: how many shall pay
    std::string order;             ///< COIN: id or source id of the order to pay; may be empty
    json::object metadata;
};

void want(const RedeemReward&, work::Batch&, projects::ProjectNumber);
void want_more(const RedeemReward&, work::Batch&, projects::ProjectNumber);

struct Redeemed {
    const rewards::Redemption* redemption = nullptr;
    const ledger::Card* card = nullptr;
    const customers::Customer* customer = nullptr;  ///< null = the card has no holder
    const orders::Order* order = nullptr;           ///< null = none was paid
    std::int64_t card_redemptions = 0;
    catalog::ItemRows thing;  ///< MATERIAL: what is handed out, as far as the catalogue has it
};
/// Refuses in this order: not_found (campaign, card, reward, order), then as
/// rewards::decide_redemption. COIN: the order must be stored already, as CREATED; its discount
/// grows. Left out: COIN does not make or pay the order, and a MATERIAL reward makes no order.
Result<Redeemed> redeem_reward(const RedeemReward&, const projects::Context&);

struct RollBackRedemption {
    std::string redemption;  ///< "r_…"
    std::string reason;
};

void want(const RollBackRedemption&, work::Batch&, projects::ProjectNumber);
void want_more(const RollBackRedemption&, work::Batch&, projects::ProjectNumber);

/// Points return into the lots they came from; of a lot that has ended meanwhile they expire at
/// once, and the ledger shows both. The piece goes back to stock, a COIN discount off an order that
/// is still CREATED. Refuses in this order: not_found, invalid_redemption (a rollback itself),
/// already_rolled_back, invalid_order (COIN: the order is paid; cancel it first).
Result<Redeemed> roll_back_redemption(const RollBackRedemption&, const projects::Context&);

/// What a MATERIAL reward hands out, by its document or by the copy that a redemption keeps.
catalog::ItemNames thing_of(const json::object& reward);

/// The answer of both.
json::object redeemed_json(const Redeemed&, const projects::Snapshot&);

}  // namespace perennial::flows
