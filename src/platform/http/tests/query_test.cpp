#include "platform/http/query.hpp"

#include <gtest/gtest.h>

namespace perennial::http {
namespace {

Query parse(std::string_view raw) {
    auto query = Query::parse(raw);
    CHECK(query.has_value());
    return *std::move(query);
}

std::string shown(const Result<Filters>& filters) {
    if (!filters) return "refused: " + filters.error().details;
    std::string out = filters->any ? "or" : "and";
    for (const auto& one : filters->conditions) {
        out += " " + one.field + " " + one.op;
        for (const auto& value : one.values) out += " " + value;
    }
    return out;
}

TEST(Query, ReadsPlainParameters) {
    const auto query = parse("limit=5&name=a%20b+c&empty=&flag&limit=7&=x&&%C3%BC=1");
    EXPECT_EQ(query.text("limit"), "7");
    EXPECT_EQ(query.text("name"), "a b c");
    EXPECT_EQ(query.text("empty"), "");
    EXPECT_EQ(query.text("flag"), "");
    EXPECT_EQ(query.text("\xC3\xBC"), "1");
    EXPECT_FALSE(query.has("absent"));
    EXPECT_TRUE(parse("").empty());
}

TEST(Query, RefusesWhatIsNotText) {
    for (const auto* bad : {"a=%", "a=%4", "a=%zz", "a=%00", "a=%ff", "%ff=1", "a=\xff"}) {
        const auto query = Query::parse(bad);
        ASSERT_FALSE(query) << bad;
        EXPECT_EQ(query.error().code->key, "invalid_query_params");
    }
    std::string many;
    for (int i = 0; i < 1001; ++i) many += "a=1&";
    EXPECT_FALSE(Query::parse(many));
}

TEST(Query, ReadsDatesInBothForms) {
    for (const auto* raw : {"[created_at][after]=2024-01-01", "created_at[after]=2024-01-01",
                            "%5Bcreated_at%5D%5Bafter%5D=2024-01-01"}) {
        const auto query = parse(raw);
        EXPECT_EQ(query.text("created_at", "after"), "2024-01-01") << raw;
        QueryReader reader(query);
        EXPECT_EQ(reader.timestamp("created_at", "after")->iso(), "2024-01-01T00:00:00.000Z");
        EXPECT_FALSE(reader.timestamp("created_at", "before"));
        EXPECT_TRUE(reader.ok());
    }
}

TEST(Query, ReadsListsWithAndWithoutIndices) {
    const std::vector<std::string> both{"a", "b"};
    EXPECT_EQ(parse("ids=a&ids=b").list("ids"), both);
    EXPECT_EQ(parse("ids[]=a&ids[]=b").list("ids"), both);
    EXPECT_EQ(parse("ids[0]=a&ids[1]=b").list("ids"), both);
    EXPECT_TRUE(parse("ids[x]=a").list("ids").empty());
}

TEST(Query, TakesOddBracketsAsPlainNames) {
    for (const auto* name :
         {"a[", "a]", "a[b", "a[b]c", "a[[b]]", "a]b[", "a[b]]", "a[1][2][3][4][5][6][7][8][9]"})
        EXPECT_EQ(parse(std::string(name) + "=1").text(name), "1") << name;
    EXPECT_EQ(parse("[]=1").all()[0].path, std::vector<std::string>{""});
}

TEST(Query, ReadsFilters) {
    EXPECT_EQ(shown(parse("limit=1").filters()), "and");
    EXPECT_EQ(shown(parse("filters[junction]=OR").filters()), "or");
    EXPECT_EQ(shown(parse("filters[junction]=And").filters()), "and");
    EXPECT_EQ(shown(parse("filters[junction]=or&"
                          "filters[result][conditions][$in][0]=SUCCESS&"
                          "filters[result][conditions][$in][1]=FAILURE&"
                          "filters[voucher_code][conditions][$starts_with]=A&"
                          "filters%5Bfailure_code%5D%5Bconditions%5D%5B%24is%5D%5B%5D=x%20y")
                        .filters()),
              "or result $in SUCCESS FAILURE voucher_code $starts_with A failure_code $is x y");
}

TEST(Query, RefusesFiltersThatWouldNotFilter) {
    for (const auto* bad : {"filters=1", "filters[status]=x", "filters[status][$is][0]=x",
                            "filters[status][conditions]=x", "filters[][conditions][$is]=x",
                            "filters[status][conditions][is]=x", "filters[junction]=xor",
                            "filters[status][conditions][$is][a]=x"}) {
        const auto filters = parse(bad).filters();
        ASSERT_FALSE(filters) << bad;
        EXPECT_EQ(filters.error().code->key, "invalid_query_params");
        EXPECT_TRUE(filters.error().issues[0].pointer.starts_with("?filters")) << bad;
    }
}

TEST(QueryReader, CollectsAllMistakes) {
    const auto query = parse("a=x&b=maybe&c=yesterday&d=odd&e=7&f=TRUE&g=green&h=long&i=");
    QueryReader reader(query);
    const std::vector<std::string_view> colours{"red", "green"};
    EXPECT_FALSE(reader.integer("a", 1, 9));
    EXPECT_FALSE(reader.boolean("b"));
    EXPECT_FALSE(reader.timestamp("c"));
    EXPECT_FALSE(reader.choice("d", colours));
    EXPECT_EQ(reader.integer("e", 1, 9), 7);
    EXPECT_EQ(reader.boolean("f"), true);
    EXPECT_EQ(reader.choice("g", colours), 1u);
    EXPECT_FALSE(reader.text("h", 3));
    EXPECT_FALSE(reader.integer("i", 1, 9));
    reader.require("i");
    ASSERT_EQ(reader.issues().size(), 6u);
    const auto refused = reader.refuse();
    EXPECT_EQ(refused.error().code->key, "invalid_query_params");
    EXPECT_EQ(refused.error().details, "Parameter a: must be an integer from 1 to 9");
    EXPECT_EQ(refused.error().issues[5].pointer, "?i");
}

TEST(QueryReader, TakesAnUnescapedPlusOfAnOffset) {
    const auto query = parse("at=2024-01-01T02:00:00+02:00");
    QueryReader reader(query);
    EXPECT_EQ(reader.timestamp("at")->iso(), "2024-01-01T00:00:00.000Z");
}

TEST(Page, ReadsLimitPageAndOrder) {
    const std::vector<std::string_view> order{"created_at", "code"};
    const ListRules rules{.order = order};
    const auto standard = read_page(parse("unknown=1"), rules);
    ASSERT_TRUE(standard);
    EXPECT_EQ(standard->limit, 10);
    EXPECT_EQ(standard->page, 1);
    EXPECT_EQ(standard->offset(), 0);
    EXPECT_EQ(standard->order_by, "created_at");
    EXPECT_TRUE(standard->descending);
    const auto third = read_page(parse("limit=100&page=3&order=code"), rules);
    ASSERT_TRUE(third);
    EXPECT_EQ(third->offset(), 200);
    EXPECT_EQ(third->order_by, "code");
    EXPECT_FALSE(third->descending);
}

TEST(Page, RefusesWithAllMistakes) {
    const std::vector<std::string_view> order{"created_at", "code"};
    const ListRules rules{.order = order};
    const auto bad = read_page(parse("limit=0&page=-1&order=--code"), rules);
    ASSERT_FALSE(bad);
    EXPECT_EQ(bad.error().code->key, "invalid_query_params");
    EXPECT_EQ(bad.error().issues.size(), 3u);
    EXPECT_FALSE(read_page(parse("limit=101"), rules));
    EXPECT_FALSE(read_page(parse("limit=1.5"), rules));
    EXPECT_FALSE(read_page(parse("order=name"), rules));
    EXPECT_TRUE(read_page(parse("page=1000"), rules));
    const auto far = read_page(parse("page=1001"), rules);
    ASSERT_FALSE(far);
    EXPECT_EQ(far.error().code->key, "page_over_limit");
}

TEST(Percent, GoesThereAndBack) {
    const std::string odd = "a/b %#?&=+\xC3\xBC~";
    EXPECT_EQ(percent_encode(odd), "a%2Fb%20%25%23%3F%26%3D%2B%C3%BC~");
    EXPECT_EQ(percent_decode(percent_encode(odd)), odd);
}

}  // namespace
}  // namespace perennial::http
