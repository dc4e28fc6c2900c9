// What redeeming, rolling back and reading redemptions share.
#pragma once
#include <initializer_list>
#include <optional>
#include <string>

#include "modules/catalog/store.hpp"
#include "modules/customers/store.hpp"
#include "modules/ledger/store.hpp"
#include "modules/members/commands.hpp"
#include "modules/orders/store.hpp"
#include "modules/projects/route.hpp"
#include "modules/rewards/redemption_store.hpp"
#include "modules/webhooks/event_types.hpp"

namespace perennial::flows {

struct Redeemed {
    const rewards::Redemption* redemption = nullptr;
    const ledger::Card* card = nullptr;
    const customers::Customer* customer = nullptr;  ///< null = the card has no holder
    const orders::Order* order = nullptr;           ///< null = none was paid
    std::int64_t card_redemptions = 0;
    catalog::ItemRows thing;  ///< MATERIAL: what is handed out, as far as the catalogue has it
    const ledger::Card* given_card = nullptr;  ///< CAMPAIGN: which was topped up
    std::int64_t given_card_redemptions = 0;
};

/// The answer to redeeming, completing and rolling back.
json::object redeemed_json(const Redeemed&, const projects::Snapshot&);

/// What a MATERIAL reward hands out, by its document or by the copy that a redemption keeps.
catalog::ItemNames thing_of(const json::object& reward);
catalog::ItemRows find_thing(const projects::Context&, const rewards::Redemption&);

customers::Customer* holder_of(const projects::Context&, const RawId& customer);

/// On the card, by the actor, now.
rewards::Redemption new_redemption(const projects::Context&, const ledger::Card&);

/// Why points move: `by` is "redemption" or "rollback".
members::Why why_of(std::string_view by, const rewards::Redemption&);

/// Emits the events, first to the holder.
void tell(const projects::Context&, const Redeemed&, customers::Customer*,
          std::initializer_list<webhooks::EventType> to_holder,
          std::optional<webhooks::EventType> to_all);

/// What the conditions of rewards see of a member. Points into itself: it stays where it is made.
struct RewardMember {
    RewardMember(const projects::Snapshot&, const customers::Customer* holder, const ledger::Card&,
                 Timestamp now, std::string_view channel);
    RewardMember(const RewardMember&) = delete;
    RewardMember& operator=(const RewardMember&) = delete;

    members::CustomerView view;
    std::string date;
    std::string channel;
    earning::ContextFacts surroundings;
    rewards::MemberFacts facts;
};

/// The facts that definitions and the card give; `now` is the card rolled forward. What it points to
/// must outlive it.
rewards::RedemptionFacts facts_of(const projects::Snapshot&, const members::Rulebook&,
                                  const ledger::Card& now, const rewards::Reward&,
                                  const rewards::Assignment*, std::int64_t used,
                                  const RewardMember*);

}  // namespace perennial::flows
