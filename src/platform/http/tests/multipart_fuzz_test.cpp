// The fuzz target over its seeds, whole and cut at every byte.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "tests/fuzz/multipart_fuzz.hpp"

namespace perennial::http {
namespace {

TEST(MultipartFuzz, SeedsAndTheirBeginnings) {
    int seeds = 0;
    for (const auto& entry :
         std::filesystem::directory_iterator(PERENNIAL_SOURCE_DIR "/tests/corpus/multipart")) {
        std::ifstream file(entry.path(), std::ios::binary);
        const std::string seed{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
        for (std::size_t length = 0; length <= seed.size(); ++length)
            fuzz::run_multipart(std::string_view(seed).substr(0, length));
        ++seeds;
    }
    EXPECT_GE(seeds, 5);
}

}  // namespace
}  // namespace perennial::http
