// The fuzz target over its seeds, and over a fixed number of changed seeds.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "tests/fuzz/csv_fuzz.hpp"

namespace perennial::transfer {
namespace {

std::vector<std::string> seeds() {
    std::vector<std::string> out;
    const auto folder = std::filesystem::path(PERENNIAL_SOURCE_DIR) / "tests/corpus/csv";
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        std::ifstream file(entry.path(), std::ios::binary);
        out.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
    }
    std::ranges::sort(out);  // the folder has no order of its own
    return out;
}

struct Random {
    std::uint64_t state;
    std::size_t below(std::size_t end) {
        state = state * 6364136223846793005ULL + 1442695040888963407ULL;
        return static_cast<std::size_t>(state >> 33) % end;
    }
};

std::string changed(std::string text, Random& random) {
    constexpr std::string_view bytes("\",\n\r;-.0'1C\0\xFF\x80\xC2\xE2", 17);
    for (std::size_t i = random.below(6) + 1; i > 0 && !text.empty(); --i) {
        const std::size_t at = random.below(text.size());
        switch (random.below(4)) {
            case 0:
                text[at] = bytes[random.below(bytes.size())];
                break;
            case 1:
                text.erase(at, random.below(8) + 1);
                break;
            case 2:
                text.insert(at, 1, bytes[random.below(bytes.size())]);
                break;
            default:
                text.insert(random.below(text.size()), text.substr(at, random.below(60)));
        }
    }
    return text;
}

TEST(TransferFuzz, seeds_keep_the_promises) {
    const auto all = seeds();
    ASSERT_GE(all.size(), 10U);
    for (const std::string& seed : all) fuzz::run(seed);
}

TEST(TransferFuzz, changed_seeds_keep_the_promises) {
    const auto all = seeds();
    Random random{20101201};
    for (int i = 0; i < 3000; ++i) {
        const std::string text = changed(all[random.below(all.size())], random);
        SCOPED_TRACE(text);
        fuzz::run(text);
    }
}

}  // namespace
}  // namespace perennial::transfer
