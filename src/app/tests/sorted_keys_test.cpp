#include "app/sorted_keys.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>

namespace perennial::app {
namespace {

// Numbers, texts, nothing, and many that are equal.
std::vector<SortedKeys::Key> some_keys() {
    std::vector<SortedKeys::Key> out;
    for (std::uint32_t i = 0; i < 1000; ++i) {
        const std::uint32_t mixed = i * 7919 % 1000;
        json::value sort;
        if (mixed % 3 == 0) sort = static_cast<std::int64_t>(mixed / 10);
        if (mixed % 3 == 1) sort = "name \"" + std::to_string(mixed / 7) + std::string(mixed, 'x');
        out.push_back({sort, RawId::make(mixed, 7, mixed), i % 2});
    }
    return out;
}

std::vector<std::string> in_order(bool descending, std::size_t run_max) {
    SortedKeys keys(descending, run_max);
    for (SortedKeys::Key& key : some_keys()) keys.add(std::move(key));
    EXPECT_EQ(keys.size(), 1000U);
    keys.sort();
    std::vector<std::string> out;
    while (auto key = keys.next())
        out.push_back(json::serialize(key->sort) + key->id.hex() + std::to_string(key->number));
    return out;
}

TEST(SortedKeys, RunsInAFileAreMergedAsIfAllWereInMemory) {
    for (const bool descending : {false, true}) {
        const std::vector<std::string> at_once = in_order(descending, 10'000);
        EXPECT_EQ(at_once.size(), 1000U);
        EXPECT_EQ(in_order(descending, 1), at_once);
        EXPECT_EQ(in_order(descending, 7), at_once);
        EXPECT_EQ(in_order(descending, 999), at_once);
        EXPECT_EQ(in_order(descending, 1000), at_once);
    }
    EXPECT_NE(in_order(false, 7), in_order(true, 7));
}

TEST(SortedKeys, None) {
    SortedKeys keys(true, 2);
    keys.sort();
    EXPECT_FALSE(keys.next().has_value());
}

}  // namespace
}  // namespace perennial::app
