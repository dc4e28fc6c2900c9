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

TEST(Words, SayWhatBecomesOfATier) {
    const struct {
        const char* detail;
        const char* words;
    } rows[] = {
        {R"({"by":"tier","move":"customer.loyalty.tier.upgraded"})", "Tier: Tree"},
        {R"({"by":"due","notice":"grace","until":"2036-03-16T22:00:00.000Z"})",
         "Tier Tree is lost, and kept until 2036-03-16"},
        {R"({"by":"tier","notice":"next","tier":"ltr_1","at":"2036-04-01T00:00:00.000Z"})",
         "Tier Tree is reached, and begins on 2036-04-01"},
        {R"({"by":"tier","notice":"next_canceled"})", "The next tier is no longer reached"},
        {R"({"by":"manual","by_hand":true,"reason":"Guest"})", "Tier: Tree, given by hand (Guest)"},
        {R"({"by":"manual","by_hand":false})", "Tier: Tree, no longer by hand"},
        {R"({"by":"tier","retier":true})", "Tier: Tree, after a change of the program"},
    };
    for (const auto& row : rows)
        EXPECT_EQ(only_line(entry("2024-01-01", EntryKind::tier_change, 0, row.detail)), row.words);
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
        {EntryKind::accrual, R"({"by":"rescore","was":150,"now":300,"v":4})",
         "Orders and events under the rules of today: 300 points instead of 150"},
        {EntryKind::cancellation, R"({"by":"rescore","was":9,"now":2,"v":4,"shortfall":3})",
         "Orders and events under the rules of today: 2 points instead of 9, 3 of them spent already"},
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

Statement sample() {
    Statement out;
    out.from = test::day("2024-01-01");
    out.at = test::day("2024-02-01");
    out.opening = Points(5);
    out.closing = Points(105);
    out.lines.push_back({test::day("2024-01-10"), "vtx_1", "POINTS_ADDITION",
                         "=cmd|' /C calc'!A0 \"x\", <script>", Points(100), Points(),
                         Points(105)});
    return out;
}

TEST(Csv, KeepsFormulasFromRunning) {
    EXPECT_EQ(to_csv(sample(), TimeZone()),
              "at,local_time,id,type,reason,points,pending_points,balance\r\n"
              "2024-01-01T00:00:00.000Z,2024-01-01 00:00,,OPENING_BALANCE,\"Opening balance\",,,5\r\n"
              "2024-01-10T00:00:00.000Z,2024-01-10 00:00,vtx_1,POINTS_ADDITION,"
              "\"'=cmd|' /C calc'!A0 \"\"x\"\", <script>\",100,0,105\r\n"
              "2024-02-01T00:00:00.000Z,2024-02-01 00:00,,CLOSING_BALANCE,\"Closing balance\",,,"
              "105\r\n");
}

TEST(Page, EscapesWhatPeopleWrote) {
    ledger::Card card;
    card.code = "A&B";
    const std::string page =
        to_page(sample(), card, "Club <1>", "Anna <b>& Co</b>", TimeZone());
    EXPECT_NE(page.find("Anna &lt;b&gt;&amp; Co&lt;/b&gt; &middot; Card A&amp;B"),
              std::string::npos);
    EXPECT_NE(page.find("Club &lt;1&gt;"), std::string::npos);
    EXPECT_NE(page.find("&lt;script&gt;"), std::string::npos);
    EXPECT_EQ(page.find("<script"), std::string::npos);
    EXPECT_NE(page.find("size:A4"), std::string::npos);
    EXPECT_NE(page.find("+100"), std::string::npos);
}

// What came before the first entry is known from the card.
TEST(Statement, BeginsWithWhatWasThereBefore) {
    const Statement made = make_statement(
        {entry("2024-02-10", EntryKind::addition, 7, "")}, {}, test::day("2024-02-01"),
        test::day("2024-03-01"), names(), {Points(50), Points(3), {}});
    EXPECT_EQ(made.opening, Points(50));
    EXPECT_EQ(made.closing, Points(57));
    EXPECT_EQ(made.pending, Points(3));
    EXPECT_EQ(made.lines.size(), 1u);
}

}  // namespace
}  // namespace perennial::members
