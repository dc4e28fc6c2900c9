#include "modules/rewards/decide.hpp"

#include <gtest/gtest.h>

#include "modules/rewards/redemption.hpp"
#include "modules/tiers/tests/ladder.hpp"

namespace perennial::rewards {
namespace {

const Timestamp now = test::day("2024-01-10");

struct Shop {
    test::Ladder ladder{"balance forever balance_drop"};
    ledger::Card card = test::card_from("#1 30 ends 2024-03-31, #2 50");
    Reward reward;
    Assignment assignment;
    RedemptionFacts facts{ladder.program, card, reward};
    std::optional<Points> wished;

    Shop() {
        reward.type = Type::material;
        assignment.id = AssignmentId(RawId::make(1, 0, 7));
        assignment.points = Points(60);
        facts.assignment = &assignment;
    }
    Decided<RedemptionPlan> decide() const { return decide_redemption(facts, wished, now); }
    std::string_view refusal() const {
        const auto plan = decide();
        return plan ? "" : plan.error().error.code->key;
    }
    /// "points_missing 20, …" of a refusal.
    std::string missing() const {
        std::string out;
        const auto plan = decide();
        for (const Missing& one : plan.error().missing)
            out += fmt::format("{}{} {}", out.empty() ? "" : ", ", missing_key(one.what),
                               one.amount);
        return out;
    }
};

TEST(Redemption, BurnsThePrice) {
    const Shop shop;
    const auto plan = shop.decide();
    ASSERT_TRUE(plan.has_value());
    EXPECT_EQ(plan->points, Points(60));
    EXPECT_EQ(test::steps_text(plan->posting), "#1 -30, #2 -30");
}

TEST(Redemption, TierHasItsPrice) {
    Shop shop;
    tiers::Tier tree;
    tree.rewards[shop.assignment.id] = {tiers::Mapping::Type::multiply, 750'000, {}};
    shop.facts.tier = &tree;
    EXPECT_EQ(shop.decide()->points, Points(45));
    tree.rewards[shop.assignment.id] = {tiers::Mapping::Type::custom, 0, Points(0)};
    EXPECT_EQ(test::steps_text(shop.decide()->posting), "none");
}

// Each row is wrong in all that come after it, too: the first wins.
TEST(Redemption, RefusesInOrder) {
    Shop shop;
    shop.assignment.points = Points(81);
    EXPECT_EQ(shop.refusal(), "loyalty_card_points_exceeded");
    EXPECT_NE(shop.decide().error().error.details.find("1 are missing"), std::string::npos);

    shop.reward.type = Type::coin;
    shop.reward.points_ratio = 10;
    shop.wished = Points(81);
    shop.facts.order_total = Money(1'000'000);
    EXPECT_EQ(shop.refusal(), "loyalty_card_points_exceeded");
    EXPECT_EQ(shop.missing(), "points_missing 1");
    shop.facts.minimum_order = Money(2500);
    shop.facts.order_amount = Money(2499);
    EXPECT_EQ(shop.refusal(), "order_rules_violated");
    EXPECT_EQ(shop.missing(), "order_amount_missing 1, points_missing 1");
    shop.reward.points_ratio = 100'000;
    EXPECT_EQ(shop.refusal(), "invalid_order");
    shop.facts.order_total = Money(0);
    EXPECT_EQ(shop.refusal(), "invalid_order");
    shop.facts.order_open = false;
    EXPECT_EQ(shop.refusal(), "invalid_order");
    shop.wished.reset();
    EXPECT_EQ(shop.refusal(), "missing_parameters");
    shop.facts.order_total.reset();
    EXPECT_EQ(shop.refusal(), "missing_order");

    shop.reward.stock = 5;
    shop.facts.used = 5;
    EXPECT_EQ(shop.refusal(), "reward_out_of_stock");
    shop.reward.stock = 4;  // lowered below what is handed out
    EXPECT_EQ(shop.refusal(), "reward_out_of_stock");
    shop.assignment.tiers.push_back(ledger::TierId(RawId::make(1, 0, 9)));
    EXPECT_EQ(shop.refusal(), "customer_rules_violated");
    shop.reward.available_until = now;
    EXPECT_EQ(shop.refusal(), "redemption_rules_violated");
    shop.reward.available_from = Timestamp{now.ms + 1};
    EXPECT_EQ(shop.missing(), "not_yet_available 0, no_longer_available 0, tier_missing 0, "
                              "out_of_stock 0");
    shop.facts.assignment = nullptr;
    EXPECT_EQ(shop.refusal(), "not_found");
    shop.card.active = false;
    EXPECT_EQ(shop.refusal(), "voucher_disabled");
    shop.ladder.program.expiration_date = now;
    EXPECT_EQ(shop.refusal(), "campaign_not_active");
}

TEST(Redemption, OfAnotherProgramsPointsNeedsThatProgramAndAHolder) {
    Shop shop;
    shop.reward.type = Type::campaign;
    EXPECT_EQ(shop.refusal(), "campaign_not_active");
    shop.facts.tops_up = &shop.ladder.program;
    EXPECT_EQ(shop.refusal(), "missing_customer");
    shop.card.customer = RawId::make(1, 0, 3);
    EXPECT_EQ(shop.decide()->points, Points(60));
}

TEST(Redemption, ConditionsSeeTheMember) {
    Shop shop;
    earning::CustomerFacts customer;
    earning::ContextFacts context;
    context.local_weekday = 6;
    const MemberFacts member{customer, context};
    shop.facts.member = &member;
    shop.assignment.prices.push_back({compile_condition("customer.tier == 'Gold'"), Points(1)});
    shop.assignment.prices.push_back({compile_condition("context.local_weekday == 6"), Points(2)});
    EXPECT_EQ(shop.decide()->points, Points(2));
    customer.tier = "Gold";
    EXPECT_EQ(shop.decide()->points, Points(1));
    shop.assignment.condition = compile_condition("customer.points > 100");
    EXPECT_EQ(shop.missing(), "condition_not_met 0");
    EXPECT_FALSE(is_for(shop.facts));
    customer.points = 101;
    EXPECT_TRUE(is_for(shop.facts));
    EXPECT_TRUE(what_is_missing(shop.facts, now).empty());
    // A condition that fails on these facts, or no longer compiles, is not met.
    shop.assignment.condition = compile_condition("customer.metadata.age > 3");
    EXPECT_FALSE(is_for(shop.facts));
    shop.assignment.condition = compile_condition("customer.nothing");
    EXPECT_FALSE(is_for(shop.facts));
}

TEST(Donation, GivesItsAmountOrWhatThePointsAreWorth) {
    Shop shop;
    shop.reward.kind = Kind::donation;
    shop.reward.donation = Money(500);
    EXPECT_EQ(shop.decide()->donation, Money(500));
    EXPECT_EQ(shop.decide()->points, Points(60));
    shop.reward.type = Type::coin;
    shop.reward.points_ratio = 3;
    EXPECT_EQ(shop.refusal(), "missing_parameters");
    shop.wished = Points(40);
    EXPECT_EQ(shop.decide()->donation, Money(1333));
    EXPECT_EQ(shop.decide()->discount, Money(0));
    shop.reward.points_ratio = 1'000'000;
    EXPECT_EQ(shop.refusal(), "invalid_order");
}

TEST(Coin, PaysAsTheRatiosSay) {
    const struct {
        std::int64_t exchange, points_ratio, wished, total, points, discount;
    } rows[] = {
        // The example above decide_redemption.
        {1, 10, 1234, 20000, 1234, 12340},
        {1, 10, 1234, 10000, 1000, 10000},
        // Rounded down to whole minor units; capped points rounded up.
        {1, 3, 1, 10000, 1, 33},
        {1, 3, 5000, 10000, 300, 10000},
        {1, 3, 5000, 10001, 301, 10001},
        {2, 1, 3, 10000, 3, 600},
        {9'007'199'254'740'991, 1, 1, 500, 1, 500},
    };
    for (const auto& row : rows) {
        Shop shop;
        shop.card = test::card_from("#1 100000");
        shop.reward.type = Type::coin;
        shop.reward.exchange_ratio = row.exchange;
        shop.reward.points_ratio = row.points_ratio;
        shop.wished = Points(row.wished);
        shop.facts.order_total = Money(row.total);
        const auto plan = shop.decide();
        ASSERT_TRUE(plan.has_value());
        EXPECT_EQ(plan->points, Points(row.points));
        EXPECT_EQ(plan->discount, Money(row.discount));
    }
}

TEST(Body, SurvivesTheStore) {
    Redemption r;
    r.entry = ledger::EntryId(RawId::make(1, 2, 3));
    r.other = RedemptionId(RawId::make(1, 2, 4));
    r.assignment = AssignmentId(RawId::make(1, 2, 5));
    r.tier = ledger::TierId(RawId::make(1, 2, 6));
    r.order = RawId::make(1, 2, 7);
    r.discount = Money(900);
    const ledger::Card card = test::card_from("#1 30 ends 2024-03-31, #2 50");
    r.refund_steps = ledger::refund_steps(
        card, *ledger::burn(card, ledger::EntryKind::redemption, Points(45), now));
    r.shown = {{"name", "Mug"}};
    r.metadata = {{"till", 3}};
    r.reason = "broken";
    r.channel = "POS";
    r.donation = Money(500);
    r.receipt = "Thank you";
    r.given_card = ledger::CardId(RawId::make(1, 2, 8));
    r.given_lot = 3;
    r.given = Points(300);
    r.held_until = now;
    r.completed_at = now;
    r.expired = true;
    r.failure_message = "no";
    r.missing = {json::object{{"key", "points_missing"}}};
    Redemption back;
    read_body_text(body_text(r), back);
    EXPECT_EQ(body_text(back), body_text(r));
    EXPECT_EQ(test::steps_text(ledger::refund(ledger::Card(), back.refund_steps, now)), "#1 +30, #2 +15");
    EXPECT_EQ(back.refund_steps[0].expires_at, test::day("2024-03-31"));
    EXPECT_FALSE(back.refund_steps[1].expires_at.has_value());
}

TEST(RefusedAttempt, IsOneRowAMinute) {
    Redemption failed;
    failed.failure = "reward_out_of_stock";
    failed.created_at = now;
    const RedemptionId id = failure_id(failed, 7);
    EXPECT_EQ(id.place(), 7);
    failed.created_at = now + (minute_ms - 1);
    EXPECT_EQ(failure_id(failed, 7), id);
    failed.created_at = now + minute_ms;
    EXPECT_NE(failure_id(failed, 7), id);
    failed.created_at = now;
    failed.failure_message = "another";
    EXPECT_NE(failure_id(failed, 7), id);
}

TEST(Receipt, FillsItsText) {
    const json::object donation{{"recipient", "A {id} B"}, {"receipt", "{amount} {points} {recipient}"}};
    EXPECT_EQ(receipt_text(donation, Money(1205), Points(7), "EUR", Date{2036, 3, 1}, {}),
              "12.05 EUR 7 A {id} B");
}

}  // namespace
}  // namespace perennial::rewards
