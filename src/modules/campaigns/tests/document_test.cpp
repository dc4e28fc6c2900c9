#include <gtest/gtest.h>

#include "modules/campaigns/definitions.hpp"

namespace perennial::campaigns {
namespace {

json::object object(const char* text) { return json::parse(text).as_object(); }

std::string merged(const char* stored, const char* sent) {
    return to_text(merge(object(stored), object(sent)));
}

TEST(Merge, ChangesOnlyWhatIsSent) {
    EXPECT_EQ(merged(R"({"a":1,"b":2})", R"({"b":3})"), R"({"a":1,"b":3})");
    EXPECT_EQ(merged(R"({"a":1,"b":2})", R"({"b":null,"c":null})"), R"({"a":1})");
    EXPECT_EQ(merged(R"({"o":{"x":1,"y":{"z":2}}})", R"({"o":{"y":{"w":3},"x":null}})"),
              R"({"o":{"y":{"z":2,"w":3}}})");
    EXPECT_EQ(merged(R"({"list":[1,2]})", R"({"list":[3]})"), R"({"list":[3]})");
}

TEST(Merge, AnotherKindReplaces) {
    EXPECT_EQ(merged(R"({"l":{"type":"FIXED","points":5}})", R"({"l":{"type":"FIXED"}})"),
              R"({"l":{"type":"FIXED","points":5}})");
    EXPECT_EQ(merged(R"({"l":{"type":"FIXED","points":5}})", R"({"l":{"type":"PROPORTIONAL"}})"),
              R"({"l":{"type":"PROPORTIONAL"}})");
    EXPECT_EQ(merged(R"({"e":{"period_type":"MONTH","period_value":5}})",
                     R"({"e":{"period_type":"FIXED_DAY_OF_YEAR","fixed_day":1}})"),
              R"({"e":{"period_type":"FIXED_DAY_OF_YEAR","fixed_day":1}})");
}

TEST(Merge, MetadataKeepsANull) {
    EXPECT_EQ(merged(R"({"metadata":{"a":1,"b":{"c":1}}})", R"({"metadata":{"a":null,"b":2}})"),
              R"({"metadata":{"a":null,"b":2}})");
    EXPECT_EQ(merged(R"({"metadata":{"a":1}})", R"({"metadata":null})"), "{}");
}

TEST(Issues, OnlyMissingFeaturesAreNotImplemented) {
    const json::value body = json::parse(R"({"a":[1],"b":[],"c":"","d":null})");
    Issues issues;
    JsonReader reader(body, issues);
    for (const char* name : {"a", "b", "c", "d", "e"}) not_implemented(reader, name, "use f");
    ASSERT_EQ(issues.all().size(), 1u);
    EXPECT_EQ(issues.all()[0].pointer, "/a");
    EXPECT_EQ(refuse_all(issues).error().code, &error::not_implemented);
    reader.require("e");
    EXPECT_EQ(refuse_all(issues).error().code, &error::invalid_payload);
}

TEST(ReadArray, NamesTheItem) {
    const auto read = [](const json::value& body) -> Result<json::object> {
        Issues issues;
        JsonReader reader(body, issues);
        reader.require("x");
        if (!issues.empty()) return issues.refuse();
        return body.as_object();
    };
    EXPECT_FALSE(read_array(json::parse("{}"), 9, read));
    EXPECT_FALSE(read_array(json::parse("[]"), 9, read));
    EXPECT_FALSE(read_array(json::parse(R"([{"x":1},{"x":1}])"), 1, read));
    EXPECT_EQ(read_array(json::parse(R"([{"x":1},{"x":2}])"), 9, read)->size(), 2u);
    const auto refused = read_array(json::parse(R"([{},{"x":1},7])"), 9, read);
    ASSERT_FALSE(refused);
    ASSERT_EQ(refused.error().issues.size(), 2u);
    EXPECT_EQ(refused.error().issues[0].pointer, "/0/x");
    EXPECT_EQ(refused.error().issues[1].pointer, "/2");
}

TEST(Version, MustBeTheOneThatWasSeen) {
    projects::Definition definition;
    definition.version = 7;
    EXPECT_EQ(answer(definition, {}).headers.at(0).value, "\"7\"");
    for (const char* fine : {"", "*", "\"7\""}) EXPECT_TRUE(check_version(fine, definition));
    const auto refused = check_version("\"6\"", definition);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code->key, "version_conflict");
}

}  // namespace
}  // namespace perennial::campaigns
