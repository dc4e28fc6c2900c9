#include "modules/ledger/model.hpp"

#include <gtest/gtest.h>

#include "modules/ledger/tests/card_text.hpp"
#include "modules/ledger/totals.hpp"

namespace perennial::ledger {
namespace {

Entry sample() {
    Entry entry;
    static_cast<Posting&>(entry) = *credit(test::card_from("debt 3"), EntryKind::accrual,
                                           Points(10), test::day("2024-01-10"),
                                           test::day("2024-03-31"));
    entry.id = EntryId(*RawId::from_hex("00000000000000000000000000000002"));
    entry.card = CardId(*RawId::from_hex("00000000000000000000000000000001"));
    entry.seq = 1;
    entry.balance = Points(7);
    entry.salt = std::string(16, 'x');
    entry.detail = R"({"by":"manual"})";
    return entry;
}

TEST(Steps, SurvivePacking) {
    const Entry entry = sample();
    Posting back;
    unpack_steps(pack_steps(entry), back);
    EXPECT_EQ(test::steps_text(back), test::steps_text(entry));
    const TierId tier(*RawId::from_hex("000000000000000000000000000000aa"));
    Posting move = tier_change(tier, {});
    Posting read;
    unpack_steps(pack_steps(move), read);
    EXPECT_EQ(read.tier, tier);
}

TEST(Hash, CoversWhatMovesAndWhy) {
    const Entry entry = sample();
    const std::string hash = entry_hash(entry, pack_steps(entry), "before");
    EXPECT_EQ(hash.size(), 32u);
    EXPECT_NE(entry_hash(entry, pack_steps(entry), "other"), hash);
    Entry changed = entry;
    changed.balance += Points(1);
    EXPECT_NE(entry_hash(changed, pack_steps(changed), "before"), hash);
    changed = entry;
    changed.detail = R"({"by":"order"})";
    EXPECT_NE(entry_hash(changed, pack_steps(changed), "before"), hash);
    // Erasing a person leaves the proof whole.
    changed = entry;
    changed.commitment = entry_commitment(entry);
    changed.detail.clear();
    changed.salt.clear();
    EXPECT_EQ(entry_hash(changed, pack_steps(changed), "before"), hash);
}

TEST(Apply, RefusesWhatDoesNotAddUp) {
    Card card = test::card_from("#1 10");
    Posting posting{EntryKind::removal, Points(-5), {}, {}, {}, {}};
    EXPECT_THROW(apply(posting, card), InvariantBroken);
    posting.lots.push_back({LotChange::Op::take, 1, Points(11), {}, {}, {}});
    EXPECT_THROW(apply(posting, card), InvariantBroken);
    posting.lots[0] = {LotChange::Op::take, 2, Points(5), {}, {}, {}};
    EXPECT_THROW(apply(posting, card), InvariantBroken);
}

TEST(Totals, AddUpToZeroWithTheCounterAccounts) {
    std::int64_t value = 1;
    Totals totals;
    for (int kind = 1; kind <= 13; ++kind) {
        const auto k = static_cast<EntryKind>(kind);
        EXPECT_EQ(sum_name(k, "2036-03").empty(), k == EntryKind::tier_change) << kind;
        if (k == EntryKind::tier_change) continue;
        totals.of_kind[static_cast<std::size_t>(kind)] = value;
        value *= 3;
    }
    EXPECT_EQ(totals.spendable() + totals.pending() + totals.issued() + totals.redeemed() +
                  totals.expired() + totals.adjusted() + totals.transferred(),
              0);
    EXPECT_EQ(sum_name(EntryKind::accrual, "2036-03"), "ledger.accrual@2036-03");
}

TEST(Outflows, NameTheMonthInWhichPointsWereEarned) {
    const Card card = test::card_from("#1 30 earned 2024-01-05, #2 20 pends 2024-03-01 earned 2024-02-05");
    Posting spent{EntryKind::redemption, Points(-10), {}, test::day("2024-03-01"), {}, {}};
    spent.lots.push_back({LotChange::Op::take, 1, Points(10), {}, {}, {}});
    auto gone = outflows(spent, card);
    ASSERT_EQ(gone.size(), 1u);
    EXPECT_EQ(gone[0].what, Outflow::redeemed);
    EXPECT_EQ(month_of(gone[0].earned_at, TimeZone()), "2024-01");
    EXPECT_EQ(gone[0].points, 10);
    // Given back: they flow in again, to where they came from.
    Posting back{EntryKind::refund, Points(10), {}, test::day("2024-03-02"), {}, {}};
    back.lots.push_back(
        {LotChange::Op::put, 1, Points(10), card.lots[0].earned_at, std::nullopt, std::nullopt});
    gone = outflows(back, card);
    EXPECT_EQ(gone[0].points, -10);
    // A lot that pays a debt when it is opened.
    Posting pays{EntryKind::accrual, Points(5), {}, test::day("2024-04-01"), {}, {}};
    pays.lots.push_back(
        {LotChange::Op::open, 3, Points(5), test::day("2024-04-01"), std::nullopt, std::nullopt});
    pays.lots.push_back({LotChange::Op::take, 3, Points(5), {}, {}, {}});
    gone = outflows(pays, card);
    ASSERT_EQ(gone.size(), 1u);
    EXPECT_EQ(gone[0].what, Outflow::other);
    EXPECT_EQ(month_of(gone[0].earned_at, TimeZone()), "2024-04");
}

TEST(Idle, EndsAllButWhatNeverEnds) {
    Card card = test::card_from("#1 30, #2 20 ends 2024-12-31, #3 5, idle until 2024-06-01");
    card.lots[2].expires_at = never_ends;
    EXPECT_EQ(card.due_at(), test::day("2024-06-01"));
    const auto due = due_posting(card, test::day("2024-06-01"));
    ASSERT_TRUE(due.has_value());
    EXPECT_EQ(test::steps_text(*due), "#1 -30, #2 -20");
    EXPECT_EQ(due->effective_at, test::day("2024-06-01"));
    apply(*due, card);
    EXPECT_FALSE(card.due_at().has_value());
    // The end is in the chain.
    Posting posting{EntryKind::accrual, Points(1), {}, test::day("2024-06-02"), {}, {}};
    posting.lots.push_back({LotChange::Op::open, 4, Points(1), posting.effective_at, {}, {}});
    posting.lots.push_back({LotChange::Op::idle, 0, {}, {}, {}, test::day("2025-06-02")});
    Posting read = posting;
    read.lots.clear();
    unpack_steps(pack_steps(posting), read);
    apply(read, card);
    EXPECT_EQ(card.idle_until, test::day("2025-06-02"));
    EXPECT_EQ(card.due_at(), test::day("2025-06-02"));
}

}  // namespace
}  // namespace perennial::ledger
