#include "modules/transfer/decimal.hpp"

#include <gtest/gtest.h>

#include "modules/transfer/order_times.hpp"

namespace perennial::transfer {
namespace {

std::string parsed(std::string_view text, NumberFormat format = {}) {
    const auto number = parse_decimal(text, format);
    return number ? number->text() : number.error();
}

TEST(TransferDecimal, reads_exact_numbers) {
    EXPECT_EQ(parsed("2.55"), "2.55");
    EXPECT_EQ(parsed("-11062.06"), "-11062.06");
    EXPECT_EQ(parsed("0.001"), "0.001");
    EXPECT_EQ(parsed(" +7 "), "7");
    EXPECT_EQ(parsed(".5"), "0.5");
    EXPECT_EQ(parsed("-.05"), "-0.05");
    EXPECT_EQ(parsed("5."), "5");
    EXPECT_EQ(parsed("000000000000000000012"), "12");
    EXPECT_EQ(parsed("2.5500000000000000000"), "2.5500");
    EXPECT_EQ(parsed("\xC2\xA0"
                     "3\xC2\xA0"),
              "3");
}

TEST(TransferDecimal, reads_marks_as_told) {
    EXPECT_EQ(parsed("1,234,567.5", {'.', ','}), "1234567.5");
    EXPECT_EQ(parsed("1.234,50", {',', '.'}), "1234.50");
    EXPECT_EQ(parsed("1 234,50", {',', ' '}), "1234.50");
    EXPECT_EQ(parsed("1\xE2\x80\xAF"
                     "234,50",
                     {',', ' '}),
              "1234.50");
    EXPECT_EQ(parsed("1'234.50", {'.', '\''}), "1234.50");
    EXPECT_EQ(parsed("1234.5", {'.', ','}), "1234.5");
}

TEST(TransferDecimal, refuses_the_rest_in_words) {
    EXPECT_EQ(parsed(""), "is empty");
    EXPECT_EQ(parsed("abc"), "'abc' is not a number");
    EXPECT_EQ(parsed("-"), "'-' is not a number");
    EXPECT_EQ(parsed("1,5"), "'1,5' is not a number: the decimal mark is '.'");
    EXPECT_EQ(parsed("1e3"), "'1e3' is not a number: write it out, without an exponent");
    EXPECT_EQ(parsed("12,34", {'.', ','}), "'12,34' is not a number: a misplaced thousands mark");
    EXPECT_EQ(parsed("1,2345", {'.', ','}), "'1,2345' is not a number: a misplaced thousands mark");
    EXPECT_EQ(parsed("1234,567", {'.', ','}),
              "'1234,567' is not a number: a misplaced thousands mark");
    EXPECT_EQ(parsed(",123", {'.', ','}), "',123' is not a number: a misplaced thousands mark");
    EXPECT_EQ(parsed("1000000000000000"),
              "'1000000000000000' is not a number: more than 15 digits");
    EXPECT_EQ(parsed("0.1234567890123"),
              "'0.1234567890123' is not a number: more than 12 decimal places");
    EXPECT_EQ(parsed("\xC2\xA3"
                     "5"),
              "'\xC2\xA3"
              "5' is not a number");
}

TEST(TransferDecimal, rounds_a_half_away_from_zero_once_a_line) {
    EXPECT_EQ(minor_units({255, 2}, 6, 2), 1530);
    EXPECT_EQ(minor_units({1, 3}, 1, 2), 0);    // 0.001
    EXPECT_EQ(minor_units({1, 3}, 4, 2), 0);    // 0.004
    EXPECT_EQ(minor_units({1, 3}, 5, 2), 1);    // 0.005
    EXPECT_EQ(minor_units({1, 3}, -5, 2), -1);  // -0.005
    EXPECT_EQ(minor_units({2675, 3}, 1, 2), 268);
    EXPECT_EQ(minor_units({5, 0}, 3, 2), 1500);
    EXPECT_EQ(minor_units({15, 1}, 3, 0), 5);
    EXPECT_EQ(minor_units({999'999'999'999'999, 0}, 1'000'000, 2), std::nullopt);
    EXPECT_EQ(minor_units({1, 12}, std::int64_t{1} << 53, 2), std::nullopt);
}

TEST(TransferDecimal, excerpt_keeps_characters_whole) {
    EXPECT_EQ(excerpt("short"), "short");
    const std::string text = std::string(59, 'x') +
                             "\xC2\xA3"
                             "y";
    EXPECT_EQ(excerpt(text), std::string(59, 'x'));
}

std::string time_of(std::string_view text, std::string_view format_name,
                    std::string_view zone_name = "Europe/London") {
    std::vector<const TimeFormat*> formats;
    for (const TimeFormat& format : time_formats())
        if (format.name == format_name) formats.push_back(&format);
    EXPECT_EQ(formats.size(), 1U) << format_name;
    const TimeZone zone = *TimeZone::find(zone_name.empty() ? "UTC" : zone_name);
    TimeParser parser(formats, zone_name.empty() ? nullptr : &zone);
    const auto time = parser.parse(text);
    EXPECT_EQ(time, parser.parse(text)) << "the kept answer differs";
    return time ? time->iso() : "none";
}

TEST(TransferTimes, reads_each_format) {
    EXPECT_EQ(time_of("2010-12-01 08:26:00", "YYYY-MM-DD HH:MM:SS"), "2010-12-01T08:26:00.000Z");
    EXPECT_EQ(time_of("2011-07-01 08:26:00", "YYYY-MM-DD HH:MM:SS"), "2011-07-01T07:26:00.000Z");
    EXPECT_EQ(time_of("2011-07-01 08:26", "YYYY-MM-DD HH:MM"), "2011-07-01T07:26:00.000Z");
    EXPECT_EQ(time_of("2011-07-01", "YYYY-MM-DD"), "2011-06-30T23:00:00.000Z");
    EXPECT_EQ(time_of("20110701", "YYYYMMDD"), "2011-06-30T23:00:00.000Z");
    EXPECT_EQ(time_of("01/12/2010 08:26", "DD/MM/YYYY HH:MM"), "2010-12-01T08:26:00.000Z");
    EXPECT_EQ(time_of("12/1/2010 8:26", "M/D/YYYY H:MM"), "2010-12-01T08:26:00.000Z");
    EXPECT_EQ(time_of("1.12.2010 8:26:59", "DD.MM.YYYY HH:MM:SS"), "2010-12-01T08:26:59.000Z");
    EXPECT_EQ(time_of("2010-12-01T08:26:00+02:00", "ISO", ""), "2010-12-01T06:26:00.000Z");
    EXPECT_EQ(time_of("2011-07-01T08:26:00Z", "ISO"), "2011-07-01T08:26:00.000Z");
    EXPECT_EQ(time_of("2011-07-01T08:26:00", "ISO"), "2011-07-01T07:26:00.000Z");
    EXPECT_EQ(time_of("1291191960", "unix seconds", ""), "2010-12-01T08:26:00.000Z");
    EXPECT_EQ(time_of("1291191960000", "unix milliseconds", ""), "2010-12-01T08:26:00.000Z");
}

TEST(TransferTimes, refuses_what_is_no_time) {
    EXPECT_EQ(time_of("2010-12-01", "YYYY-MM-DD HH:MM:SS"), "none");
    EXPECT_EQ(time_of("2010-12-01 08:26:00Z", "YYYY-MM-DD HH:MM:SS"), "none");
    EXPECT_EQ(time_of("2011-02-29 08:26:00", "YYYY-MM-DD HH:MM:SS"), "none");
    EXPECT_EQ(time_of("2011-02-28 24:00:00", "YYYY-MM-DD HH:MM:SS"), "none");
    EXPECT_EQ(time_of("13/13/2010 08:26", "DD/MM/YYYY HH:MM"), "none");
    EXPECT_EQ(time_of("1/12/10 8:26", "DD/MM/YYYY HH:MM"), "none");
    EXPECT_EQ(time_of("2010-12-01T08:26:00", "ISO", ""), "none");
    EXPECT_EQ(time_of("2010-12-01", "ISO", ""), "none");
    EXPECT_EQ(time_of("99999999999999999999", "unix seconds"), "none");
    EXPECT_EQ(time_of("-1", "unix seconds"), "none");
    EXPECT_EQ(time_of("", "ISO"), "none");
}

}  // namespace
}  // namespace perennial::transfer
