#include "modules/members/roll.hpp"

#include "modules/members/yearly.hpp"

namespace perennial::members {
namespace {

// What counted in a period that ends is looked at before the first points of the next one count.
bool counts_by_period(const campaigns::TierPolicy& policy) {
    return policy.counting == campaigns::TierPolicy::Counting::period &&
           policy.period != campaigns::TierPolicy::Period::forever &&
           policy.metric != campaigns::TierPolicy::Metric::balance;
}

}  // namespace

void apply_move(const tiers::Move& move, ledger::Card& card) { tiers::apply(move, card); }

void roll_forward(ledger::Card& card, const Rulebook& book, Timestamp now,
                  FunctionRef<void(Step)> take) {
    for (;;) {
        auto posting = ledger::due_posting(card, now);
        auto due = tiers::next_due(card, book.program, book.tiers, book.zone);
        if (due && *due > now) due.reset();
        if (const auto day = card.yearly_at; day && *day <= now &&
                                             (!posting || *day < posting->effective_at) &&
                                             (!due || *day < *due)) {
            celebrate(card, book, take);
            continue;
        }
        if (!posting && !due) return;
        if (due && (!posting || *due < posting->effective_at ||
                    (*due == posting->effective_at &&
                     (posting->kind != ledger::EntryKind::activation ||
                      counts_by_period(book.program.tier_policy))))) {
            const tiers::Move move =
                tiers::at_due(card, book.program, book.tiers, *due, book.zone);
            CHECK(!move.until || *move.until > *due);
            take({ledger::tier_change(move.to, *due), move});
            continue;
        }
        const Timestamp at = posting->effective_at;
        const Points activated =
            posting->kind == ledger::EntryKind::activation ? -posting->pending : Points();
        take({std::move(*posting), std::nullopt});
        if (!activated.is_zero())
            tiers::count_points(card, book.program, activated, at, book.zone);
        if (auto move = tiers::evaluate(card, book.program, book.tiers, at, book.zone))
            take({ledger::tier_change(move->to, at), *move});
    }
}

ledger::Card rolled(ledger::Card card, const Rulebook& book, Timestamp now) {
    roll_forward(card, book, now, [&](Step step) {
        ledger::apply(step.posting, card);
        if (step.move) apply_move(*step.move, card);
    });
    return card;
}

}  // namespace perennial::members
