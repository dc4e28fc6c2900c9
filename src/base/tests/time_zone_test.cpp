#include "base/time_zone.hpp"

#include <gtest/gtest.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

#include "base/time.hpp"
#include "tests/fuzz/zones_fuzz.hpp"

namespace perennial {
namespace {

const std::string corpus = PERENNIAL_SOURCE_DIR "/tests/corpus/zones/";

std::int64_t utc_s(std::string_view moment) {
    return Timestamp::parse(moment)->ms / 1000;
}

TEST(TimeZone, SummerTimeGoesOnAfter2037) {
    const auto berlin = TimeZone::find("Europe/Berlin");
    ASSERT_TRUE(berlin);
    EXPECT_EQ(berlin->start_of({2037, 7, 1}).iso(), "2037-06-30T22:00:00.000Z");
    EXPECT_EQ(berlin->start_of({2040, 7, 1}).iso(), "2040-06-30T22:00:00.000Z");
    EXPECT_EQ(berlin->start_of({2040, 12, 1}).iso(), "2040-11-30T23:00:00.000Z");
    // 31 March 2075: 02:00 jumps to 03:00.
    EXPECT_EQ(berlin->end_of({2075, 3, 31}).ms - berlin->start_of({2075, 3, 31}).ms, 23 * hour_ms);
    EXPECT_EQ(berlin->parse_local("2075-03-31 02:30:00")->iso(), "2075-03-31T01:00:00.000Z");
    EXPECT_EQ(berlin->parse_local("2075-10-27 02:30:00")->iso(), "2075-10-27T00:30:00.000Z");
    EXPECT_EQ(berlin->local_hour(*Timestamp::parse("2099-07-01T12:00:00Z")), 14);
}

TEST(TimeZone, OldLocalTimesCountSeconds) {
    const auto berlin = TimeZone::find("Europe/Berlin");
    EXPECT_EQ(berlin->local_iso(*Timestamp::parse("1850-01-01T00:00:00Z")), "1850-01-01T00:53:28");
    EXPECT_EQ(berlin->local_iso({-1}), "1970-01-01T00:59:59");
}

TEST(TimeZone, NamesThatAreNone) {
    for (const char* name :
         {"", "/etc/passwd", "../../../etc/passwd", "Europe", "posix/Europe/Berlin",
          "right/Europe/Berlin", "zone.tab", "tzdata.zi", "Europe/Berlin\n", "europe/berlin"})
        EXPECT_EQ(ZoneRules::find(name), nullptr) << name;
    EXPECT_NE(ZoneRules::find("Etc/GMT+12"), nullptr);
    EXPECT_EQ(ZoneRules::find("Europe/Berlin"), ZoneRules::find("Europe/Berlin"));
}

TEST(PosixRule, ReadsWhatZoneFilesEndWith) {
    const auto fixed = PosixRule::parse("<-0330>3:30");
    ASSERT_TRUE(fixed);
    EXPECT_EQ(fixed->offset_s(0), -(3 * 3600 + 1800));
    EXPECT_EQ(fixed->next_change_s(0), INT64_MAX);
    const auto julian = PosixRule::parse("AAA-1BBB,J60/0,J300/0");
    ASSERT_TRUE(julian);
    // Day 60 is the 1st of March, in leap years too.
    EXPECT_EQ(julian->next_change_s(utc_s("2044-01-01T00:00:00Z")), utc_s("2044-02-29T23:00:00Z"));
    EXPECT_EQ(julian->next_change_s(utc_s("2045-01-01T00:00:00Z")), utc_s("2045-02-28T23:00:00Z"));
    const auto counted = PosixRule::parse("AAA-1BBB,59/0,299/0");
    ASSERT_TRUE(counted);
    EXPECT_EQ(counted->next_change_s(utc_s("2044-01-01T00:00:00Z")), utc_s("2044-02-28T23:00:00Z"));
    // Daylight saving all year, as RFC 9636 writes it.
    const auto always = PosixRule::parse("XXX3EDT4,0/0,J365/23");
    ASSERT_TRUE(always);
    for (const char* moment :
         {"2040-01-01T03:00:00Z", "2040-12-31T23:59:59Z", "2041-01-01T02:59:59Z", "2041-06-01"})
        EXPECT_EQ(always->offset_s(utc_s(moment)), -4 * 3600) << moment;
    for (const char* wrong :
         {"", "EST", "E5", "5", "EST25", "EST5EDT", "EST5EDT,M3.2.0", "EST5EDT,M13.1.0,M11.1.0",
          "EST5EDT,M3.6.0,M11.1.0", "EST5EDT,M3.2.7,M11.1.0", "EST5EDT,J0,J5", "EST5EDT,366,5",
          "EST5EDT,M3.2.0/168,M11.1.0", "EST5EDT,M3.2.0,M11.1.0x", "<EST5", "EST5:60"})
        EXPECT_FALSE(PosixRule::parse(wrong)) << wrong;
}

/// rules.txt: the rules that zone files end with, and offsets as Python's zoneinfo tells them.
TEST(PosixRule, SavedMoments) {
    std::ifstream table(corpus + "rules.txt");
    std::string rule;
    std::int64_t moment = 0;
    std::int32_t offset = 0;
    int rows = 0;
    while (table >> rule >> moment >> offset) {
        const auto parsed = PosixRule::parse(rule);
        ASSERT_TRUE(parsed) << rule;
        EXPECT_EQ(parsed->offset_s(moment), offset)
            << rule << " at " << Timestamp{moment * 1000}.iso();
        ++rows;
    }
    EXPECT_GT(rows, 500);
}

TEST(TimeZone, AgreesWithPythonOnEveryZoneOfTheSystem) {
    FILE* const python = popen(("python3 " + corpus + "moments.py 2>/dev/null").c_str(), "r");
    ASSERT_NE(python, nullptr);
    char kind = 0;
    char name[100];
    long long given = 0;
    long long expected = 0;
    int rows = 0;
    int wrong = 0;
    while (std::fscanf(python, " %c %99s %lld %lld", &kind, name, &given, &expected) == 4) {
        ++rows;
        const ZoneRules* const zone = ZoneRules::find(name);
        ASSERT_NE(zone, nullptr) << name;
        const long long answer =
            kind == 'U' ? zone->offset_s(given) : zone->utc_ms(given * 1000) / 1000;
        if (answer != expected && ++wrong < 20)
            ADD_FAILURE() << kind << " " << name << " " << Timestamp{given * 1000}.iso() << ": "
                          << answer << " for " << expected;
    }
    if (pclose(python) != 0) GTEST_SKIP() << "skipped: python3 with zoneinfo is not here";
    EXPECT_EQ(wrong, 0);
    EXPECT_GT(rows, 1000);
}

TEST(ZoneRules, DamagedFilesAreRefused) {
    std::ifstream file("/usr/share/zoneinfo/Europe/Berlin", std::ios::binary);
    std::ostringstream read;
    read << file.rdbuf();
    const std::string bytes = read.str();
    if (bytes.empty()) GTEST_SKIP() << "skipped: no zone database";
    ASSERT_TRUE(ZoneRules::read(bytes));
    for (std::size_t length = 0; length + 1 < bytes.size(); length += 7)
        EXPECT_FALSE(ZoneRules::read(std::string_view(bytes).substr(0, length))) << length;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        std::string damaged = bytes;
        damaged[i] = static_cast<char>(damaged[i] ^ 0x55);
        if (const auto rules = ZoneRules::read(damaged)) (void)rules->utc_ms(2'524'608'000'000);
    }
}

TEST(ZoneRules, SavedFuzzInputs) {
    int seeds = 0;
    for (const auto& entry : std::filesystem::directory_iterator(corpus + "fuzz")) {
        std::ifstream seed(entry.path(), std::ios::binary);
        std::ostringstream read;
        read << seed.rdbuf();
        fuzz::run_zones(read.view());
        ++seeds;
    }
    EXPECT_GE(seeds, 6);
}

}  // namespace
}  // namespace perennial
