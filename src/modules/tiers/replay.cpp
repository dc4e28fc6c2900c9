#include "modules/tiers/replay.hpp"

namespace perennial::tiers {

ledger::Card replay(const ledger::Card& of, const std::vector<Fact>& facts,
                    const campaigns::Program& program, const Tiers& tiers, Timestamp now,
                    const TimeZone& zone) {
    constexpr int moves_max = 4;
    ledger::Card card;
    card.project = of.project;
    card.id = of.id;
    card.program = of.program;
    card.created_at = of.created_at;
    const auto take = [&](const Move& move) {
        card.tier = move.to;
        apply(move, card);
    };
    const auto go_to = [&](Timestamp at) {
        for (auto due = next_due(card, program, tiers, zone); due && *due <= at;
             due = next_due(card, program, tiers, zone))
            take(at_due(card, program, tiers, *due, zone));
    };
    const auto decide = [&](Timestamp at) {
        for (int i = 0; i < moves_max; ++i) {
            const auto move = evaluate(card, program, tiers, at, zone);
            if (!move) break;
            take(*move);
        }
        note(card, program, tiers, at, zone);
    };
    decide(of.created_at);
    for (const Fact& fact : facts) {
        if (fact.at > now) break;
        go_to(fact.at);
        if (fact.balance) card.balance = *fact.balance;
        if (!fact.points.is_zero()) count_points(card, program, fact.points, fact.counts_at, zone);
        if (!fact.spend.is_zero()) count_spend(card, program, fact.spend, fact.counts_at, zone);
        if (fact.orders != 0) count_orders(card, program, fact.orders, fact.counts_at, zone);
        decide(fact.at);
    }
    go_to(now);
    note(card, program, tiers, now, zone);
    return card;
}

}  // namespace perennial::tiers
