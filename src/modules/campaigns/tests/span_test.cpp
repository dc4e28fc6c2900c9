#include "modules/campaigns/span.hpp"

#include <gtest/gtest.h>

namespace perennial::campaigns {
namespace {

TEST(Span, ReadsCalendarSpans) {
    EXPECT_EQ(Span::parse("P12M"), (Span{12, 0}));
    EXPECT_EQ(Span::parse("P1Y6M"), (Span{18, 0}));
    EXPECT_EQ(Span::parse("P30D"), (Span{0, 30}));
    EXPECT_EQ(Span::parse("P1M2W3D"), (Span{1, 17}));
    for (const char* wrong : {"", "P", "P0D", "12M", "P12", "PM", "P1D1M", "P1M1M", "PT1H", "P-1D",
                              "P1.5M", "P101Y", "P99999999999D", "P1M ", "p1m"})
        EXPECT_FALSE(Span::parse(wrong)) << wrong;
}

TEST(Span, KeepsTheDayWhereTheMonthHasIt) {
    EXPECT_EQ((Span{1, 0}).after({2036, 1, 31}), (Date{2036, 2, 29}));
    EXPECT_EQ((Span{12, 0}).after({2036, 2, 29}), (Date{2037, 2, 28}));
    EXPECT_EQ((Span{0, 7}).after({2036, 12, 28}), (Date{2037, 1, 4}));
}

}  // namespace
}  // namespace perennial::campaigns
