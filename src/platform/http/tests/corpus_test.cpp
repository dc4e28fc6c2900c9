#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "tests/fuzz/http_fuzz.hpp"

namespace perennial::http {
namespace {

TEST(HttpCorpus, DoesNoHarm) {
    const std::filesystem::path folder = PERENNIAL_SOURCE_DIR "/tests/corpus/http";
    int files = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        std::ifstream file(entry.path(), std::ios::binary);
        const std::string bytes((std::istreambuf_iterator<char>(file)), {});
        EXPECT_NO_THROW(fuzz::run(bytes)) << entry.path();
        ++files;
    }
    EXPECT_GE(files, 20);
}

/// Well-formed traffic with a few bytes changed, more of it than the corpus holds.
TEST(HttpCorpus, DoesNoHarmWhenBytesChange) {
    const std::string seed =
        "POST /v1/vouchers/a%2Fb/redemption?filters[x][conditions][$in][0]=1&limit=2 HTTP/1.1\r\n"
        "Host: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"
        "PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nConnection: close\r\n\r\nabc";
    std::uint64_t state = 1;
    const auto random = [&](std::size_t below) {
        state = state * 6364136223846793005ULL + 1442695040888963407ULL;
        return static_cast<std::size_t>(state >> 33) % below;
    };
    static constexpr std::string_view likely = "\r\n :;%[]=&/0159aF\0\x7f\xff, ";
    for (int round = 0; round < 2000; ++round) {
        std::string bytes = seed;
        for (std::size_t i = 0; i <= random(4); ++i) {
            const std::size_t at = random(bytes.size());
            if (random(3) == 0)
                bytes.erase(at, 1 + random(5));
            else
                bytes[at] = likely[random(likely.size())];
        }
        ASSERT_NO_THROW(fuzz::run(bytes)) << bytes;
    }
}

}  // namespace
}  // namespace perennial::http
