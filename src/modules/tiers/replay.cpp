#include "modules/tiers/replay.hpp"

namespace perennial::tiers {

Life::Life(const ledger::Card& of, const campaigns::Program& program, const Tiers& tiers,
           const TimeZone& zone)
    : program_(program), tiers_(tiers), zone_(zone) {
    card.project = of.project;
    card.id = of.id;
    card.program = of.program;
    card.created_at = of.created_at;
}

void Life::take(const Move& move, Told told) {
    is_noted_ = false;
    card.tier = move.to;
    apply(move, card);
    told(move);
}

std::optional<Timestamp> Life::due() const {
    if (!is_noted_) return next_due(card, program_, tiers_, zone_);
    std::optional<Timestamp> first = card.tier_until;
    for (const auto& at : {card.tier_state.next_at, card.tier_state.look_at})
        if (at && (!first || *at < *first)) first = at;
    return first;
}

void Life::go_to(Timestamp at, Told told) {
    for (auto next = due(); next && *next <= at; next = due()) {
        const Move move = at_due(card, program_, tiers_, *next, zone_);
        take(move, told);
        if (begins_later(move)) decide(*next, told);
    }
}

void Life::decide(Timestamp at, Told told) {
    constexpr int moves_max = 4;
    for (int i = 0; i < moves_max; ++i) {
        const auto move = evaluate(card, program_, tiers_, at, zone_);
        if (!move) break;
        take(*move, told);
    }
    note(card, program_, tiers_, at, zone_);
    is_noted_ = true;
}

ledger::Card replay(const ledger::Card& of, const std::vector<Fact>& facts,
                    const campaigns::Program& program, const Tiers& tiers, Timestamp now,
                    const TimeZone& zone) {
    Life life(of, program, tiers, zone);
    const auto nobody = [](const Move&) {};
    life.decide(of.created_at, nobody);
    for (const Fact& fact : facts) {
        if (fact.at > now) break;
        life.go_to(fact.at, nobody);
        if (fact.balance) life.card.balance = *fact.balance;
        if (!fact.points.is_zero())
            count_points(life.card, program, fact.points, fact.counts_at, zone);
        if (!fact.spend.is_zero()) count_spend(life.card, program, fact.spend, fact.counts_at, zone);
        if (fact.orders != 0) count_orders(life.card, program, fact.orders, fact.counts_at, zone);
        life.decide(fact.at, nobody);
    }
    life.go_to(now, nobody);
    note(life.card, program, tiers, now, zone);
    return std::move(life.card);
}

}  // namespace perennial::tiers
