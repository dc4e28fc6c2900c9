#include "modules/ledger/decide.hpp"

#include <gtest/gtest.h>

#include <random>

#include "modules/ledger/tests/card_text.hpp"

namespace perennial::ledger {
namespace {

const Timestamp now = test::day("2024-01-10");

std::string outcome(const Result<Posting>& posting) {
    if (posting) return test::steps_text(*posting);
    const std::string& details = posting.error().details;
    const auto at = details.find(": ");
    return std::string(posting.error().code->key) +
           (at == std::string::npos ? "" : details.substr(at));
}

TEST(Burn, TakesWhatEndsFirst) {
    for (const auto& [line, cells] : test::read_table("ledger/tests/cases/burn.txt")) {
        const Card card = test::card_from(cells[0]);
        EXPECT_EQ(outcome(burn(card, EntryKind::redemption, Points(std::stoll(cells[1])), now)),
                  cells[2])
            << "burn.txt:" << line;
    }
}

TEST(TakeBack, FollowsTheOrder) {
    for (const auto& [line, cells] : test::read_table("ledger/tests/cases/take_back.txt")) {
        Card card = test::card_from(cells[0]);
        const TakenBack taken =
            take_back(card, static_cast<std::uint32_t>(std::stoul(cells[1])),
                      Points(std::stoll(cells[2])), Points(std::stoll(cells[3])),
                      cells[4] == "yes", now);
        EXPECT_EQ(taken.pending ? test::steps_text(*taken.pending) : "none", cells[5])
            << "take_back.txt:" << line;
        EXPECT_EQ(taken.active ? test::steps_text(*taken.active) : "none", cells[6])
            << "take_back.txt:" << line;
        EXPECT_EQ(taken.already_expired.value, std::stoll(cells[7])) << "take_back.txt:" << line;
        EXPECT_EQ(taken.shortfall.value, std::stoll(cells[8])) << "take_back.txt:" << line;
        if (taken.pending) apply(*taken.pending, card);
        if (taken.active) apply(*taken.active, card);
    }
}

TEST(Credit, PaysDebtFirst) {
    for (const auto& [line, cells] : test::read_table("ledger/tests/cases/credit.txt")) {
        Card card = test::card_from(cells[0]);
        const Points before = card.balance;
        const Points points(std::stoll(cells[1]));
        std::optional<Timestamp> pends;
        std::optional<Timestamp> ends;
        if (!cells[2].empty()) pends = test::day(cells[2]);
        if (!cells[3].empty()) ends = test::day(cells[3]);
        const auto posting = credit(card, EntryKind::accrual, points, now, ends, pends);
        ASSERT_TRUE(posting.has_value());
        EXPECT_EQ(test::steps_text(*posting), cells[4]) << "credit.txt:" << line;
        apply(*posting, card);
        EXPECT_EQ(test::lots_text(card), cells[5]) << "credit.txt:" << line;
        EXPECT_EQ(card.balance - before, pends ? Points() : points) << "credit.txt:" << line;
    }
}

TEST(Credit, RefusesWhatDoesNotFit) {
    Card card = test::card_from("#1 1");
    EXPECT_EQ(outcome(credit(card, EntryKind::addition, Points(value_max), now, {})),
              "invalid_balance: a card holds at most 9007199254740991");
    EXPECT_TRUE(credit(card, EntryKind::addition, Points(value_max - 1), now, {}).has_value());
    card = test::card_from("#1 1 pends 2024-02-01");
    EXPECT_FALSE(credit(card, EntryKind::accrual, Points(value_max), now, {}, now).has_value());
}

TEST(Due, InOrderOfTime) {
    for (const auto& [line, cells] : test::read_table("ledger/tests/cases/due.txt")) {
        Card card = test::card_from(cells[0]);
        std::string seen;
        while (auto posting = due_posting(card, test::day(cells[1]))) {
            seen += (seen.empty() ? "" : "; ") + test::day_text(posting->effective_at) + ": " +
                    test::steps_text(*posting);
            apply(*posting, card);
        }
        EXPECT_EQ(seen.empty() ? "none" : seen, cells[2]) << "due.txt:" << line;
        EXPECT_EQ(test::lots_text(card), cells[3]) << "due.txt:" << line;
    }
}

TEST(Refund, PutsBackWhatWasTaken) {
    Card card = test::card_from("#1 30 ends 2024-03-31, #2 50, #3 20 ends 2024-01-31");
    const Card before = card;
    const auto spent = burn(card, EntryKind::redemption, Points(45), now);
    const auto steps = refund_steps(before, *spent);
    apply(*spent, card);
    EXPECT_EQ(test::lots_text(card), "#1 5 ends 2024-03-31, #2 50");
    const Posting back = refund(card, steps, now);
    EXPECT_EQ(test::steps_text(back), "#3 +20, #1 +25");
    apply(back, card);
    EXPECT_EQ(test::lots_text(card), test::lots_text(before));
    EXPECT_EQ(card.balance, before.balance);
    EXPECT_EQ(card.redeemed, Points());
}

TEST(Refund, AfterTheEndExpiresAgain) {
    Card card = test::card_from("#1 20 ends 2024-01-31");
    const Card before = card;
    const auto spent = burn(card, EntryKind::redemption, Points(20), now);
    apply(*spent, card);
    const Timestamp later = test::day("2024-02-10");
    EXPECT_FALSE(due_posting(card, later).has_value());
    apply(refund(card, refund_steps(before, *spent), later), card);
    EXPECT_EQ(card.balance, Points(20));
    const auto due = due_posting(card, later);
    ASSERT_TRUE(due.has_value());
    EXPECT_EQ(test::steps_text(*due), "#1 -20");
}

// What the card's numbers must always say of each other.
void expect_sound(const Card& card) {
    Points active;
    Points pending;
    for (const Lot& lot : card.lots) {
        EXPECT_GT(lot.left.value, 0);
        (lot.pending() ? pending : active) += lot.left;
    }
    EXPECT_EQ(card.balance, active - card.debt);
    EXPECT_EQ(card.pending, pending);
    EXPECT_EQ(card.balance, card.credited - card.redeemed - card.expired - card.subtracted);
}

class Chance {
  public:
    explicit Chance(std::uint32_t seed) : random_(seed) {}
    std::int64_t upto(std::int64_t max) {
        return std::uniform_int_distribution<std::int64_t>(0, max)(random_);
    }
    std::mt19937& engine() { return random_; }

