#include "modules/ledger/decide.hpp"

#include <fmt/format.h>

namespace perennial::ledger {
namespace {

std::vector<const Lot*> burn_order(const Card& card) {
    std::vector<const Lot*> lots;
    for (const Lot& lot : card.lots)
        if (!lot.pending()) lots.push_back(&lot);
    std::ranges::sort(lots, {}, [&](const Lot* lot) {
        return std::tuple(card.end_of(*lot).value_or(never_ends), lot->earned_at, lot->number);
    });
    return lots;
}

// Takes up to `points` from the lots in burn order but `skip`; returns what was taken.
Points take_from_lots(const Card& card, Points points, std::uint32_t skip, Posting& posting) {
    Points taken;
    for (const Lot* lot : burn_order(card)) {
        if (taken == points) break;
        if (lot->number == skip) continue;
        const Points part = std::min(lot->left, points - taken);
        posting.lots.push_back({LotChange::Op::take, lot->number, part, {}, {}, {}});
        taken += part;
    }
    return taken;
}

}  // namespace

std::optional<Posting> due_posting(const Card& card, Timestamp now) {
    std::optional<Timestamp> activation;
    std::optional<Timestamp> expiry;
    for (const Lot& lot : card.lots) {
        if (lot.activates_at && *lot.activates_at <= now &&
            (!activation || *lot.activates_at < *activation))
            activation = lot.activates_at;
        if (const auto end = card.end_of(lot);
            !lot.activates_at && end && *end <= now && (!expiry || *end < *expiry))
            expiry = end;
    }
    if (activation && (!expiry || *activation <= *expiry)) {
        // One lot a posting: each pending lot is a thing of its own to the API.
        for (const Lot& lot : card.lots)
            if (lot.activates_at == activation) {
                Posting posting{EntryKind::activation, lot.left, -lot.left, *activation, {}, {}};
                posting.lots.push_back({LotChange::Op::activate, lot.number, lot.left, {}, {}, {}});
                Points pays = std::min(card.debt, lot.left);
                if (!pays.is_zero()) {
                    posting.lots.push_back({LotChange::Op::take, lot.number, pays, {}, {}, {}});
                    posting.lots.push_back({LotChange::Op::debt, 0, -pays, {}, {}, {}});
                }
                return posting;
            }
    }
    if (expiry) {
        Posting posting{EntryKind::expiration, {}, {}, *expiry, {}, {}};
        for (const Lot& lot : card.lots)
            if (!lot.activates_at && card.end_of(lot) == expiry) {
                posting.points -= lot.left;
                posting.lots.push_back({LotChange::Op::take, lot.number, lot.left, {}, {}, {}});
            }
        return posting;
    }
    return std::nullopt;
}

Result<Posting> credit(const Card& card, EntryKind kind, Points points, Timestamp now,
                       std::optional<Timestamp> expires_at,
                       std::optional<Timestamp> activates_at) {
    CHECK(points.value > 0);
    if (!fits(static_cast<int128_t>(card.credited.value) + points.value) ||
        !fits(static_cast<int128_t>(card.pending.value) + points.value))
        return refuse(error::invalid_balance,
                      fmt::format("{} more points do not fit: a card holds at most {}",
                                  points.value, value_max));
    Posting posting{kind, {}, {}, now, {}, {}};
    posting.lots.push_back(
        {LotChange::Op::open, card.next_lot, points, now, activates_at, expires_at});
    if (activates_at) {
        posting.pending = points;
        return posting;
    }
    posting.points = points;
    const Points pays = std::min(card.debt, points);
    if (!pays.is_zero()) {
        posting.lots.push_back({LotChange::Op::take, card.next_lot, pays, {}, {}, {}});
        posting.lots.push_back({LotChange::Op::debt, 0, -pays, {}, {}, {}});
    }
    return posting;
}

Result<Posting> burn(const Card& card, EntryKind kind, Points points, Timestamp now) {
    CHECK(points.value > 0);
    if (card.balance < points)
        return refuse(error::loyalty_card_points_exceeded,
                      fmt::format("The card has {} points, {} are needed: {} are missing",
                                  card.balance.value, points.value,
                                  (points - card.balance).value));
    Posting posting{kind, -points, {}, now, {}, {}};
    const Points taken = take_from_lots(card, points, 0, posting);
    CHECK(taken == points);
    return posting;
}

TakenBack take_back(const Card& card, std::uint32_t number, Points points, Points expired_of_lot,
                    bool allow_debt, Timestamp now) {
    CHECK(points.value > 0);
    TakenBack out;
    Points rest = points;
    const Lot* own = nullptr;
    for (const Lot& lot : card.lots)
        if (lot.number == number) own = &lot;
    if (own != nullptr && own->pending()) {
        const Points part = std::min(own->left, rest);
        out.pending = Posting{EntryKind::pending_cancellation, {}, -part, now, {}, {}};
        out.pending->lots.push_back({LotChange::Op::take, number, part, {}, {}, {}});
        rest -= part;
        own = nullptr;
    }
    Posting posting{EntryKind::cancellation, {}, {}, now, {}, {}};
    if (own != nullptr && !rest.is_zero()) {
        const Points part = std::min(own->left, rest);
        posting.lots.push_back({LotChange::Op::take, number, part, {}, {}, {}});
        posting.points -= part;
        rest -= part;
    }
    out.already_expired = std::min(rest, expired_of_lot);
    rest -= out.already_expired;
    if (!rest.is_zero()) {
        const Points part = take_from_lots(card, rest, number, posting);
        posting.points -= part;
        rest -= part;
    }
    if (!rest.is_zero() && allow_debt) {
        posting.lots.push_back({LotChange::Op::debt, 0, rest, {}, {}, {}});
        posting.points -= rest;
        rest = Points();
    }
    out.shortfall = rest;
    if (!posting.lots.empty()) out.active = std::move(posting);
    return out;
}

Result<Posting> adjust_pending(const Card& card, std::uint32_t number, Points points,
                               Timestamp now) {
    CHECK(!points.is_zero());
    const auto lot = std::ranges::find(card.lots, number, &Lot::number);
    CHECK(lot != card.lots.end() && lot->pending());
    if (points.value > 0 && !fits(static_cast<int128_t>(card.pending.value) + points.value))
        return refuse(error::invalid_balance,
                      fmt::format("{} more points do not fit: a card holds at most {}",
                                  points.value, value_max));
    if (lot->left < -points)
        return refuse(error::loyalty_card_points_exceeded,
                      fmt::format("{} points pend there, {} cannot be taken", lot->left.value,
                                  -points.value));
    const bool adds = points.value > 0;
    Posting posting{adds ? EntryKind::pending_accrual : EntryKind::pending_cancellation,
                    {}, points, now, {}, {}};
    posting.lots.push_back({adds ? LotChange::Op::put : LotChange::Op::take, number,
                            adds ? points : -points, lot->earned_at, lot->activates_at,
                            lot->expires_at});
    return posting;
}

std::vector<LotChange> refund_steps(const Card& before, const Posting& spent) {
    std::vector<LotChange> steps;
    for (const LotChange& change : spent.lots) {
        if (change.op == LotChange::Op::idle) continue;
        CHECK(change.op == LotChange::Op::take);
        for (const Lot& lot : before.lots)
            if (lot.number == change.lot)
                steps.push_back({LotChange::Op::put, change.lot, change.points, lot.earned_at,
                                 std::nullopt, lot.expires_at});
    }
    return steps;
}

Posting refund(const Card& card, std::vector<LotChange> steps, Timestamp now) {
    Posting posting{EntryKind::refund, {}, {}, now, {}, {}};
    Points owed = card.debt;
    for (LotChange& step : steps) {
        if (step.expires_at) step.expires_at = std::max(*step.expires_at, now);
        posting.points += step.points;
        posting.lots.push_back(step);
        const Points pays = std::min(owed, step.points);
        if (pays.is_zero()) continue;
        posting.lots.push_back({LotChange::Op::take, step.lot, pays, {}, {}, {}});
        posting.lots.push_back({LotChange::Op::debt, 0, -pays, {}, {}, {}});
        owed -= pays;
    }
    if (card.idle_until && *card.idle_until < now)
        posting.lots.push_back({LotChange::Op::idle, 0, {}, {}, std::nullopt, now});
    return posting;
}

const HeldPoints* next_held(const Card& card, Timestamp now) {
    const HeldPoints* out = nullptr;
    for (const HeldPoints& one : card.held)
        if (!one.is_back && one.until <= now && (out == nullptr || one.until < out->until))
            out = &one;
    return out;
}

Posting tier_change(const TierId& tier, Timestamp at) {
    return Posting{EntryKind::tier_change, {}, {}, at, {}, tier};
}

}  // namespace perennial::ledger
