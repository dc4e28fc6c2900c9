#include "platform/http/multipart.hpp"

#include <gtest/gtest.h>

namespace perennial::http {
namespace {

constexpr std::string_view type = "multipart/form-data; boundary=xyz";

std::string form(std::string_view content) {
    return "--xyz\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a;b\\\".csv\"\r\n"
           "Content-Type: text/csv\r\n\r\n" +
           std::string(content) + "\r\n--xyz--\r\n";
}

TEST(Multipart, ReadsAPart) {
    const std::string body = form("Name,Email\r\nAnna,a@x\r\n");
    const auto parts = parse_form(type, body);
    ASSERT_TRUE(parts.has_value()) << parts.error().details;
    ASSERT_EQ(parts->size(), 1U);
    EXPECT_EQ(parts->front().name, "file");
    EXPECT_EQ(parts->front().filename, "a;b\".csv");
    EXPECT_EQ(parts->front().content, "Name,Email\r\nAnna,a@x\r\n");
}

TEST(Multipart, TakesTheBoundaryFromTheBodyWhenTheHeaderHasNone) {
    const std::string body = form("x");
    ASSERT_TRUE(parse_form("multipart/form-data", body).has_value());
    EXPECT_EQ(parse_form("multipart/form-data", body)->front().content, "x");
}

TEST(Multipart, ReadsSeveralPartsPreambleQuotedBoundaryAndEmptyContent) {
    const std::string body =
        "preamble\r\n--a b\r\ncontent-disposition: form-data; name=one\r\n\r\n\r\n--a b \t\r\n"
        "Content-Disposition: form-data; name=\"two\"\r\n\r\n--a\r\n--a b--";
    const auto parts = parse_form("Multipart/Form-Data; charset=x; boundary=\"a b\"", body);
    ASSERT_TRUE(parts.has_value()) << parts.error().details;
    ASSERT_EQ(parts->size(), 2U);
    EXPECT_EQ((*parts)[0].content, "");
    EXPECT_EQ((*parts)[1].name, "two");
    EXPECT_EQ((*parts)[1].content, "--a");
}

TEST(Multipart, RefusesWhatIsBroken) {
    const std::string good = form("x");
    for (const std::string& body : {
             std::string(),
             std::string("--xyz"),
             std::string("--xyz\r\n"),
             std::string("no boundary at all"),
             good.substr(0, good.size() - 11),
             std::string("--xyz\r\nContent-Disposition form-data\r\n\r\nx\r\n--xyz--"),
             std::string("--xyz\r\nContent-Disposition: form-data\r\n\r\nx\r\n--xyz--"),
             std::string("--xyz\r\nContent-Disposition: form-data; name=\"f\r\n\r\nx\r\n--xyz--"),
             std::string("--xyz\r\n\r\nx\r\n--xyz--"),
             std::string("--xyz\r\n") + std::string(form_headers_bytes_max, 'a'),
         })
        EXPECT_FALSE(parse_form(type, body).has_value()) << body.substr(0, 80);
    EXPECT_FALSE(parse_form("application/json", good).has_value());
    EXPECT_FALSE(parse_form("", good).has_value());
    std::string many;
    for (std::size_t i = 0; i <= form_parts_max; ++i)
        many += "--xyz\r\nContent-Disposition: form-data; name=f\r\n\r\nx\r\n";
    EXPECT_FALSE(parse_form(type, many + "--xyz--").has_value());
}

/// Every prefix, and random changes of bytes: no harm, and whatever is read lies inside the body.
TEST(Multipart, DoesNoHarmWhenBytesChange) {
    const std::string seed = form("Name\r\n--xy\r\nAnna") + form("2");
    std::uint64_t state = 7;
    const auto random = [&](std::size_t below) {
        state = state * 6364136223846793005ULL + 1442695040888963407ULL;
        return static_cast<std::size_t>(state >> 33) % below;
    };
    static constexpr std::string_view likely = "\r\n-:;=\"\\ xyz\0\xff";
    for (int round = 0; round < 20'000; ++round) {
        std::string bytes = seed.substr(0, random(4) == 0 ? random(seed.size()) : seed.size());
        for (std::size_t i = 0; i <= random(4) && !bytes.empty(); ++i) {
            const std::size_t at = random(bytes.size());
            if (random(3) == 0)
                bytes.erase(at, 1 + random(5));
            else
                bytes[at] = likely[random(likely.size())];
        }
        // A copy of its own, so that a read past the end is seen.
        const std::vector<char> given(bytes.begin(), bytes.end());
        const std::string_view body(given.data(), given.size());
        const auto parts = parse_form(random(2) == 0 ? type : "multipart/form-data", body);
        if (!parts) continue;
        for (const FormPart& part : *parts) {
            if (part.content.empty()) continue;
            ASSERT_GE(part.content.data(), body.data());
            ASSERT_LE(part.content.data() + part.content.size(), body.data() + body.size());
        }
    }
}

}  // namespace
}  // namespace perennial::http
