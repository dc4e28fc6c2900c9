#include "modules/tiers/decide.hpp"

#include <gtest/gtest.h>

#include "modules/tiers/tests/ladder.hpp"

namespace perennial::tiers {
namespace {

// A card that holds a tier and counts this much at that moment.
ledger::Card card_at(const test::Ladder& ladder, const std::vector<std::string>& cells,
                     std::int64_t value, Timestamp at) {
    ledger::Card card;
    card.tier = ladder.id(cells[1]);
    if (!card.tier.is_nil()) card.tier_since = test::day("2023-12-01");
    if (!cells[2].empty()) card.tier_until = test::day(cells[2]);
    card.balance = Points(value);
    card.period_start = period_of(ladder.program.tier_policy.period, at, {}).start;
    card.period_points = Points(value);
    card.period_spend = Money(value);
    return card;
}

TEST(Evaluate, FollowsThePolicy) {
    for (const auto& [line, cells] : test::read_table("tiers/tests/cases/evaluate.txt")) {
        const test::Ladder ladder(cells[0]);
        const Timestamp now = test::day(cells[4]);
        const auto card = card_at(ladder, cells, std::stoll(cells[3]), now);
        const auto move = evaluate(card, ladder.program, ladder.tiers, now, {});
        EXPECT_EQ(move ? ladder.move_text(*move) : "stays", cells[5]) << "evaluate.txt:" << line;
        if (!move) continue;
        const bool same = move->kind == Move::Kind::prolonged;
        EXPECT_EQ(move->since, same ? *card.tier_since : now) << "evaluate.txt:" << line;
        // Nothing more to decide once it is done.
        ledger::Card after = card;
        after.tier = move->to;
        apply(*move, after);
        EXPECT_FALSE(evaluate(after, ladder.program, ladder.tiers, now, {}))
            << "evaluate.txt:" << line;
    }
}

TEST(AtEnd, DecidesForTheNextPeriod) {
    for (const auto& [line, cells] : test::read_table("tiers/tests/cases/at_end.txt")) {
        const test::Ladder ladder(cells[0]);
        const Timestamp end = test::day(cells[2]);
        const auto card = card_at(ladder, cells, std::stoll(cells[3]), end + -1);
        const Move move = at_end(card, ladder.program, ladder.tiers, {});
        EXPECT_EQ(ladder.move_text(move), cells[4]) << "at_end.txt:" << line;
        EXPECT_TRUE(!move.until || *move.until > end) << "at_end.txt:" << line;
    }
}

TEST(AtEnd, CountsOfAnOlderPeriodAreOver) {
    const test::Ladder ladder("points year end_of_next_period");
    const std::vector<std::string> cells{"", "Forest", "2025-01-01"};
    ledger::Card card = card_at(ladder, cells, 600, test::day("2023-05-01"));
    EXPECT_EQ(ladder.move_text(at_end(card, ladder.program, ladder.tiers, {})), "left none");
}

TEST(Evaluate, WithoutTiersNothingMoves) {
    const test::Ladder ladder("balance forever balance_drop");
    ledger::Card card;
    card.balance = Points(1000);
    EXPECT_FALSE(evaluate(card, ladder.program, Tiers{}, test::day("2024-01-10"), {}));
}

TEST(Period, IsLocal) {
    const TimeZone oslo = *TimeZone::find("Europe/Oslo");
    using P = campaigns::TierPolicy::Period;
    const Timestamp late = *Timestamp::parse("2024-03-31T22:30:00Z");  // 1 April in Oslo
    EXPECT_EQ(period_of(P::month, late, oslo).start.iso(), "2024-03-31T22:00:00.000Z");
    EXPECT_EQ(period_of(P::month, late, oslo).end->iso(), "2024-04-30T22:00:00.000Z");
    EXPECT_EQ(period_of(P::quarter, late, oslo).end->iso(), "2024-06-30T22:00:00.000Z");
    EXPECT_EQ(period_of(P::half_year, late, oslo).start.iso(), "2023-12-31T23:00:00.000Z");
    EXPECT_EQ(period_of(P::year, late, oslo).end->iso(), "2024-12-31T23:00:00.000Z");
    EXPECT_EQ(period_of(P::forever, late, oslo).start.ms, 0);
    EXPECT_FALSE(period_of(P::forever, late, oslo).end.has_value());
}

TEST(Count, BeginsAnewWithThePeriod) {
    const test::Ladder ladder("points month end_of_period");
    ledger::Card card;
    count_points(card, ladder.program, Points(30), test::day("2024-01-10"), {});
    count_spend(card, ladder.program, Money(900), test::day("2024-01-31"), {});
    EXPECT_EQ(card.period_points, Points(30));
    EXPECT_EQ(card.period_spend, Money(900));
    count_points(card, ladder.program, Points(5), test::day("2024-02-01"), {});
    EXPECT_EQ(card.period_points, Points(5));
    EXPECT_EQ(card.period_spend, Money(0));
    // A fact of an earlier period counts nowhere.
    count_points(card, ladder.program, Points(7), test::day("2024-01-31"), {});
    EXPECT_EQ(card.period_points, Points(5));
    count_points(card, ladder.program, Points(-2), test::day("2024-02-09"), {});
    EXPECT_EQ(card.period_points, Points(3));
}

TEST(Mapping, RoundsDown) {
    Mapping half{Mapping::Type::multiply, 500'000, {}};
    EXPECT_EQ(half.apply(Points(15)), Points(7));
    EXPECT_EQ((Mapping{Mapping::Type::multiply, 1'250'000, {}}).apply(Points(15)), Points(18));
    EXPECT_EQ((Mapping{Mapping::Type::custom, 0, Points(200)}).apply(Points(15)), Points(200));
}

}  // namespace
}  // namespace perennial::tiers
