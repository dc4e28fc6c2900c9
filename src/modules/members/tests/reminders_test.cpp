#include "modules/members/reminders.hpp"

#include <gtest/gtest.h>

#include "modules/tiers/tests/ladder.hpp"

namespace perennial::members {
namespace {

struct Reminders : testing::Test {
    test::Ladder ladder{"balance forever end_of_period"};
    TimeZone zone;
    Rulebook book{ladder.program, ladder.tiers, zone};
    Reminders() { ladder.program.reminder_days = {30, 7}; }

    // "days points" of each notice that is due; they are noted as told.
    std::string tell(ledger::Card& card, const char* day) {
        const Timestamp now = test::day(day);
        const auto notices = due_notices(card, book, now);
        std::string out;
        for (const Notice& notice : notices)
            out += fmt::format("{}{} {} ends {}", out.empty() ? "" : ", ", notice.days,
                               notice.points.value, test::day_text(notice.end));
        note_told(card, book, notices, now);
        return out.empty() ? "none" : out;
    }
};

TEST_F(Reminders, EachOffsetOnce) {
    // Gone at the first moment of 1 July: the last usable day is 30 June.
    ledger::Card card = test::card_from("#1 50 ends 2024-07-01, #2 10 ends 2024-08-15");
    EXPECT_EQ(tell(card, "2024-05-30"), "none");
    EXPECT_EQ(card.remind_at, test::day("2024-05-31"));
    EXPECT_EQ(tell(card, "2024-05-31"), "30 50 ends 2024-07-01");
    EXPECT_EQ(card.remind_at, test::day("2024-06-23"));
    EXPECT_EQ(tell(card, "2024-05-31"), "none");
    EXPECT_EQ(tell(card, "2024-06-22"), "none");
    EXPECT_EQ(tell(card, "2024-06-23"), "7 50 ends 2024-07-01");
    EXPECT_EQ(card.remind_at, test::day("2024-07-15"));
    EXPECT_EQ(tell(card, "2024-07-15"), "30 10 ends 2024-08-15");
}

TEST_F(Reminders, SaysWhatEndsThen) {
    ledger::Card card = test::card_from("#1 50 ends 2024-07-01");
    EXPECT_EQ(tell(card, "2024-06-01"), "30 50 ends 2024-07-01");
    card.lots[0].left = Points(20);
    card.lots.push_back({2, Points(5), test::day("2024-06-10"), {}, test::day("2024-07-01")});
    EXPECT_EQ(tell(card, "2024-06-10"), "none");
    EXPECT_EQ(tell(card, "2024-06-24"), "7 25 ends 2024-07-01");
}

TEST_F(Reminders, LateOnesAreToldOnceForTheNearest) {
    ledger::Card card = test::card_from("#1 50 ends 2024-07-01");
    EXPECT_EQ(tell(card, "2024-06-28"), "7 50 ends 2024-07-01");
    EXPECT_EQ(tell(card, "2024-06-29"), "none");
    EXPECT_FALSE(card.remind_at.has_value());
}

TEST_F(Reminders, NewPointsWithANearEndAreToldAtOnce) {
    ledger::Card card = test::card_from("none");
    EXPECT_FALSE(note_told(card, book, {}, test::day("2024-06-01")));
    card = test::card_from("#1 50 ends 2024-06-20");
    note_told(card, book, {}, test::day("2024-06-01"));
    ASSERT_TRUE(card.remind_at.has_value());
    EXPECT_LE(*card.remind_at, test::day("2024-06-01"));
    EXPECT_EQ(tell(card, "2024-06-01"), "30 50 ends 2024-06-20");
    EXPECT_EQ(card.remind_at, test::day("2024-06-12"));
}

TEST_F(Reminders, AnEndThatMovesIsToldAnew) {
    ledger::Card card = test::card_from("#1 50, idle until 2024-07-01");
    EXPECT_EQ(tell(card, "2024-06-24"), "7 50 ends 2024-07-01");
    card.idle_until = test::day("2025-06-25");
    EXPECT_EQ(tell(card, "2024-06-25"), "none");
    EXPECT_EQ(card.remind_at, test::day("2025-05-25"));
    EXPECT_EQ(tell(card, "2025-05-25"), "30 50 ends 2025-06-25");
}

TEST_F(Reminders, NothingForPendingPointsAndThoseWithoutEnd) {
    ledger::Card card =
        test::card_from("#1 50 pends 2024-06-20 ends 2024-07-01, #2 5");
    EXPECT_EQ(tell(card, "2024-06-19"), "none");
    EXPECT_FALSE(card.remind_at.has_value());
}

}  // namespace
}  // namespace perennial::members
