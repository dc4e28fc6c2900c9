#include "modules/tiers/codec.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "modules/campaigns/tests/issues.hpp"
#include "modules/tiers/model.hpp"

namespace perennial::tiers {
namespace {

constexpr const char* rule = "ern_019a7f3e20004f1b8d5c3b2a19080706";
constexpr const char* assignment = "rewa_019a7f3e20004f1b8d5c3b2a19080706";

Result<json::object> read(std::string_view body) { return read_tier(json::parse(body)); }

struct Mistake {
    const char* body;
    const char* issues;
};
class TierMistakes : public testing::TestWithParam<Mistake> {};

TEST_P(TierMistakes, AreAllNamed) {
    EXPECT_EQ(test::issues_of(read(GetParam().body)), GetParam().issues) << GetParam().body;
}

INSTANTIATE_TEST_SUITE_P(
    All, TierMistakes,
    testing::Values(
        Mistake{"{}", "/name required, /points required"},
        Mistake{R"({"name":"Gold","points":{"from":-1,"to":"x"}})",
                "/points/from range, /points/to type"},
        Mistake{R"({"name":"Gold","points":{"from":10,"to":10}})", "/points/to range"},
        Mistake{R"({"name":"Gold","points":{},"earning_rules":{"Double points":{"type":"MULTIPLY",
                "multiplier":2}},"rewards":{"ern_019a7f3e20004f1b8d5c3b2a19080706":{}}})",
                "/earning_rules/Double points unknown, "
                "/rewards/ern_019a7f3e20004f1b8d5c3b2a19080706 unknown"},
        Mistake{R"({"name":"Gold","points":{},"earning_rules":
                {"ern_019a7f3e20004f1b8d5c3b2a19080706":{"type":"DOUBLE"}}})",
                "/earning_rules/ern_019a7f3e20004f1b8d5c3b2a19080706/type enum"},
        Mistake{R"({"name":"Gold","points":{},"earning_rules":
                {"ern_019a7f3e20004f1b8d5c3b2a19080706":{"type":"MULTIPLY","multiplier":1.0000005},
                "ern_019a7f3e20004f1b8d5c3b2a19080707":{"type":"MULTIPLY"},
                "ern_019a7f3e20004f1b8d5c3b2a19080708":{"type":"CUSTOM"}}})",
                "/earning_rules/ern_019a7f3e20004f1b8d5c3b2a19080706/multiplier range, "
                "/earning_rules/ern_019a7f3e20004f1b8d5c3b2a19080707/multiplier required, "
                "/earning_rules/ern_019a7f3e20004f1b8d5c3b2a19080708/points required"}));

