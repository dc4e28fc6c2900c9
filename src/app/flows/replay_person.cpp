#include "app/flows/replay_person.hpp"

#include "app/flows/order_earning.hpp"

namespace perennial::flows {

ReplayPerson::ReplayPerson(const History& history)
    : holder_(history.holder), holder_id_(history.holder.id.text()) {}

const tiers::Tier* ReplayPerson::be_stored(const json::object* stored, const tiers::Tiers& tiers) {
    facts_ = {};
    facts_.id = holder_id_;
    if (holder_.source_id) facts_.source_id = *holder_.source_id;
    if (holder_.name) facts_.name = *holder_.name;
    if (holder_.email) facts_.email = *holder_.email;
    return stored == nullptr ? nullptr : read_stored(*stored, tiers, facts_);
}

void ReplayPerson::be_of_today(const tiers::Tier* tier, Points balance, const tiers::Tiers& tiers) {
    members::fill(today_, holder_, nullptr, tiers);
    facts_ = today_.facts;
    facts_.orders_count = orders_count_;
    facts_.orders_amount = orders_amount_.value;
    facts_.last_order_at = last_order_at_;
    put_points(balance);
    put_tier(tier);
}

void ReplayPerson::put_tier(const tiers::Tier* tier) {
    facts_.tier = tier == nullptr ? std::string_view() : std::string_view(tier->name);
    facts_.benefits = tier == nullptr ? json::object() : tiers::benefits_of(*tier);
}

void ReplayPerson::count(const orders::Order& order) {
    if (!orders::counts(order.status)) return;
    ++orders_count_;
    orders_amount_ += order.kept_amount();
    if (order.paid_at && (!last_order_at_ || *last_order_at_ <= *order.paid_at))
        last_order_at_ = order.paid_at;
}

}  // namespace perennial::flows