  private:
    std::mt19937 random_;
};

Card random_card(Chance& chance) {
    Card card;
    for (std::int64_t lots = chance.upto(8); lots > 0; --lots) {
        std::optional<Timestamp> ends;
        if (chance.upto(2) > 0) ends = Timestamp{now.ms + (1 + chance.upto(5)) * day_ms};
        std::optional<Timestamp> pends;
        if (chance.upto(3) == 0) pends = Timestamp{now.ms + (1 + chance.upto(3)) * day_ms};
        const auto posting = credit(card, pends ? EntryKind::pending_accrual : EntryKind::accrual,
                                    Points(1 + chance.upto(50)),
                                    Timestamp{now.ms - chance.upto(3) * day_ms}, ends, pends);
        apply(*posting, card);
    }
    return card;
}

std::map<std::uint32_t, std::int64_t> taken_by_lot(const Posting& posting) {
    std::map<std::uint32_t, std::int64_t> out;
    for (const LotChange& step : posting.lots) out[step.lot] += step.points.value;
    return out;
}

// Metamorphic: the order in which lots lie in memory means nothing.
TEST(Burn, LotsMayBeShuffled) {
    for (std::uint32_t seed = 1; seed <= 500; ++seed) {
        SCOPED_TRACE(seed);
        Chance chance(seed);
        Card card = random_card(chance);
        if (card.balance.is_zero()) continue;
        const Points points(1 + chance.upto(card.balance.value - 1));
        const auto straight = burn(card, EntryKind::redemption, points, now);
        std::ranges::shuffle(card.lots, chance.engine());
        const auto shuffled = burn(card, EntryKind::redemption, points, now);
        EXPECT_EQ(taken_by_lot(*straight), taken_by_lot(*shuffled));
    }
}

// Metamorphic: spending in two halves leaves the lots as spending at once does.
TEST(Burn, MayBeSplit) {
    for (std::uint32_t seed = 1; seed <= 500; ++seed) {
        SCOPED_TRACE(seed);
        Chance chance(seed);
        Card at_once = random_card(chance);
        if (at_once.balance.value < 2) continue;
        Card halves = at_once;
        const std::int64_t points = 2 + chance.upto(at_once.balance.value - 2);
        const std::int64_t first = 1 + chance.upto(points - 2);
        apply(*burn(at_once, EntryKind::redemption, Points(points), now), at_once);
        apply(*burn(halves, EntryKind::redemption, Points(first), now), halves);
        apply(*burn(halves, EntryKind::redemption, Points(points - first), now), halves);
        EXPECT_EQ(test::lots_text(at_once), test::lots_text(halves));
        expect_sound(halves);
    }
}

// Metamorphic: earn, then return all of it, is as if nothing had been earned, whatever was before
// and whatever was spent in between.
TEST(TakeBack, EarnThenReturnIsZero) {
    for (std::uint32_t seed = 1; seed <= 500; ++seed) {
        SCOPED_TRACE(seed);
        Chance chance(seed);
        Card card = random_card(chance);
        const Points before = card.balance + card.pending;
        const std::uint32_t own = card.next_lot;
        const bool pends = chance.upto(3) == 0;
        const auto earned = credit(
            card, pends ? EntryKind::pending_accrual : EntryKind::accrual,
            Points(1 + chance.upto(50)), now, std::nullopt,
            pends ? std::optional(Timestamp{now.ms + day_ms}) : std::nullopt);
        apply(*earned, card);
        const Points points = earned->points + earned->pending;
        Points spent;
        if (card.balance.value > 0 && chance.upto(1) == 0) {
            spent = Points(1 + chance.upto(card.balance.value - 1));
            apply(*burn(card, EntryKind::redemption, spent, now), card);
        }
        const TakenBack taken = take_back(card, own, points, Points(), true, now);
        EXPECT_TRUE(taken.shortfall.is_zero());
        if (taken.pending) apply(*taken.pending, card);
        if (taken.active) apply(*taken.active, card);
        EXPECT_EQ(card.balance + card.pending, before - spent);
        expect_sound(card);
    }
}

// Whatever happens to a card, its numbers agree, and packing changes nothing.
TEST(Card, StaysSound) {
    for (std::uint32_t seed = 1; seed <= 300; ++seed) {
        SCOPED_TRACE(seed);
        Chance chance(seed);
        Card card;
        Timestamp at = now;
        for (int step = 0; step < 40; ++step) {
            at.ms += chance.upto(2) * day_ms;
            while (auto due = due_posting(card, at)) apply(*due, card);
            const Points points(1 + chance.upto(40));
            switch (chance.upto(3)) {
                case 0:
                    apply(*credit(card, EntryKind::accrual, points, at,
                                  Timestamp{at.ms + (1 + chance.upto(9)) * day_ms}), card);
                    break;
                case 1:
                    apply(*credit(card, EntryKind::pending_accrual, points, at, std::nullopt,
                                  Timestamp{at.ms + (1 + chance.upto(4)) * day_ms}), card);
                    break;
                case 2:
                    if (auto posting = burn(card, EntryKind::redemption, points, at))
                        apply(*posting, card);
                    break;
                default: {
                    if (card.next_lot == 1) break;
                    const auto own = static_cast<std::uint32_t>(1 + chance.upto(card.next_lot - 2));
                    const TakenBack taken =
                        take_back(card, own, points, Points(), chance.upto(1) == 0, at);
                    if (taken.pending) apply(*taken.pending, card);
                    if (taken.active) apply(*taken.active, card);
                }
            }
            expect_sound(card);
            Card packed = card;
            packed.lots = unpack_lots(pack_lots(card.lots));
            EXPECT_EQ(test::lots_text(packed), test::lots_text(card));
        }
    }
}

}  // namespace
}  // namespace perennial::ledger
