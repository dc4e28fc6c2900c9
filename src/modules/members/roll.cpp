#include "modules/members/roll.hpp"

namespace perennial::members {

void apply_move(const tiers::Move& move, ledger::Card& card) {
    card.tier_since = move.to.is_nil() ? std::nullopt : std::optional(move.since);
    card.tier_until = move.until;
}

void roll_forward(ledger::Card& card, const Rulebook& book, Timestamp now,
                  FunctionRef<void(Step)> take) {
    for (;;) {
        auto posting = ledger::due_posting(card, now);
        const bool tier_ends = card.tier_until && *card.tier_until <= now;
        if (!posting && !tier_ends) return;
        if (tier_ends &&
            (!posting || *card.tier_until < posting->effective_at ||
             (*card.tier_until == posting->effective_at &&
              posting->kind != ledger::EntryKind::activation))) {
            const tiers::Move move = tiers::at_end(card, book.program, book.tiers, book.zone);
            CHECK(!move.until || *move.until > *card.tier_until);
            take({ledger::tier_change(move.to, *card.tier_until), move});
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
