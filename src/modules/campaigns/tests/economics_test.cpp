#include "modules/campaigns/economics.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>

namespace perennial::campaigns {
namespace {

// The CLDR's rules, written out another way: sets of the last two digits.
std::string expected(std::string_view language, std::int64_t n) {
    const std::int64_t last = n % 100;
    if (language == "ro") {
        if (n == 1) return "one";
        if (n == 0) return "few";
        return last >= 1 && last < 20 ? "few" : "other";
    }
    if (language == "ru") {
        if (last > 10 && last < 20) return "many";
        return last % 10 == 1 ? "one" : last % 10 > 1 && last % 10 < 5 ? "few" : "many";
    }
    if (language == "pt-BR" && n == 0) return "one";
    if (n == 1) return "one";
    return language != "en" && n > 0 && n % 1'000'000 == 0 ? "many" : "other";
}

TEST(Plural, FollowsTheRulesOfEachLanguage) {
    for (const std::string_view language : {"en", "it", "pt", "pt-BR", "ro", "ru"}) {
        for (std::int64_t n = 0; n <= 200; ++n) {
            EXPECT_EQ(plural_category(language, n), expected(language, n)) << language << " " << n;
            EXPECT_EQ(plural_category(language, -n), expected(language, n)) << language << " " << -n;
        }
        for (const std::int64_t n : {1000L, 1001L, 1011L, 1021L, 1'000'000L, 1'000'001L, 2'000'000L,
                                     9'007'199'254'740'991L})
            EXPECT_EQ(plural_category(language, n), expected(language, n)) << language << " " << n;
    }
}

Program named() {
    Program program;
    program.currency_names["en"] = {{"one", "star"}, {"other", "stars"}};
    program.currency_names["ro"] = {{"one", "stea"}, {"few", "stele"}, {"other", "de stele"}};
    program.currency_names["ru"] = {{"one", "звезда"}, {"few", "звезды"}, {"many", "звёзд"}};
    program.currency_names["it"] = {{"one", "stella"}, {"other", "stelle"}};
    program.currency_names["pt"] = {{"one", "estrela"}, {"other", "estrelas"}};
    return program;
}

TEST(PointsText, SaysThemAsPeopleDo) {
    const Program program = named();
    const struct {
        const char* language;
        std::int64_t points;
        const char* text;
    } rows[] = {
        {"ro", 1, "1 stea"}, {"ro", 2, "2 stele"}, {"ro", 0, "0 stele"}, {"ro", 19, "19 stele"},
        {"ro", 20, "20 de stele"}, {"ro", 101, "101 stele"}, {"ro", 120, "120 de stele"},
        {"ro-RO", 20, "20 de stele"}, {"ru", 1, "1 звезда"}, {"ru", 22, "22 звезды"},
        {"ru", 25, "25 звёзд"}, {"ru", 111, "111 звёзд"}, {"ru", 121, "121 звезда"},
        {"en", 1, "1 star"}, {"en", 2350, "2350 stars"}, {"en", -1, "-1 star"},
        {"it", 1'000'000, "1000000 stelle"}, {"pt", 0, "0 estrelas"}, {"pt", 1, "1 estrela"},
        {"fr", 2, "2 stars"},
    };
    for (const auto& row : rows)
        EXPECT_EQ(points_text(program, row.language, Points(row.points)), row.text);
    EXPECT_EQ(points_text(Program(), "ro", Points(1)), "1 point");
    EXPECT_EQ(points_text(Program(), "ro", Points(3)), "3 points");
    Program only_ro;
    only_ro.currency_names["ro"] = program.currency_names.at("ro");
    EXPECT_EQ(points_text(only_ro, "fr", Points(40)), "40 de stele");
}

TEST(Millionths, AreExact) {
    const std::map<std::string, std::int64_t> rows{
        {"1", 1'000'000}, {"0.5", 500'000}, {"0.000001", 1}, {"999999999.999999", 999'999'999'999'999},
        {"007.10", 7'100'000}};
    for (const auto& [text, value] : rows) EXPECT_EQ(millionths_of(text), value) << text;
    for (const char* text : {"", ".5", "1.", "-1", "1e3", "0.0000001", "1,5", "1234567890", "1 "})
        EXPECT_FALSE(millionths_of(text)) << text;
    EXPECT_EQ(millionths_text(15'000), "0.015");
    EXPECT_EQ(millionths_text(2'000'000), "2");
    EXPECT_EQ(millionths_text(-1'500'000), "-1.5");
    EXPECT_EQ(millionths_text(0), "0");
}

TEST(Value, OfPoints) {
    Program program;
    EXPECT_FALSE(value_of(program, Points(2350)));
    program.point_value = millionths_of("1");
    EXPECT_EQ(value_of(program, Points(2350)), Money(2350));  // 23.50
    program.point_value = millionths_of("0.5");
    EXPECT_EQ(value_of(program, Points(2351)), Money(1175));
    EXPECT_EQ(value_of(program, Points(-3)), Money(-2));
    program.point_value = millionths_of("999999999");
    EXPECT_EQ(value_of(program, Points(value_max)), Money(value_max));
}

}  // namespace
}  // namespace perennial::campaigns
