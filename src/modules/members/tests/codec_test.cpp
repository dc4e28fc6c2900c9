#include "modules/members/codec.hpp"

#include <gtest/gtest.h>

#include "modules/tiers/tests/ladder.hpp"

namespace perennial::members {
namespace {

TEST(LotIds, LeadBackToTheLot) {
    const ledger::CardId card(*RawId::from_hex("0123456789abcdef0123456789abcdef"));
    const ledger::CardId other(*RawId::from_hex("0123456789abcdef0123456789abcdee"));
    const std::string id = pending_id(card, 258);
    EXPECT_EQ(id, "lopp_0123456789abcdef0123456789abcdef00000102");
    EXPECT_EQ(lot_of_pending(id, card), 258u);
    EXPECT_FALSE(lot_of_pending(id, other));
    EXPECT_FALSE(lot_of_pending("lopp_", card));
    EXPECT_FALSE(lot_of_pending(bucket_id(card, 258), card));
    EXPECT_FALSE(lot_of_pending("lopp_0123456789abcdef0123456789abcdef0000010g", card));
}

TEST(CardJson, HasWhatClientsExpect) {
    const test::Ladder ladder("balance forever balance_drop");
    const TimeZone zone = *TimeZone::find("Europe/Oslo");
    ledger::Card card = test::card_from(
        "#1 30 ends 2024-02-29, #2 5 ends 2024-02-29, #3 50, #4 7 pends 2024-02-01 ends 2024-02-02");
    card.code = "LOYAL";
    const json::object out = card_json(card, {ladder.program, ladder.tiers, zone}, 3);
    const json::object& points = out.at("loyalty_card").as_object();
    // Midnight UTC is within the 29th in Oslo: the 28th is over, the 29th is the last that counts.
    EXPECT_EQ(points.at("next_expiration_date").as_string(), "2024-02-29");
    EXPECT_EQ(points.at("next_expiration_points").as_int64(), 35);
    EXPECT_EQ(points.at("pending_points").as_int64(), 7);
    EXPECT_EQ(out.at("redemption").at("redeemed_quantity").as_int64(), 3);
    EXPECT_EQ(out.at("redemption").at("quantity"), nullptr);
    for (const char* name :
         {"id", "code", "campaign", "campaign_id", "category", "category_id", "categories", "type",
          "discount", "gift", "loyalty_card", "start_date", "expiration_date",
          "validity_timeframe", "validity_day_of_week", "active", "additional_info", "metadata",
          "is_referral_code", "holder_id", "referrer_id", "created_at", "updated_at", "publish",
          "redemption", "validation_rules_assignments", "object"})
        EXPECT_TRUE(out.contains(name)) << name;
}

TEST(Transactions, AreOnlyWhatTheApiKnows) {
    ledger::Entry entry;
    entry.kind = ledger::EntryKind::addition;
    entry.detail = R"({"by":"manual","source":"POS","reason":"late"})";
    EXPECT_TRUE(is_transaction(entry));
    const json::object shown = transaction_json(entry, {});
    EXPECT_EQ(shown.at("source").as_string(), "POS");
    EXPECT_EQ(shown.at("reason").as_string(), "late");
    EXPECT_EQ(shown.at("source_id"), nullptr);
    entry.detail = R"({"by":"enrolment"})";
    EXPECT_FALSE(is_transaction(entry));
    entry.detail.clear();  // erased with its person
    EXPECT_TRUE(is_transaction(entry));
    EXPECT_EQ(transaction_json(entry, {}).at("type").as_string(), "POINTS_ADDITION");
    for (const auto kind : {ledger::EntryKind::tier_change, ledger::EntryKind::pending_accrual,
                            ledger::EntryKind::pending_cancellation}) {
        entry.kind = kind;
        EXPECT_FALSE(is_transaction(entry));
    }
}

}  // namespace
}  // namespace perennial::members
