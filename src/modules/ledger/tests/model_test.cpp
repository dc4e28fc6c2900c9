#include "modules/ledger/model.hpp"

#include <gtest/gtest.h>

#include "modules/ledger/tests/card_text.hpp"

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

TEST(CounterAccounts, TakeTheOtherSideOfEveryKind) {
    for (int kind = 1; kind <= 13; ++kind) {
        const auto k = static_cast<EntryKind>(kind);
        EXPECT_EQ(counter_account(k).empty(), k == EntryKind::tier_change) << kind;
    }
}

}  // namespace
}  // namespace perennial::ledger
