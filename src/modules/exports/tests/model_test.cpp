#include "modules/exports/model.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "modules/exports/errors.hpp"

namespace perennial::exports {
namespace {

Result<Wish> wish(const char* parameters, const char* object = "customer") {
    return read_wish(*find_object(object), json::parse(parameters));
}

std::string line(const char* parameters, const char* row) {
    const auto made = wish(parameters);
    std::string out;
    append_line(out, made.value(), json::parse(row).as_object());
    return out;
}

TEST(ExportWish, HasDefaults) {
    const auto made = wish("{}");
    ASSERT_TRUE(made.has_value());
    EXPECT_EQ(made->fields, (std::vector<std::string>{"name", "source_id"}));
    EXPECT_EQ(made->order_by, "created_at");
    EXPECT_FALSE(made->descending);
}

TEST(ExportWish, RefusesFieldsOrdersAndFiltersThatAreNotThere) {
    const auto made = wish(R"({"fields":["name","colour",3],"order":"-size",
        "filters":{"weight":{"conditions":{"$is":1}}}})");
    ASSERT_FALSE(made.has_value());
    EXPECT_EQ(made.error().code->key, "invalid_export_fields");
    std::vector<std::string> pointers;
    for (const FieldIssue& issue : made.error().issues) pointers.push_back(issue.pointer);
    EXPECT_EQ(pointers, (std::vector<std::string>{"/parameters/fields/1", "/parameters/fields/2",
                                                  "/parameters/order",
                                                  "/parameters/filters/weight"}));
    for (const char* bad : {R"({"fields":"name"})", R"([])", R"({"filters":{"name":{}}})",
                            R"({"filters":{"name":{"conditions":{"$like":"x"}}}})",
                            R"({"filters":{"junction":"xor","name":{"conditions":{"$is":"x"}}}})"}) {
        const auto refused = wish(bad);
        ASSERT_FALSE(refused.has_value()) << bad;
        EXPECT_EQ(refused.error().code->key, "invalid_export_params") << bad;
    }
}

TEST(ExportWish, FiltersRows) {
    const json::object row = json::parse(
        R"({"name":"Anna","loyalty_points":12,"metadata":{"vip":true},"created_at":"2024-01-02T00:00:00.000Z"})").as_object();
    const auto holds = [&](const char* filters) {
        return wish((std::string(R"({"filters":)") + filters + "}").c_str())->matches(row);
    };
    EXPECT_TRUE(holds(R"({"name":{"conditions":{"$is":["Anna"]}}})"));
    EXPECT_FALSE(holds(R"({"name":{"conditions":{"$starts_with":["B"]}}})"));
    EXPECT_TRUE(holds(R"({"loyalty_points":{"conditions":{"$more_than":[11]}}})"));
    EXPECT_TRUE(holds(R"({"metadata.vip":{"conditions":{"$is":[true]}}})"));
    EXPECT_TRUE(holds(R"({"created_at":{"conditions":{"$after":["2024-01-01"]}}})"));
    EXPECT_FALSE(holds(R"({"name":{"conditions":{"$is":"Anna"}},"email":{"conditions":{"$has_value":true}}})"));
    EXPECT_TRUE(holds(R"({"junction":"OR","name":{"conditions":{"$is":"Anna"}},"email":{"conditions":{"$has_value":true}}})"));
}

TEST(ExportLine, QuotesAndEscapesFormulas) {
    const char* fields = R"({"fields":["name","email","loyalty_points","metadata","phone"]})";
    EXPECT_EQ(line(fields, R"({"name":"=1+2","email":"a,b","loyalty_points":-5,"metadata":{"a":1},"phone":"+49"})"),
              "'=1+2,\"a,b\",-5,\"{\"\"a\"\":1}\",'+49\r\n");
    EXPECT_EQ(line(fields, R"({"name":"@x","email":"-y","phone":null})"), "'@x,'-y,,,\r\n");
}

TEST(ExportOrder, PutsNothingFirst) {
    EXPECT_TRUE(comes_before(nullptr, 1));
    EXPECT_TRUE(comes_before(2, 10));
    EXPECT_TRUE(comes_before(10, "a"));
    EXPECT_TRUE(comes_before("a", "b"));
    EXPECT_FALSE(comes_before("b", "a"));
    EXPECT_FALSE(comes_before(nullptr, nullptr));
}

}  // namespace
}  // namespace perennial::exports
