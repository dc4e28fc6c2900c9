#include "modules/members/roll.hpp"

#include <gtest/gtest.h>

#include "modules/tiers/tests/ladder.hpp"

namespace perennial::members {
namespace {

const TimeZone utc;

std::string step_text(const test::Ladder& ladder, const Step& step) {
    return test::day_text(step.posting.effective_at) + " " +
           (step.move ? ladder.move_text(*step.move) : test::steps_text(step.posting));
}

std::vector<std::string> roll_through(const test::Ladder& ladder, ledger::Card& card,
                                      Timestamp now) {
    std::vector<std::string> out;
    roll_forward(card, {ladder.program, ladder.tiers, utc}, now, [&](Step step) {
        out.push_back(step_text(ladder, step));
        ledger::apply(step.posting, card);
        if (step.move) apply_move(*step.move, card);
    });
    return out;
}

ledger::Card card_of(const test::Ladder& ladder, const std::vector<std::string>& cells) {
    ledger::Card card = test::card_from(cells[1]);
    const auto words = test::split(cells[2], ',');
    card.tier = ladder.id(words[0]);
    card.tier_since = test::day("2023-12-01");
    if (words.size() > 1) card.tier_until = test::day(words[1]);
    return card;
}

TEST(RollForward, TakesStepsInOrder) {
    for (const auto& [line, cells] : test::read_table("members/tests/cases/roll.txt")) {
        const test::Ladder ladder(cells[0]);
        ledger::Card card = card_of(ladder, cells);
        const auto steps = roll_through(ladder, card, test::day(cells[3]));
        EXPECT_EQ(steps.empty() ? "nothing" : fmt::format("{}", fmt::join(steps, "; ")), cells[4])
            << "roll.txt:" << line;
        EXPECT_TRUE(roll_through(ladder, card, test::day(cells[3])).empty())
            << "roll.txt:" << line;
        // The timer that the card asks for lies ahead.
        const auto due = card.due_at();
        EXPECT_TRUE(!due || *due > test::day(cells[3])) << "roll.txt:" << line;
    }
}

// Metamorphic: looking in between changes nothing.
TEST(RollForward, MayBeDoneInParts) {
    for (const auto& [line, cells] : test::read_table("members/tests/cases/roll.txt")) {
        const test::Ladder ladder(cells[0]);
        ledger::Card at_once = card_of(ladder, cells);
        ledger::Card in_parts = at_once;
        const auto steps = roll_through(ladder, at_once, test::day(cells[3]));
        std::vector<std::string> parts;
        for (Timestamp day = test::day("2024-01-01"); day <= test::day(cells[3]);
             day = day + 7 * day_ms)
            for (const std::string& step : roll_through(ladder, in_parts, day))
                parts.push_back(step);
        for (const std::string& step : roll_through(ladder, in_parts, test::day(cells[3])))
            parts.push_back(step);
        EXPECT_EQ(parts, steps) << "roll.txt:" << line;
        EXPECT_EQ(test::lots_text(in_parts), test::lots_text(at_once)) << "roll.txt:" << line;
    }
}

TEST(Rolled, LeavesTheCardAlone) {
    const test::Ladder ladder("balance forever balance_drop");
    const ledger::Card card = test::card_from("#1 30 ends 2024-03-01");
    const ledger::Card later =
        rolled(card, {ladder.program, ladder.tiers, utc}, test::day("2024-03-01"));
    EXPECT_EQ(later.balance, Points());
    EXPECT_EQ(card.balance, Points(30));
}

}  // namespace
}  // namespace perennial::members
