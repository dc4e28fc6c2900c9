#include "app/static_pages.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <array>
#include <string>

#include "app/pages/files.hpp"

namespace perennial::app {
namespace {

const std::array pages{home_page, docs_page, setup_page_begin, setup_page_used, setup_page_keys};

// Every "/assets/…" of a text is served, under a name with a hash.
void expect_assets_served(std::string_view text) {
    for (std::size_t at = text.find("\"/assets/"); at != text.npos;
         at = text.find("\"/assets/", at + 1)) {
        const std::string_view path = text.substr(at + 1, text.find('"', at + 1) - at - 1);
        const http::Response answer = static_asset(path, "v-1");
        EXPECT_EQ(answer.status, 200) << path;
        EXPECT_GE(std::ranges::count(path, '.'), 2) << path;
    }
}

TEST(StaticPages, NameOnlyFilesThatAreServed) {
    for (const std::string_view page : pages) expect_assets_served(page);
    for (const PageFile& file : page_files()) expect_assets_served(file.text);
}

// The policy in pages.cpp allows neither.
TEST(StaticPages, HaveNoInlineScriptAndNoStyle) {
    for (const std::string_view page : pages) {
        EXPECT_EQ(page.find("<style"), page.npos);
        EXPECT_EQ(page.find(" style="), page.npos);
        EXPECT_EQ(page.find("<script>"), page.npos);
        EXPECT_EQ(page.find(" onclick="), page.npos);
        EXPECT_EQ(page.find("http://"), page.npos);
        EXPECT_EQ(page.find("https://"), page.npos);
    }
}

TEST(StaticPages, ShowTheKeysInPlaceAndInTheCall) {
    const std::string page =
        fmt::format(fmt::runtime(setup_page_keys), "the-id", "the-token", "http://shop.example");
    EXPECT_NE(page.find("<code id=\"app-id\">the-id</code>"), page.npos);
    EXPECT_NE(page.find("<code id=\"app-token\">the-token</code>"), page.npos);
    EXPECT_NE(page.find("curl 'http://shop.example/v1/customers'"), page.npos);
    EXPECT_NE(page.find("'{\"source_id\":\"anna\""), page.npos);
}

TEST(StaticPages, ServeAssetsForEverAndNothingElse) {
    for (const PageFile& file : page_files()) {
        const http::Response answer = static_asset("/assets/" + std::string(file.name), "v-1");
        EXPECT_EQ(answer.body, file.text);
        EXPECT_NE(answer.content_type, "application/octet-stream") << file.name;
    }
    EXPECT_EQ(static_asset("/assets/home.css", "v-1").status, 404);
    EXPECT_EQ(static_asset("/assets/", "v-1").status, 404);
    EXPECT_EQ(static_asset("/assets/../home.html", "v-1").status, 404);
}

TEST(StaticPages, KeepTheScriptOfTheReferenceSmall) {
    for (const PageFile& file : page_files())
        if (file.name.ends_with(".js")) {
            EXPECT_LT(file.text.size(), 25'000U) << file.name;
        }
}

}  // namespace
}  // namespace perennial::app
