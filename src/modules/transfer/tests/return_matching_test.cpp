#include "modules/transfer/return_matching.hpp"

#include <gtest/gtest.h>

#include <sstream>
#include <string>
#include <vector>

namespace perennial::transfer {
namespace {

// A table: `buy TIME LINE SKU QUANTITY`, then `return TIME SKU QUANTITY -> LINE | none`.
void check(const std::string& table) {
    std::istringstream rows(table);
    std::vector<BoughtLine> bought;
    std::vector<std::string> words;  // own the SKUs
    words.reserve(1000);
    std::string verb;
    while (rows >> verb) {
        std::int64_t time = 0;
        std::string sku;
        std::string arrow;
        std::string wanted;
        std::int64_t quantity = 0;
        rows >> time;
        if (verb == "buy") {
            std::uint32_t line = 0;
            rows >> line >> sku >> quantity;
            words.push_back(sku);
            bought.push_back({{time}, 0, line, words.back(), quantity, line});
            continue;
        }
        rows >> sku >> quantity >> arrow >> wanted;
        const ReturnedLine returned{sku, quantity};
        const auto matched = match_return(bought, {&returned, 1}, {time});
        ASSERT_EQ(matched.size(), 1U);
        EXPECT_EQ(matched[0] ? std::to_string(bought[*matched[0]].line) : "none", wanted)
            << "return " << time << ' ' << sku << ' ' << quantity;
    }
}

TEST(TransferReturns, worked_example_of_the_header) {
    check(R"(
        buy     1   11  MUG  6
        buy     2   12  MUG  3
        return  3   MUG 2  -> 12
        return  3   MUG 2  -> 11
        return  3   MUG 5  -> none
        return  3   MUG 4  -> 11
        return  3   MUG 1  -> 12
        return  3   MUG 1  -> none
    )");
}

TEST(TransferReturns, latest_earlier_line_with_enough) {
    check(R"(
        buy     10  1   CUP  1
        buy     20  2   CUP  1
        buy     30  3   CUP  1
        buy     20  4   BAG  9
        return  5   CUP 1  -> none
        return  25  CUP 1  -> 2
        return  25  CUP 1  -> 1
        return  25  CUP 1  -> none
        return  30  CUP 1  -> 3
        return  25  cup 1  -> none
        return  25  BAG 10 -> none
        return  25  BAG 9  -> 4
    )");
}

TEST(TransferReturns, ties_go_to_the_later_line_of_the_file) {
    check(R"(
        buy     10  7   CUP  2
        buy     10  5   CUP  2
        buy     10  6   CUP  2
        return  11  CUP 1  -> 7
        return  11  CUP 2  -> 6
        return  11  CUP 1  -> 7
        return  11  CUP 1  -> 5
    )");
}

TEST(TransferReturns, one_line_must_suffice) {
    check(R"(
        buy     10  1   CUP  2
        buy     11  2   CUP  2
        return  12  CUP 3  -> none
        return  12  CUP 2  -> 2
    )");
}

TEST(TransferReturns, lines_of_one_return_share_what_is_left) {
    std::vector<BoughtLine> bought{{{10}, 0, 0, "CUP", 3, 1}};
    const std::vector<ReturnedLine> returned{{"CUP", 2}, {"CUP", 2}, {"CUP", 1}};
    const auto matched = match_return(bought, returned, {20});
    EXPECT_EQ(matched, (std::vector<std::optional<std::size_t>>{0, std::nullopt, 0}));
    EXPECT_EQ(bought[0].quantity_left, 0);
}

TEST(TransferReturns, nothing_bought_matches_nothing) {
    EXPECT_EQ(match_returned_line({}, {"CUP", 1}, {0}), std::nullopt);
}

}  // namespace
}  // namespace perennial::transfer
