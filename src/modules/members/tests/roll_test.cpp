#include "modules/members/roll.hpp"

#include <gtest/gtest.h>

#include <sstream>

#include "modules/tiers/replay.hpp"
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

// What was held comes back at its moment, ends at once where it has ended, and once only.
TEST(RollForward, GivesBackWhatWasHeldInOrder) {
    const test::Ladder ladder("balance forever end_of_period");
    ledger::Card card = test::card_from("#1 50, #2 30 ends 2024-03-01, #3 20 ends 2024-01-20");
    card.tier = ladder.id("Forest");
    const ledger::Card before = card;
    const auto spent = ledger::burn(card, ledger::EntryKind::redemption, Points(40),
                                    test::day("2024-01-10"));
    ledger::apply(*spent, card);
    ledger::HeldPoints held;
    held.redemption = RawId::make(1, 2, 3);
    held.until = test::day("2024-02-01");
    held.steps = ledger::refund_steps(before, *spent);
    held.detail = "{}";
    card.held.push_back(held);
    EXPECT_TRUE(roll_through(ladder, card, test::day("2024-01-31")).empty());
    // As it is stored.
    ledger::Card stored = card;
    stored.held.clear();
    stored.lots = ledger::unpack_lots(ledger::pack_lots(card.lots, card.held), &stored.held);
    const std::vector<std::string> steps{"2024-02-01 #3 +20, #2 +20", "2024-02-01 #3 -20",
                                         "2024-03-01 #2 -30"};
    EXPECT_EQ(roll_through(ladder, stored, test::day("2024-06-01")), steps);
    EXPECT_TRUE(roll_through(ladder, stored, test::day("2024-06-01")).empty());
    EXPECT_EQ(stored.balance, Points(50));
    EXPECT_TRUE(stored.held[0].is_back);
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

// A member's life in words: "2024-01-10 points 120, 2024-02-01 spend -300, 2024-03-01 orders 2,
// 2024-03-05 credit 50 [ends 2024-06-01], 2024-04-01 burn 20, 2024-05-01 hand Forest until 2024-06-01,
// 2024-05-02 clear". "points@2024-01-10" counts at another time. The card was made on 2023-12-01.
class Life {
  public:
    Life(const test::Ladder& ladder, const TimeZone& zone, bool look_each_day)
        : ladder_(ladder), zone_(zone), each_day_(look_each_day) {
        card_.created_at = zone.start_of({2023, 12, 1});
        at_ = card_.created_at;
    }
    void act(const std::string& text) {
        std::istringstream words(text);
        std::string date;
        std::string verb;
        std::string value;
        words >> date >> verb >> value;
        go_to(moment(date));
        Timestamp counts_at = at_;
        if (const auto mark = verb.find('@'); mark != std::string::npos) {
            counts_at = moment(verb.substr(mark + 1));
            verb.resize(mark);
        }
        const auto& [program, tiers, zone, rules] = book();
        std::string word;
        words >> word >> date;
        const std::optional<Timestamp> until =
            date.empty() ? std::nullopt : std::optional(moment(date));
        if (verb == "hand" || verb == "hold") {
            take({ledger::tier_change(ladder_.id(value), at_),
                  tiers::by_hand(card_, program, tiers, *tiers.find(ladder_.id(value)),
                                 word == "until" ? until : std::nullopt, verb == "hold", at_,
                                 zone)});
        } else if (verb == "clear") {
            const auto move = tiers::back_from_hand(card_, program, tiers, at_, zone);
            take({ledger::tier_change(move.to, at_), move});
        } else {
            const std::int64_t number = std::stoll(value);
            if (verb == "points") tiers::count_points(card_, program, Points(number), counts_at, zone);
            if (verb == "spend") tiers::count_spend(card_, program, Money(number), counts_at, zone);
            if (verb == "orders") tiers::count_orders(card_, program, number, counts_at, zone);
            if (verb == "credit")
                ledger::apply(*ledger::credit(card_, ledger::EntryKind::accrual, Points(number), at_,
                                              word == "ends" ? until : std::nullopt), card_);
            if (verb == "burn")
                ledger::apply(*ledger::burn(card_, ledger::EntryKind::redemption, Points(number),
                                            at_), card_);
        }
        if (verb == "hand" || verb == "hold" || verb == "clear")
            by_hand_ = true;
        else
            facts_.push_back({at_, counts_at, card_.balance,
                              Points(verb == "points" ? std::stoll(value) : 0),
                              Money(verb == "spend" ? std::stoll(value) : 0),
                              verb == "orders" ? std::stoll(value) : 0});
        while (const auto move = tiers::evaluate(card_, program, tiers, at_, zone))
            take({ledger::tier_change(move->to, at_), *move});
        tiers::note(card_, program, tiers, at_, zone);
        repack();
    }
    void go_to(Timestamp at) {
        if (each_day_)
            for (Date day = zone_.local_date(at_).plus_days(1); zone_.start_of(day) < at;
                 day = day.plus_days(1))
                look(zone_.start_of(day));
        look(at);
        at_ = at;
    }
    std::string told() const {
        return told_.empty() ? "nothing" : fmt::format("{}", fmt::join(told_, "; "));
    }
    const ledger::Card& card() const { return card_; }
    // The history run through the same rules again leads to the same tier.
    void expect_replay() const {
        if (by_hand_) return;
        const auto& [program, tiers, zone, rules] = book();
        const ledger::Card again = tiers::replay(card_, facts_, program, tiers, at_, zone);
        EXPECT_EQ(ladder_.name(again.tier), ladder_.name(card_.tier));
        EXPECT_EQ(again.tier_until, card_.tier_until);
        EXPECT_EQ(again.tier_state.hold, card_.tier_state.hold);
        EXPECT_EQ(again.tier_state.next, card_.tier_state.next);
        EXPECT_EQ(tiers::standing_at(again, program, at_, zone).points,
                  tiers::standing_at(card_, program, at_, zone).points);
    }

  private:
    Rulebook book() const { return {ladder_.program, ladder_.tiers, zone_}; }
    Timestamp moment(const std::string& date) const {
        return date.size() > 10 ? *Timestamp::parse(date) : zone_.start_of(*Date::parse(date));
    }
    void look(Timestamp at) {
        const auto due = card_.due_at();
        const std::size_t before = told_.size();
        roll_forward(card_, book(), at, [&](Step step) { take(std::move(step)); });
        // The timer knew of it.
        if (told_.size() > before) {
            EXPECT_TRUE(due && *due <= at) << told_.back();
        }
        if (each_day_) {
            tiers::note(card_, ladder_.program, ladder_.tiers, at, zone_);
            repack();
        }
    }
    void take(Step step) {
        CHECK(told_.size() < 100);
        if (step.move)
            told_.push_back(local(step.posting.effective_at) + " " + text(*step.move));
        ledger::apply(step.posting, card_);
        if (step.move)
            apply_move(*step.move, card_);
        else
            facts_.push_back({step.posting.effective_at, step.posting.effective_at, card_.balance,
                              {}, {}, 0});
    }
    std::string text(const tiers::Move& move) const {
        tiers::Move dateless = move;
        dateless.until.reset();
        dateless.next_at.reset();
        std::string out = ladder_.move_text(dateless);
        if (move.kind == tiers::Move::Kind::waiting)
            return move.next_at ? out + " at " + local(*move.next_at) : out;
        return move.until ? out + " until " + local(*move.until) : out;
    }
    std::string local(Timestamp at) const {
        const Date day = zone_.local_date(at);
        return zone_.start_of(day) == at ? day.iso() : at.iso();
    }
    // As it comes back from its row.
    void repack() {
        const auto again = ledger::unpack_tier_state(ledger::pack_tier_state(card_.tier_state));
        EXPECT_EQ(again, card_.tier_state);
        card_.tier_state = again;
    }
    const test::Ladder& ladder_;
    const TimeZone& zone_;
    bool each_day_;
    ledger::Card card_;
    Timestamp at_;
    std::vector<std::string> told_;
    std::vector<tiers::Fact> facts_;
    bool by_hand_ = false;
};

TEST(Life, MovesTiersExactly) {
    for (const auto& [line, cells] : test::read_table("members/tests/cases/life.txt")) {
        const test::Ladder ladder(cells[0]);
        const TimeZone zone = *TimeZone::find(cells[1].empty() ? "UTC" : cells[1]);
        // Metamorphic: whoever looks every day sees the same.
        for (const bool each_day : {false, true}) {
            SCOPED_TRACE(fmt::format("life.txt:{}", line));
            Life life(ladder, zone, each_day);
            for (const std::string& fact : test::split(cells[2], ',')) life.act(fact);
            life.go_to(zone.start_of(*Date::parse(cells[3])));
            EXPECT_EQ(life.told(), cells[4])
                << "life.txt:" << line << (each_day ? ", each day" : "");
            life.expect_replay();
            ledger::Card noted = life.card();
            tiers::note(noted, ladder.program, ladder.tiers,
                        zone.start_of(*Date::parse(cells[3])), zone);
            const auto due = noted.due_at();
            EXPECT_TRUE(!due || *due > zone.start_of(*Date::parse(cells[3])))
                << "life.txt:" << line;
        }
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
