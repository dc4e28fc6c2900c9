#include "modules/members/statement.hpp"

#include <gtest/gtest.h>

#include "modules/tiers/tests/ladder.hpp"

namespace perennial::members {
namespace {

using ledger::EntryKind;

Names names() {
    return {[](std::string_view) { return std::string("POS-1"); },
            [](std::string_view, std::int64_t) { return std::string("A leaf a euro"); },
            [](std::string_view) { return std::string("Tree"); }};
}

ledger::Entry entry(const char* date, EntryKind kind, std::int64_t points, const char* detail,
                    std::int64_t pending = 0) {
    ledger::Entry out;
    out.kind = kind;
    out.points = Points(points);
    out.pending = Points(pending);
    out.effective_at = test::day(date);
    out.detail = detail;
    out.tier = kind == EntryKind::tier_change ? ledger::TierId(RawId::make(1, 0, 1))
                                              : ledger::TierId();
    return out;
}

std::string only_line(const ledger::Entry& one) {
    return make_statement({one}, {}, std::nullopt, test::day("2030-01-01"), names())
        .lines.at(0).reason;
}

TEST(Words, SayWhy) {
    const struct {
        EntryKind kind;
        const char* detail;
        const char* words;
    } rows[] = {
        {EntryKind::accrual, R"({"by":"order","rule":"ern_1","v":3})",
         "Earned: A leaf a euro (order POS-1)"},
        {EntryKind::accrual, R"({"by":"order","rule":"ern_1","v":3,"base":10})",
         "Earned: A leaf a euro (order POS-1), 10 before the tier's mapping"},
        {EntryKind::accrual, R"({"by":"event","event":"review","rule":"ern_1"})",
         "Earned: A leaf a euro (event review)"},
        {EntryKind::accrual, R"({"by":"tier","rule":"ern_1"})",
         "Earned: A leaf a euro (change of tier)"},
        {EntryKind::accrual, "", "Earned"},
        {EntryKind::pending_accrual, R"({"by":"order","rule":"ern_1"})",
         "Earned, pending: A leaf a euro (order POS-1)"},
        {EntryKind::cancellation, R"({"by":"order","reason":"cold","shortfall":3,"expired":2})",
         "Taken back: order POS-1, cold; 2 had expired already; 3 were spent and could not be "
         "taken"},
        {EntryKind::pending_cancellation, R"({"by":"manual"})", "Pending points canceled"},
        {EntryKind::pending_cancellation, R"({"by":"order","reason":"canceled"})",
         "Taken back: order POS-1, canceled, while pending"},
        {EntryKind::redemption, R"({"by":"redemption","reward_name":"Mug"})", "Reward: Mug"},
        {EntryKind::refund, R"({"by":"rollback","reward_name":"Mug","reason":"broken"})",
         "Reward given back: Mug: broken"},
        {EntryKind::addition, R"({"by":"manual","reason":"Late parcel"})",
         "Added by hand: Late parcel"},
        {EntryKind::addition, R"({"by":"enrolment"})", "Welcome points of a new card"},
        {EntryKind::removal, R"({"by":"manual"})", "Removed by hand"},
        {EntryKind::expiration, R"({"by":"due"})", "Expired"},
        {EntryKind::activation, R"({"by":"due"})", "Pending points became spendable"},
        {EntryKind::tier_change, R"({"by":"tier"})", "Tier: Tree"},
    };
    for (const auto& row : rows)
        EXPECT_EQ(only_line(entry("2024-01-10", row.kind, 1, row.detail)), row.words);
}

TEST(Statement, AddsUpInOrderOfBusinessTime) {
    // Recorded in this order; the second was a late fact.
    const std::vector<ledger::Entry> entries{
        entry("2024-02-01", EntryKind::addition, 100, ""),
        entry("2024-01-01", EntryKind::addition, 10, ""),
        entry("2024-03-01", EntryKind::removal, -30, "")};
    ledger::Posting expiry{EntryKind::expiration, Points(-80), {}, test::day("2024-04-01"), {}, {}};
    const auto whole =
        make_statement(entries, {expiry}, std::nullopt, test::day("2024-05-01"), names());
    ASSERT_EQ(whole.lines.size(), 4u);
    EXPECT_EQ(whole.opening, Points());
    EXPECT_EQ(whole.lines[0].balance, Points(10));
    EXPECT_EQ(whole.lines[1].balance, Points(110));
    EXPECT_EQ(whole.lines[3].balance, Points());
    EXPECT_TRUE(whole.lines[3].id.empty());
    EXPECT_EQ(whole.closing, Points());
    const auto part = make_statement(entries, {expiry}, test::day("2024-02-02"),
                                     test::day("2024-03-01"), names());
    EXPECT_EQ(part.opening, Points(110));
    EXPECT_EQ(part.closing, Points(80));
    EXPECT_EQ(part.lines.size(), 1u);
}

// Metamorphic: a statement that begins where another ends carries its balance on.
TEST(Statement, MayBeCutAnywhere) {
    std::vector<ledger::Entry> entries;
    for (int day = 1; day <= 20; ++day)
        entries.push_back(entry(fmt::format("2024-01-{:02}", day).c_str(), EntryKind::addition,
                                day % 3 == 0 ? -day : 2 * day, ""));
    for (int day = 1; day < 20; ++day) {
        const Timestamp cut = test::day(fmt::format("2024-01-{:02}", day));
        const auto before = make_statement(entries, {}, std::nullopt, cut, names());
        const auto after =
            make_statement(entries, {}, cut + 1, test::day("2024-02-01"), names());
        EXPECT_EQ(after.opening, before.closing);
        EXPECT_EQ(before.lines.size() + after.lines.size(), 20u);
    }
}

TEST(Table, IsReadable) {
    ledger::Card card;
    card.code = "LOYAL";
    const auto made = make_statement(
        {entry("2024-01-10", EntryKind::accrual, 12, R"({"by":"order","rule":"ern_1"})"),
         entry("2024-01-11", EntryKind::pending_accrual, 0, R"({"by":"order","rule":"ern_1"})", 5),
         entry("2024-01-12", EntryKind::tier_change, 0, "")},
        {}, test::day("2024-01-01"), test::day("2024-02-01"), names());
    EXPECT_EQ(to_table(made, card, "Club", TimeZone()),
R"(Club  card LOYAL  times in UTC
                                                                   points    pending    balance
2024-01-01 00:00  Opening balance                                                             0
2024-01-10 00:00  Earned: A leaf a euro (order POS-1)                 +12                    12
2024-01-11 00:00  Earned, pending: A leaf a euro (order POS-1)                    +5         12
2024-01-12 00:00  Tier: Tree                                                                 12
2024-02-01 00:00  Balance                                                          5         12
Tier: Tree
)");
}

}  // namespace
}  // namespace perennial::members
