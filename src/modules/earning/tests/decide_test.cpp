#include "modules/earning/decide.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "modules/earning/codec.hpp"
#include "modules/earning/compile.hpp"

namespace perennial::earning {
namespace {

const RawId club = RawId::make(1, 1, 1);
constexpr auto never = [](const auto&, const auto&) { return false; };

Rule fixed(std::int64_t points) {
    Rule rule;
    rule.id = RuleId(RawId::make(1, 2, 1));
    rule.program = campaigns::ProgramId(club);
    rule.event = "order.paid";
    rule.fixed = Points(points);
    return rule;
}

Multiplier times(std::int64_t millionths) {
    Multiplier out;
    out.program = campaigns::ProgramId(club);
    out.event = "order.paid";
    out.millionths = millionths;
    return out;
}

Points multiplied(std::int64_t points, std::vector<Multiplier> by, bool all) {
    return evaluate(fixed(points), {}, {nullptr, by, all}, never, {}).points;
}

TEST(Multipliers, HighestOrAllRoundedDownOnce) {
    EXPECT_EQ(multiplied(7, {}, false), Points(7));
    EXPECT_EQ(multiplied(7, {times(1'500'000), times(1'100'000)}, false), Points(10));
    EXPECT_EQ(multiplied(7, {times(1'500'000), times(1'100'000)}, true), Points(11));
    EXPECT_EQ(multiplied(3, {times(333'333)}, false), Points(0));
    // A third of three thirds stays whole: nothing is cut between the steps.
    EXPECT_EQ(multiplied(1, {times(500'000), times(500'000), times(4'000'000)}, true), Points(1));
    // Many odd factors neither overflow nor lose what is above a point.
    EXPECT_EQ(multiplied(1'000'000, std::vector(12, times(1'000'001)), true), Points(1'000'012));
    EXPECT_EQ(evaluate(fixed(value_max), {}, {nullptr, std::vector{times(2'000'000)}, true}, never, {})
                  .reason,
              Outcome::Reason::out_of_range);
}

TEST(Multipliers, OfOtherProgramsEventsRulesAndTimesDoNotCount) {
    Multiplier other = times(2'000'000);
    other.program = campaigns::ProgramId(RawId::make(1, 1, 9));
    Multiplier event = times(2'000'000);
    event.event = "review";
    Multiplier rule = times(2'000'000);
    rule.rules = {RuleId(RawId::make(1, 2, 9))};
    Multiplier later = times(2'000'000);
    later.start_date = Timestamp{1};
    EXPECT_EQ(multiplied(5, {other, event, rule, later}, true), Points(5));
}

TEST(Limits, TheTightestNamesItself) {
    campaigns::Limits rule{.per_order = Points(80), .per_day = Points(100)};
    campaigns::Limits program{.budget = Points(1000)};
    const auto left = [&](std::int64_t today, std::int64_t spent) {
        Outcome outcome = evaluate(fixed(90), {}, {}, never, {});
        cut(outcome, rule, program, [&](Scope scope, Span span) {
            if (scope == Scope::program) return Points(spent);
            return span == Span::day ? Points(today) : Points();
        });
        return std::pair(outcome.points.value, outcome.limit);
    };
    EXPECT_EQ(left(0, 0), std::pair(std::int64_t{80}, std::string("rule.per_order")));
    EXPECT_EQ(left(20, 0), std::pair(std::int64_t{80}, std::string("rule.per_order")));
    EXPECT_EQ(left(21, 0), std::pair(std::int64_t{79}, std::string("rule.per_day")));
    EXPECT_EQ(left(0, 995), std::pair(std::int64_t{5}, std::string("program.budget")));
    // More than the limit was used before it was lowered.
    EXPECT_EQ(left(200, 0), std::pair(std::int64_t{0}, std::string("rule.per_day")));
}

TEST(Limits, SpansBeginAtLocalMidnight) {
    const TimeZone zone = *TimeZone::find("Europe/Berlin");
    const Timestamp at = *Timestamp::parse("2036-03-30T00:30:00Z");  // a Sunday; clocks go forward
    EXPECT_EQ(start_of(Span::day, at, zone).iso(), "2036-03-29T23:00:00.000Z");
    EXPECT_EQ(start_of(Span::week, at, zone).iso(), "2036-03-23T23:00:00.000Z");
    EXPECT_EQ(start_of(Span::month, at, zone).iso(), "2036-02-29T23:00:00.000Z");
    EXPECT_EQ(start_of(Span::year, at, zone).iso(), "2035-12-31T23:00:00.000Z");
    EXPECT_EQ(start_of(Span::member, at, zone).ms, 0);
}

TEST(Exclusions, TaxInsideAndDiscountsOfWhatStays) {
    OrderFacts order;
    order.amount = 10'000;
    order.discount_amount = 1'500;
    order.items.resize(2);
    order.items[0].amount = 6'000;
    order.items[0].subtotal_amount = 5'500;
    order.items[0].tax_amount = 1'000;
    order.items[1].amount = 4'000;
    order.items[1].subtotal_amount = 4'000;
    order.items[1].line_type = "SHIPPING";
    const OrderFacts goods = counted(order, {{"SHIPPING"}, false, {}}, never);
    EXPECT_EQ(goods.amount, 6'000);
    EXPECT_EQ(goods.discount_amount, 500 + 600);  // its own, and six tenths of the order's 1000
    EXPECT_EQ(goods.items.size(), 1u);
    const OrderFacts net = counted(order, {{"SHIPPING", "TAX"}, true, {}}, never);
    EXPECT_EQ(net.amount, 5'000);
    EXPECT_EQ(net.discount_amount, 500 + 500);
    EXPECT_EQ(net.total_amount, 4'000);
}

TEST(Rules, WhatNoLongerCompilesIsInactiveAndSaysWhy) {
    projects::Definition definition;
    definition.kind = projects::definition_kind::earning_rule;
    definition.id = RawId::make(1, 2, 1);
    definition.parent = club;
    definition.doc = *read_rule(json::parse(
        R"({"event":"order.paid","condition":"order.amount > 1","loyalty":{"type":"FIXED","points":5}})"));
    EXPECT_EQ(inactive_reason(definition.doc), "");
    // As an older version of the language may have let it through.
    definition.doc["condition"] = "order.amout > 1";
    const projects::Snapshot snapshot({}, {definition});
    const Rule& rule = snapshot.get<Rules>().all.at(0);
    EXPECT_FALSE(rule.runs_at({}));
    EXPECT_NE(rule.inactive_reason.find("condition: line 1"), std::string::npos)
        << rule.inactive_reason;
    const Outcome outcome = evaluate(rule, {}, {}, never, {});
    EXPECT_EQ(outcome.reason, Outcome::Reason::not_running);
    EXPECT_EQ(outcome.details, rule.inactive_reason);
    EXPECT_NE(to_json(definition).at("inactive_reason").as_string().find("amout"),
              json::string::npos);
}

}  // namespace
}  // namespace perennial::earning
