#include <gtest/gtest.h>

#include <array>
#include <set>

#include "modules/campaigns/model.hpp"

namespace perennial::campaigns {
namespace {

TEST(Code, DefaultIsEightOfTheCharset) {
    Ids ids(1);
    const CodeConfig config;
    const std::string code = make_code(config, ids);
    EXPECT_EQ(code.size(), 8u);
    EXPECT_EQ(code.find_first_not_of(config.charset), std::string::npos);
}

TEST(Code, PatternOverridesLengthAndIsWrapped) {
    Ids ids(2);
    const CodeConfig config{3, "AB", "pre-", "-post", "X#-##"};
    const std::string code = make_code(config, ids);
    ASSERT_EQ(code.size(), std::string("pre-X#-##-post").size());
    EXPECT_TRUE(code.starts_with("pre-X"));
    EXPECT_TRUE(code.ends_with("-post"));
    EXPECT_EQ(code[6], '-');
    for (const std::size_t i : {5u, 7u, 8u}) EXPECT_TRUE(code[i] == 'A' || code[i] == 'B');
}

TEST(Code, LengthBetweenPrefixAndPostfix) {
    Ids ids(3);
    const std::string code = make_code({70, "01", "<", ">", ""}, ids);
    EXPECT_EQ(code.size(), 72u);
    EXPECT_EQ(code.substr(1, 70).find_first_not_of("01"), std::string::npos);
}

TEST(Code, IsTheSameForTheSameSeed) {
    Ids one(42);
    Ids two(42);
    Ids other(43);
    const CodeConfig config;
    const std::string code = make_code(config, one);
    EXPECT_EQ(code, make_code(config, two));
    EXPECT_NE(code, make_code(config, other));
    EXPECT_NE(code, make_code(config, one));
}

TEST(Code, CharactersAreEquallyLikely) {
    Ids ids(4);
    std::array<int, 3> seen{};
    for (const char c : make_code({30'000, "abc", "", "", ""}, ids))
        ++seen[static_cast<std::size_t>(c - 'a')];
    for (const int count : seen) EXPECT_NEAR(count, 10'000, 400);
}

TEST(Code, RarelyRepeats) {
    Ids ids(5);
    std::set<std::string> codes;
    for (int i = 0; i < 20'000; ++i) codes.insert(make_code({}, ids));
    EXPECT_EQ(codes.size(), 20'000u);
}

}  // namespace
}  // namespace perennial::campaigns
