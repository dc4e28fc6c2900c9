#include "modules/members/liability.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "modules/ledger/tests/card_text.hpp"

namespace perennial::members {
namespace {

using ledger::EntryKind;

TEST(PointValue, IsExact) {
    EXPECT_EQ(PointValue::parse("1")->of(2350), 2350);
    EXPECT_EQ(PointValue::parse("0.5")->of(3), 2);    // half up
    EXPECT_EQ(PointValue::parse("0.5")->of(-3), -2);
    EXPECT_EQ(PointValue::parse("0.333333")->of(9'007'199'254'740'991), 3'002'396'749'180'579);
    EXPECT_EQ(PointValue::parse("0.05")->text(), "0.05");
    EXPECT_EQ(PointValue::parse("12")->text(), "12");
    for (const char* wrong : {"", ".", "-1", "1e3", "1.2.3", "0.1234567", "1,5", " 1",
                              "99999999999999999999"})
        EXPECT_FALSE(PointValue::parse(wrong)) << wrong;
}

TEST(Outstanding, ByAgeAndEnd) {
    Outstanding held;
    const Timestamp at = test::day("2024-03-15");
    add_card(held,
             test::card_from("#1 10 earned 2024-03-15, #2 20 earned 2024-02-16, #3 40 earned "
                             "2024-02-15 ends 2024-04-01, #4 80 pends 2024-04-01"),
             at, TimeZone());
    add_card(held, test::card_from("debt 5"), at, TimeZone());
    add_card(held, test::card_from("none"), at, TimeZone());
    EXPECT_EQ(held.active, 70);
    EXPECT_EQ(held.pending, 80);
    EXPECT_EQ(held.debt, 5);
    EXPECT_EQ(held.cards, 2);
    EXPECT_EQ(held.by_age[0], 30);
    EXPECT_EQ(held.by_age[1], 40);
    EXPECT_EQ(held.by_end["2024-03"], 40);
    EXPECT_EQ(held.by_end[""], 30);
}

// A program of `count` months in which every cohort of 1000 points sees `redeemed` of it used in its
// first month, and the rest expire at age 3.
struct History {
    Months months;
    std::vector<ledger::CohortCell> cells;
    std::string next;

    static std::string name(int number) {
        return Date{number / 12, number % 12 + 1, 1}.iso().substr(0, 7);
    }
    explicit History(int count, std::int64_t redeemed) {
        const int begin = 2034 * 12;
        for (int i = 0; i < count; ++i) {
            ledger::Totals totals;
            totals.of_kind[static_cast<std::size_t>(EntryKind::accrual)] = 1000;
            months.emplace_back(name(begin + i), totals);
            cells.push_back({name(begin + i), name(begin + i), {redeemed, 0, 0}});
            if (i + 3 < count)
                cells.push_back({name(begin + i), name(begin + i + 3), {0, 1000 - redeemed, 0}});
        }
        next = name(begin + count);
    }
};

TEST(Breakage, FollowsTheLifeTable) {
    const History history(24, 600);
    const auto found = expected_breakage(history.months, history.cells, history.next);
    ASSERT_TRUE(found.has_value());
    // What is open has outlived its first month: all of it will expire.
    EXPECT_NEAR(found->rate, 1.0, 1e-9);
    EXPECT_NEAR(found->undetermined, 0.0, 1e-9);
    EXPECT_EQ(found->months, 24);
}

TEST(Breakage, LiesInItsIntervalAndIsTheSameEachTime) {
    History history(24, 600);
    // Some of what is left is redeemed at age 1, more or less from month to month.
    for (int i = 0; i + 3 < 24; ++i)
        history.cells.push_back({History::name(2034 * 12 + i), History::name(2034 * 12 + i + 1),
                                 {100 + 10 * (i % 5), 0, 0}});
    for (ledger::CohortCell& cell : history.cells)
        if (cell.by_outflow[1] != 0) {
            const auto at = std::ranges::find_if(history.cells, [&](const auto& other) {
                return other.earned == cell.earned && other.by_outflow[0] != 0 &&
                       other.gone != other.earned;
            });
            cell.by_outflow[1] -= at->by_outflow[0];
        }
    const auto found = expected_breakage(history.months, history.cells, history.next);
    ASSERT_TRUE(found.has_value());
    EXPECT_LT(found->low, found->rate);
    EXPECT_GT(found->high, found->rate);
    EXPECT_LT(found->high - found->low, 0.2);
    const auto again = expected_breakage(history.months, history.cells, history.next);
    EXPECT_EQ(found->low, again->low);
    EXPECT_EQ(found->high, again->high);
}

TEST(Breakage, SaysWhatItCannotKnow) {
    const History young(5, 600);
    EXPECT_FALSE(expected_breakage(young.months, young.cells, young.next).has_value());
    EXPECT_FALSE(expected_breakage({}, {}, "2036-01").has_value());
    // Nothing has ever ended: no breakage is claimed, and all of it is undetermined.
    History endless(12, 600);
    std::erase_if(endless.cells, [](const auto& cell) { return cell.by_outflow[1] != 0; });
    const auto found = expected_breakage(endless.months, endless.cells, endless.next);
    ASSERT_TRUE(found.has_value());
    EXPECT_EQ(found->rate, 0);
    EXPECT_NEAR(found->undetermined, 1.0, 1e-9);
}

}  // namespace
}  // namespace perennial::members
