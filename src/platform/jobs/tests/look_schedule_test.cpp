#include "platform/jobs/look_schedule.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace perennial::jobs {
namespace {

TEST(LookSchedule, LooksFirstAtOnceThenWhenSomethingIsDue) {
    LookSchedule looks(1000);
    EXPECT_LE(looks.next_look(), 0);
    looks.found_nothing(100, std::nullopt);
    EXPECT_EQ(looks.next_look(), 1100);
    looks.found_nothing(100, 400);
    EXPECT_EQ(looks.next_look(), 400);
    looks.found_nothing(100, 5000);
    EXPECT_EQ(looks.next_look(), 1100);
    looks.found(200);
    EXPECT_EQ(looks.next_look(), 200);
}

TEST(LookSchedule, ASignalBringsAFewLooksAtGrowingDistances) {
    LookSchedule looks(10'000);
    looks.found_nothing(0, std::nullopt);
    looks.signalled(50);
    std::vector<std::int64_t> at;
    for (int i = 0; i < 8; ++i) {
        at.push_back(looks.next_look());
        looks.found_nothing(looks.next_look(), std::nullopt);
    }
    EXPECT_EQ(at, (std::vector<std::int64_t>{50, 51, 55, 71, 135, 391, 903, 10'903}));
}

TEST(LookSchedule, FindingSomethingEndsTheExtraLooks) {
    LookSchedule looks(10'000);
    looks.signalled(0);
    looks.found_nothing(0, std::nullopt);
    looks.found(1);
    looks.found_nothing(2, std::nullopt);
    EXPECT_EQ(looks.next_look(), 10'002);
}

}  // namespace
}  // namespace perennial::jobs