TEST(Multiplier, IsExactToSixDigits) {
    const auto of = [](const char* text) { return multiplier_millionths(json::parse(text)); };
    EXPECT_EQ(of("2"), 2'000'000);
    EXPECT_EQ(of("1.25"), 1'250'000);
    EXPECT_EQ(of("0.1"), 100'000);
    EXPECT_EQ(of("999.999999"), 999'999'999);
    EXPECT_EQ(of("1e1"), 10'000'000);
    EXPECT_EQ(of("0"), 0);
    EXPECT_FALSE(of("1.0000001"));
    EXPECT_FALSE(of("-1"));
    EXPECT_FALSE(of("1001"));
    EXPECT_FALSE(of("\"2\""));
}

// 15 points * 1.25 = 18.75: a fraction of a point is none.
TEST(Mapping, MultiplyRoundsDown) {
    const Mapping mapping{Mapping::Type::multiply, 1'250'000, {}};
    EXPECT_EQ(mapping.apply(Points(15)), Points(18));
    EXPECT_EQ(mapping.apply(Points(16)), Points(20));
    EXPECT_EQ(mapping.apply(Points(0)), Points(0));
    const Mapping third{Mapping::Type::multiply, 333'333, {}};
    EXPECT_EQ(third.apply(Points(3)), Points(0));
    EXPECT_EQ(third.apply(Points(4)), Points(1));
    EXPECT_EQ(mapping.apply(Points(value_max)), Points(value_max));
}

TEST(Mapping, CustomReplaces) {
    const Mapping mapping{Mapping::Type::custom, 1'000'000, Points(300)};
    EXPECT_EQ(mapping.apply(Points(7)), Points(300));
}

struct Rung {
    const char* name;
    int from;
    int to = 0;  // 0 = not written
};

std::string ladder(std::initializer_list<Rung> rungs) {
    std::vector<json::object> docs;
    for (const Rung& rung : rungs) {
        json::object points{{"from", rung.from}};
        if (rung.to != 0) points["to"] = rung.to;
        docs.push_back({{"name", rung.name}, {"points", points}});
    }
    const auto checked = check_ladder(docs);
    return checked ? "accepted" : checked.error().issues.at(0).message;
}

TEST(Ladder, RangesTouch) {
    EXPECT_EQ(ladder({}), "accepted");
    EXPECT_EQ(ladder({{"A", 0, 1000}, {"B", 1000, 2000}, {"C", 2000}}), "accepted");
    EXPECT_EQ(ladder({{"A", 0, 999}, {"B", 1000}}), "accepted");
    EXPECT_EQ(ladder({{"B", 1000}, {"A", 0}}), "accepted");
    EXPECT_EQ(ladder({{"A", 500, 1000}}), "accepted");
}

TEST(Ladder, MistakesNameBothTiers) {
    EXPECT_EQ(ladder({{"A", 0, 1001}, {"B", 1000}}),
              "tier A (0 to 1001) overlaps tier B (from 1000)");
    EXPECT_EQ(ladder({{"A", 5}, {"B", 5, 9}}), "tier A (from 5) overlaps tier B (5 to 9)");
    EXPECT_EQ(ladder({{"B", 1000}, {"A", 0, 998}}),
              "there is a gap between tier A (0 to 998) and tier B (from 1000)");
    EXPECT_EQ(ladder({{"A", 0, 10}, {"A", 10}}), "two tiers are named A");
}

projects::Definition tier(std::uint64_t number, const RawId& program, std::string_view body) {
    projects::Definition definition;
    definition.kind = projects::definition_kind::loyalty_tier;
    definition.id = RawId::make(1, 2, number);
    definition.parent = program;
    definition.doc = *read(body);
    definition.name = std::string(definition.doc.at("name").as_string());
    return definition;
}

TEST(Tiers, CompileAscendingByProgram) {
    const RawId club = RawId::make(1, 1, 1);
    const RawId other = RawId::make(1, 1, 2);
    const std::string gold = fmt::format(
        R"({{"name":"Gold","points":{{"from":1000}},"earning_rules":{{"{}":{{"type":"MULTIPLY",
        "multiplier":1.5}}}},"rewards":{{"{}":{{"type":"CUSTOM","points":90}}}}}})",
        rule, assignment);
    const projects::Snapshot snapshot(
        {}, {tier(1, club, gold),
             tier(2, club, R"({"name":"Base","points":{"from":100,"to":999}})"),
             tier(3, other, R"({"name":"Solo","points":{}})")});
    const auto& tiers = snapshot.get<Tiers>();
    const campaigns::ProgramId program(club);
    ASSERT_EQ(tiers.of(program).size(), 2u);
    EXPECT_EQ(tiers.of(program)[0]->to, 1000);
    EXPECT_FALSE(tiers.of(program)[1]->to);
    const auto at = [&](const campaigns::ProgramId& id, std::int64_t balance) {
        campaigns::Program by_balance;
        by_balance.id = id;
        return tiers.reached(by_balance, {.balance = balance});
    };
    EXPECT_EQ(at(program, 99), nullptr);
    EXPECT_EQ(at(program, 100)->name, "Base");
    EXPECT_EQ(at(program, 999)->name, "Base");
    EXPECT_EQ(at(program, 1000)->name, "Gold");
    EXPECT_EQ(at(campaigns::ProgramId(other), 0)->name, "Solo");
    EXPECT_TRUE(tiers.of(campaigns::ProgramId()).empty());
    const Tier& top = *at(program, 5000);
    EXPECT_EQ(top.earning_rules.at(*RawId::from_hex(std::string_view(rule).substr(4)))
                  .multiplier_millionths,
              1'500'000);
    EXPECT_EQ(top.rewards.at(*RawId::from_hex(std::string_view(assignment).substr(5))).points,
              Points(90));
}

TEST(Tier, MayHaveRequirementsAndBenefits) {
    const auto doc = read_tier(json::parse(
        R"({"name":"Gold","points":{"from":1000},"requirements":{"match":"ANY","spend":50000,
        "tenure_days":365},"benefits":[{"type":"shipping","name":"Free shipping","value":true},
        {"name":"Lounge"}]})"));
    ASSERT_TRUE(doc);
    const RawId club = RawId::make(1, 1, 1);
    const projects::Snapshot snapshot({}, {tier(1, club, to_text(*doc))});
    const Tier& gold = *snapshot.get<Tiers>().of(campaigns::ProgramId(club)).at(0);
    ASSERT_TRUE(gold.requirements);
    EXPECT_FALSE(gold.requirements->met_by({.points = 5000, .spend = 49'999, .tenure = 364}));
    EXPECT_TRUE(gold.requirements->met_by({.spend = 50'000}));
    EXPECT_TRUE(gold.requirements->met_by({.tenure = 365}));
    Requirements all = *gold.requirements;
    all.any = false;
    EXPECT_FALSE(all.met_by({.spend = 50'000}));
    EXPECT_TRUE(all.met_by({.spend = 50'000, .tenure = 365}));
    ASSERT_EQ(gold.benefits.size(), 2u);
    EXPECT_EQ(gold.benefits[0].value, true);
    const auto wrong = read_tier(json::parse(
        R"({"name":"Gold","points":{},"requirements":{"match":"SOME"},"benefits":[{"type":7}]})"));
    ASSERT_FALSE(wrong);
    std::string pointers;
    for (const FieldIssue& issue : wrong.error().issues) pointers += issue.pointer + " ";
    EXPECT_EQ(pointers, "/requirements/match /requirements /benefits/0/name /benefits/0/type ");
}

}  // namespace
}  // namespace perennial::tiers
