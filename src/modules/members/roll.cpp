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

namespace {

// Points of an open redemption whose time is over. The tier is decided once what of them has ended is
// gone as well.
void take_held_back(ledger::Card& card, const Rulebook& book, const RawId& redemption,
                    FunctionRef<void(Step)> take) {
    ledger::HeldPoints* held = card.find_held(redemption);
    const Timestamp at = held->until;
    held->is_back = true;
    take({ledger::refund(card, held->steps, at), std::nullopt, nullptr, *held});
    const auto next = ledger::due_posting(card, at);
    if (next && next->kind == ledger::EntryKind::expiration) return;
    settle_tier(card, book, at, take);
}

}  // namespace

void settle_tier(const ledger::Card& card, const Rulebook& book, Timestamp at,
                 FunctionRef<void(Step)> take) {
    constexpr int moves_max = 4;
    for (int i = 0; i < moves_max; ++i) {
        const auto move = tiers::evaluate(card, book.program, book.tiers, at, book.zone);
        if (!move) return;
        take({ledger::tier_change(move->to, at), *move, nullptr, std::nullopt});
    }
}

void keep_alive(const ledger::Card& card, const Rulebook& book, ledger::Posting& posting) {
    switch (posting.kind) {
        case ledger::EntryKind::accrual:
        case ledger::EntryKind::pending_accrual:
        case ledger::EntryKind::addition:
        case ledger::EntryKind::transfer_in:
        case ledger::EntryKind::transfer_out:
        case ledger::EntryKind::redemption: break;
        default: return;
    }
    if (std::ranges::any_of(posting.lots, [](const ledger::LotChange& change) {
            return change.op == ledger::LotChange::Op::idle;
        }))
        return;
    std::optional<Timestamp> end;
    if (book.program.inactivity) {
        Timestamp from = posting.effective_at;
        for (const ledger::Lot& lot : card.lots) from = std::max(from, lot.activates_at.value_or(from));
        for (const ledger::LotChange& change : posting.lots)
            from = std::max(from, change.activates_at.value_or(from));
        end = book.zone.end_of(book.program.inactivity->after(book.zone.local_date(from)));
        if (card.idle_until) end = std::max(end, card.idle_until);
    }
    if (end != card.idle_until)
        posting.lots.push_back({ledger::LotChange::Op::idle, 0, {}, {}, std::nullopt, end});
}

void apply_move(const tiers::Move& move, ledger::Card& card) { tiers::apply(move, card); }

void roll_forward(ledger::Card& card, const Rulebook& book, Timestamp now,
                  FunctionRef<void(Step)> take) {
    for (;;) {
        auto posting = ledger::due_posting(card, now);
        auto due = tiers::next_due(card, book.program, book.tiers, book.zone);
        if (due && *due > now) due.reset();
        if (const ledger::HeldPoints* held = ledger::next_held(card, now);
            held != nullptr && (!posting || held->until <= posting->effective_at) &&
            (!due || held->until <= *due) &&
            (!card.yearly_at || held->until <= *card.yearly_at)) {
            take_held_back(card, book, held->redemption, take);
            continue;
        }
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
            take({ledger::tier_change(move.to, *due), move, nullptr, std::nullopt});
            if (tiers::begins_later(move)) settle_tier(card, book, *due, take);
            continue;
        }
        const Timestamp at = posting->effective_at;
        const Points activated =
            posting->kind == ledger::EntryKind::activation ? -posting->pending : Points();
        take({std::move(*posting), std::nullopt, nullptr, std::nullopt});
        if (!activated.is_zero())
            tiers::count_points(card, book.program, activated, at, book.zone);
        settle_tier(card, book, at, take);
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
