// The fuzz target over its seeds and over a fixed number of changed seeds.
#include "tests/fuzz/json_fuzz.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace perennial {
namespace {

std::vector<std::string> seeds() {
    std::vector<std::string> out;
    for (const auto& file :
         std::filesystem::directory_iterator(PERENNIAL_SOURCE_DIR "/tests/corpus/json")) {
        std::ifstream in(file.path(), std::ios::binary);
        out.emplace_back(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
    }
    std::ranges::sort(out);
    return out;
}

TEST(JsonFuzz, SeedsAndTheirChanges) {
    const auto all = seeds();
    ASSERT_GE(all.size(), 8U);
    for (const std::string& seed : all) fuzz::run_json(seed);
    Ids random(11);
    for (int i = 0; i < 20'000; ++i) {
        std::string text = all[random.random() % all.size()];
        for (std::uint64_t changes = random.random() % 4 + 1; changes > 0 && !text.empty(); --changes) {
            const std::size_t at = random.random() % text.size();
            switch (random.random() % 4) {
                case 0: text[at] = static_cast<char>(random.random()); break;
                case 1: text.erase(at, random.random() % 8); break;
                case 2: text.insert(at, text.substr(random.random() % text.size(), 12)); break;
                default: text.insert(at, "9007199254740993"); break;
            }
        }
        fuzz::run_json(text);
    }
}

}  // namespace
}  // namespace perennial
