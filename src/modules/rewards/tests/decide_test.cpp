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
    Result<RedemptionPlan> decide() const { return decide_redemption(facts, wished, now); }
    std::string_view refusal() const {
        const auto plan = decide();
        return plan ? "" : plan.error().code->key;
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
    EXPECT_NE(shop.decide().error().details.find("1 are missing"), std::string::npos);

    shop.reward.type = Type::coin;
    shop.reward.points_ratio = 10;
    shop.wished = Points(81);
    shop.facts.order_total = Money(1'000'000);
    EXPECT_EQ(shop.refusal(), "loyalty_card_points_exceeded");
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
    shop.reward.type = Type::campaign;
    EXPECT_EQ(shop.refusal(), "not_implemented");
    shop.facts.assignment = nullptr;
    EXPECT_EQ(shop.refusal(), "not_found");
    shop.card.active = false;
    EXPECT_EQ(shop.refusal(), "voucher_disabled");
    shop.ladder.program.expiration_date = now;
    EXPECT_EQ(shop.refusal(), "campaign_not_active");
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
    Redemption back;
    read_body_text(body_text(r), back);
    EXPECT_EQ(body_text(back), body_text(r));
    EXPECT_EQ(test::steps_text(ledger::refund(back.refund_steps, now)), "#1 +30, #2 +15");
    EXPECT_EQ(back.refund_steps[0].expires_at, test::day("2024-03-31"));
    EXPECT_FALSE(back.refund_steps[1].expires_at.has_value());
}

}  // namespace
}  // namespace perennial::rewards
