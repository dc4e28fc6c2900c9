#include "platform/log/log.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <array>

namespace perennial::log {
namespace {

constexpr std::int64_t some_time_ms = 1'721'763'518'219;

TEST(Log, WritesOneObjectALine) {
    EXPECT_EQ(entry(Level::warn, Format::json, some_time_ms, "v-1", "webhook parked",
                    {{"tries", 3},
                     {"ok", false},
                     {"ratio", 0.5},
                     {"id", std::string("w")},
                     {"size", std::uint64_t{18'446'744'073'709'551'615ULL}}}),
              R"({"time":"2024-07-23T19:38:38.219Z","level":"warn","msg":"webhook parked",)"
              R"("request_id":"v-1","tries":3,"ok":false,"ratio":0.5,"id":"w",)"
              R"("size":18446744073709551615})"
              "\n");
}

TEST(Log, CannotBeForged) {
    const std::string evil = "a\"\n{\"level\":\"error\"}\r\x1b[2J\x7f\xff\xc2\x85\xe2\x80\xa8\xc3";
    EXPECT_EQ(
        entry(Level::info, Format::json, some_time_ms, "", evil, {}),
        "{\"time\":\"2024-07-23T19:38:38.219Z\",\"level\":\"info\",\"msg\":"
        "\"a\\\"\\n{\\\"level\\\":\\\"error\\\"}\\r\\u001b[2J\\u007f\xEF\xBF\xBD\\u0085\\u2028"
        "\xEF\xBF\xBD\"}\n");
    const std::string text =
        entry(Level::info, Format::text, some_time_ms, "", evil, {{"k", evil}});
    EXPECT_EQ(std::ranges::count(text, '\n'), 1);
    EXPECT_EQ(text.find('\x1b'), std::string::npos);
}

TEST(Log, WritesTextForTerminals) {
    EXPECT_EQ(entry(Level::info, Format::text, some_time_ms, "v-1", "server started",
                    {{"port", 8080}, {"name", "two words"}, {"empty", ""}}),
              "2024-07-23T19:38:38.219Z info  server started request_id=v-1 port=8080 "
              "name=\"two words\" empty=\"\"\n");
}

TEST(Log, ObeysTheLevelAndNamesTheRequest) {
    std::array<int, 2> ends{};
    ASSERT_EQ(::pipe(ends.data()), 0);
    write_to(ends[1]);
    configure(Level::warn, Format::text);
    info("not this");
    {
        const RequestScope scope("v-9");
        warn("this");
    }
    error("that");
    configure(Level::off, Format::json);
    error("nor that");
    configure(Level::info, Format::json);
    write_to(2);
    ::close(ends[1]);
    std::array<char, 4096> buffer{};
    const auto got = ::read(ends[0], buffer.data(), buffer.size());
    ::close(ends[0]);
    const std::string text(buffer.data(), static_cast<std::size_t>(got));
    EXPECT_EQ(text.find("not this"), std::string::npos);
    EXPECT_NE(text.find("warn  this request_id=v-9\n"), std::string::npos);
    EXPECT_NE(text.find("error that\n"), std::string::npos);
    EXPECT_EQ(std::ranges::count(text, '\n'), 2);
}

TEST(Log, ReadsNames) {
    EXPECT_EQ(level_from("debug"), Level::debug);
    EXPECT_EQ(level_from("off"), Level::off);
    EXPECT_FALSE(level_from("loud"));
    EXPECT_EQ(format_from("text"), Format::text);
    EXPECT_FALSE(format_from("xml"));
}

}  // namespace
}  // namespace perennial::log
