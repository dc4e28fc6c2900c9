#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "base/error.hpp"
#include "base/function_ref.hpp"
#include "base/id.hpp"
#include "base/json.hpp"
#include "base/time.hpp"
#include "base/value.hpp"

namespace perennial {
namespace {

struct TestTag {
    static constexpr std::string_view prefix = "test_";
};
using TestId = Id<TestTag>;

TEST(Id, CarriesTimeAndPlaceAndReadsBack) {
    Ids ids(7);
    const auto id = ids.make<TestId>(1'700'000'000'123, 0xBEEF);
    EXPECT_EQ(id.time_ms(), 1'700'000'000'123);
    EXPECT_EQ(id.place(), 0xBEEF);
    EXPECT_EQ(id.text().size(), std::string_view("test_").size() + 32);
    EXPECT_EQ(TestId::parse(id.text()), id);
    EXPECT_FALSE(TestId::parse("cust_" + id.hex()));
    EXPECT_FALSE(TestId::parse("test_" + id.hex().substr(1)));
    EXPECT_FALSE(TestId::parse("test_" + std::string(32, 'G')));
}

TEST(Id, OnlyGrowsEvenWhenTheClockStepsBack) {
    Ids ids;
    RawId last;
    for (int i = 0; i < 10'000; ++i) {
        const RawId id = ids.make(1000 - i % 3, 5);
        EXPECT_LT(last, id);
        last = id;
    }
}

TEST(Id, PlacesAreFrozen) {
    // Part of every stored id: these values may never change.
    EXPECT_EQ(place_of(""), 61457);
    EXPECT_EQ(place_of("anna"), 19934);
}

struct Division {
    std::int64_t numerator, denominator, floor, ceil, half_up, half_even;
};

TEST(Value, DivisionRoundsAsNamed) {
    for (const Division& d : {Division{5, 2, 2, 3, 3, 2}, {-5, 2, -3, -2, -3, -2}, {7, 2, 3, 4, 4, 4},
                              {-7, 2, -4, -3, -4, -4}, {6, 3, 2, 2, 2, 2}, {1, 3, 0, 1, 0, 0},
                              {2, 3, 0, 1, 1, 1}, {-1, 3, -1, 0, 0, 0}}) {
        EXPECT_EQ(divide(d.numerator, d.denominator, Rounding::floor), d.floor) << d.numerator;
        EXPECT_EQ(divide(d.numerator, d.denominator, Rounding::ceil), d.ceil) << d.numerator;
        EXPECT_EQ(divide(d.numerator, d.denominator, Rounding::half_up), d.half_up) << d.numerator;
        EXPECT_EQ(divide(d.numerator, d.denominator, Rounding::half_even), d.half_even)
            << d.numerator;
    }
}

TEST(Value, LeavingTheRangeIsABrokenInvariant) {
    EXPECT_EQ((Points(value_max) + Points(0)).value, value_max);
    EXPECT_THROW(Points(value_max) + Points(1), InvariantBroken);
    EXPECT_THROW(Points(-value_max) - Points(1), InvariantBroken);
}

TEST(Timestamp, WritesAndReadsRfc3339) {
    const auto t = Timestamp::parse("2024-07-23T19:38:38.219Z");
    ASSERT_TRUE(t);
    EXPECT_EQ(t->iso(), "2024-07-23T19:38:38.219Z");
    EXPECT_EQ(Timestamp::parse("2024-07-23T21:38:38.219+02:00"), t);
    EXPECT_EQ(Timestamp::parse("2024-02-29")->iso(), "2024-02-29T00:00:00.000Z");
    EXPECT_EQ(Timestamp{-1}.iso(), "1969-12-31T23:59:59.999Z");
    for (const char* wrong : {"", "2023-02-29", "2024-13-01", "2024-07-23T25:00:00Z", "2024-07-23T10:00:00",
                              "2024-07-23T10:00:00.Z", "24-07-23", "2024-07-23T10:00:00+2:00"})
        EXPECT_FALSE(Timestamp::parse(wrong)) << wrong;
}

TEST(Date, MonthsClampToTheLastDay) {
    EXPECT_EQ(Date::parse("2023-01-31")->plus_months(1).iso(), "2023-02-28");
    EXPECT_EQ(Date::parse("2024-01-31")->plus_months(1).iso(), "2024-02-29");
    EXPECT_EQ(Date::parse("2024-11-30")->plus_months(3).iso(), "2025-02-28");
    EXPECT_EQ(Date::parse("2024-12-31")->plus_days(1).iso(), "2025-01-01");
    EXPECT_EQ(Date::parse("2026-11-21")->weekday(), 6);
}

TEST(TimeZone, DaysBeginAtLocalMidnightAcrossSummerTime) {
    const auto zone = TimeZone::find("Europe/Bucharest");
    ASSERT_TRUE(zone);
    // 30 March 2025, 03:00 jumps to 04:00: that day has 23 hours.
    const Timestamp start = zone->start_of({2025, 3, 30});
    EXPECT_EQ(start.iso(), "2025-03-29T22:00:00.000Z");
    EXPECT_EQ(zone->end_of({2025, 3, 30}).ms - start.ms, 23 * hour_ms);
    EXPECT_EQ(zone->local_date(start), (Date{2025, 3, 30}));
    EXPECT_EQ(zone->local_date(start + -1), (Date{2025, 3, 29}));
    EXPECT_EQ(zone->parse_local("2025-03-30 03:30:00")->iso(), "2025-03-30T01:00:00.000Z");
    EXPECT_EQ(zone->parse_local("2025-10-26 03:30:00")->iso(), "2025-10-26T00:30:00.000Z");
    EXPECT_FALSE(TimeZone::find("Europe/Nowhere"));
}

TEST(Json, SaysWhereABodyIsWrong) {
    const auto wrong = parse_json("{\"a\": 1,\n \"b\": }");
    ASSERT_FALSE(wrong);
    EXPECT_NE(wrong.error().details.find("line 2"), std::string::npos) << wrong.error().details;
    EXPECT_FALSE(parse_json(""));
    EXPECT_FALSE(parse_json("{} {}"));
    EXPECT_FALSE(parse_json("{\"a\": \"\xff\"}"));
    EXPECT_FALSE(parse_json(std::string(40, '[') + std::string(40, ']')));
    EXPECT_TRUE(parse_json(" {\"a\": 1} \n"));
}

TEST(Json, ReaderCollectsAllMistakes) {
    const auto body = parse_json(
        R"({"name": 5, "points": 1.5, "amount": 100.0, "when": "tomorrow", "kind": "X", "items": [{}, 3]})");
    ASSERT_TRUE(body);
    Issues issues;
    JsonReader reader(*body, issues);
    reader.text("name");
    reader.integer("points", 0, 10);
    EXPECT_EQ(reader.integer("amount", 0, 1000), 100);
    reader.timestamp("when");
    static constexpr std::string_view kinds[] = {"A", "B"};
    reader.choice("kind", kinds);
    reader.array("items", 1);
    reader.require("missing");
    std::vector<std::string> pointers;
    for (const FieldIssue& issue : issues.all()) pointers.push_back(issue.pointer);
    EXPECT_EQ(pointers, (std::vector<std::string>{"/name", "/points", "/when", "/kind", "/items",
                                                  "/missing"}));
    EXPECT_EQ(issues.refuse().error().issues.size(), 6U);
}

TEST(Json, Utf8) {
    EXPECT_TRUE(is_valid_utf8("Ștefan Ёлка 🌿"));
    for (const char* wrong : {"\xC0\x80", "\xED\xA0\x80", "\xF5\x80\x80\x80", "\xE2\x82", "\x80"})
        EXPECT_FALSE(is_valid_utf8(wrong));
    EXPECT_FALSE(is_valid_utf8(std::string_view("a\0b", 3)));
}

int twice(int n) { return 2 * n; }

TEST(FunctionRef, HoldsFunctionsAndLambdas) {
    FunctionRef<int(int)> plain = twice;
    EXPECT_EQ(plain(4), 8);
    int offset = 3;
    auto add = [&](int n) { return n + offset; };
    FunctionRef<int(int)> closure = add;
    EXPECT_EQ(closure(4), 7);
}

}  // namespace
}  // namespace perennial
