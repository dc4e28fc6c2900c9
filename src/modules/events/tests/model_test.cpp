#include "modules/events/model.hpp"

#include <gtest/gtest.h>

namespace perennial::events {
namespace {

TEST(Decision, SurvivesTheStore) {
    Decision made{7, 1, {1'700'000'000'000}, "POS", {{"camp_1", {{"points", 5}}}}, {}};
    made.awards.push_back({RawId::make(1, 2, 3), RawId::make(1, 2, 4), RawId::make(1, 2, 5), 9,
                           Points(25), RawId::make(1, 2, 6)});
    const std::string text = decision_text(made);
    EXPECT_EQ(decision_text(decision_from_text(text)), text);
    EXPECT_EQ(decision_from_text(text).awards[0].lot, 9u);
    EXPECT_LE(text.size(), 300u);
}

}  // namespace
}  // namespace perennial::events
