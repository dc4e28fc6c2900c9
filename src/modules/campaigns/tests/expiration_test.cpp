#include <gtest/gtest.h>

#include "modules/campaigns/compile.hpp"

namespace perennial::campaigns {
namespace {

struct Case {
    const char* rules;  ///< as in the API
    const char* earned;
    const char* last;  ///< the last usable day
};

class LastUsableDay : public testing::TestWithParam<Case> {};

TEST_P(LastUsableDay, Is) {
    const Case& c = GetParam();
    const ExpirationRule rule = compile_expiration(json::parse(c.rules).as_object());
    const auto last = last_usable_day(rule, *Date::parse(c.earned));
    ASSERT_TRUE(last.has_value());
    EXPECT_EQ(last->iso(), c.last) << c.rules << " earned " << c.earned;
}

#define MONTH(n) R"({"period_type":"MONTH","period_value":)" #n "}"
#define ROUNDED(n, type) \
    R"({"period_type":"MONTH","period_value":)" #n R"(,"rounding_type":")" type R"("})"
#define IN_MONTH(n, month)                                                                    \
    R"({"period_type":"MONTH","period_value":)" #n                                            \
    R"(,"rounding_type":"PARTICULAR_MONTH","rounding_value":)" #month "}"
#define FIXED(month, day) \
    R"({"period_type":"FIXED_DAY_OF_YEAR","fixed_month":)" #month R"(,"fixed_day":)" #day "}"

INSTANTIATE_TEST_SUITE_P(
    Months, LastUsableDay,
    testing::Values(Case{MONTH(1), "2024-01-25", "2024-02-25"},
                    Case{MONTH(0), "2024-01-25", "2024-01-25"},
                    Case{MONTH(1), "2023-01-31", "2023-02-28"},
                    Case{MONTH(1), "2024-01-31", "2024-02-29"},
                    Case{MONTH(12), "2024-02-29", "2025-02-28"},
                    Case{MONTH(48), "2024-02-29", "2028-02-29"},
                    Case{MONTH(1), "2024-03-31", "2024-04-30"},
                    Case{MONTH(13), "2023-12-31", "2025-01-31"}));

INSTANTIATE_TEST_SUITE_P(
    Rounding, LastUsableDay,
    testing::Values(Case{ROUNDED(1, "END_OF_MONTH"), "2024-01-31", "2024-02-29"},
                    Case{ROUNDED(0, "END_OF_MONTH"), "2024-12-31", "2024-12-31"},
                    Case{ROUNDED(3, "END_OF_QUARTER"), "2024-01-15", "2024-06-30"},
                    Case{ROUNDED(0, "END_OF_QUARTER"), "2024-03-31", "2024-03-31"},
                    Case{ROUNDED(0, "END_OF_QUARTER"), "2024-11-01", "2024-12-31"},
                    Case{ROUNDED(0, "END_OF_HALF_YEAR"), "2024-06-30", "2024-06-30"},
                    Case{ROUNDED(0, "END_OF_HALF_YEAR"), "2024-07-01", "2024-12-31"},
                    Case{ROUNDED(12, "END_OF_HALF_YEAR"), "2024-01-01", "2025-06-30"},
                    Case{ROUNDED(6, "END_OF_YEAR"), "2024-07-01", "2025-12-31"},
                    Case{ROUNDED(0, "END_OF_YEAR"), "2024-12-31", "2024-12-31"},
                    Case{IN_MONTH(0, 2), "2024-02-29", "2024-02-29"},
                    Case{IN_MONTH(0, 2), "2024-03-01", "2025-02-28"},
                    Case{IN_MONTH(12, 2), "2023-01-15", "2024-02-29"},
                    Case{IN_MONTH(1, 1), "2024-12-10", "2025-01-31"}));

INSTANTIATE_TEST_SUITE_P(FixedDay, LastUsableDay,
                         testing::Values(Case{FIXED(12, 31), "2024-05-05", "2024-12-31"},
                                         Case{FIXED(5, 5), "2024-05-05", "2024-05-05"},
                                         Case{FIXED(5, 5), "2024-05-06", "2025-05-05"},
                                         Case{FIXED(2, 29), "2024-02-29", "2024-02-29"},
                                         Case{FIXED(2, 29), "2024-03-01", "2025-02-28"},
                                         Case{FIXED(2, 29), "2023-02-28", "2023-02-28"},
                                         Case{FIXED(2, 29), "2023-03-01", "2024-02-29"}));

TEST(Expiration, NoRuleNeverEnds) {
    EXPECT_FALSE(last_usable_day(compile_expiration({}), {2024, 1, 1}));
    EXPECT_FALSE(expires_at(compile_expiration({}), Timestamp{0}, TimeZone()));
}

// Earned at 23:30 UTC, which is the next day in Warsaw; gone at the local midnight after the day.
TEST(Expiration, EndsAtLocalMidnight) {
    const ExpirationRule rule = compile_expiration(json::parse(MONTH(1)).as_object());
    const auto zone = TimeZone::find("Europe/Warsaw");
    ASSERT_TRUE(zone.has_value());
    const auto end = expires_at(rule, *Timestamp::parse("2024-03-01T23:30:00Z"), *zone);
    EXPECT_EQ(end->iso(), "2024-04-02T22:00:00.000Z");
}

}  // namespace
}  // namespace perennial::campaigns
