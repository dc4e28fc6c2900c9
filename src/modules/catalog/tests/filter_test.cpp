#include "modules/catalog/filter.hpp"

#include <gtest/gtest.h>

#include "modules/catalog/collections.hpp"

namespace perennial::catalog {
namespace {

Product mug() {
    Product out;
    out.id = *ProductId::parse("prod_018f0a1b2c3d4e5f60718293a4b5c6d7");
    out.source_id = "mug-1";
    out.name = "Blue Mug";
    out.price = 1250;
    out.attributes = R"(["color","size"])";
    out.metadata = R"({"category":"kitchen","tags":["new","sale"],"weight":0.4,"eco":true})";
    out.created_at = *Timestamp::parse("2024-07-23T19:38:38.219Z");
    return out;
}

/// matches, or "refused" with the pointers.
std::string outcome(std::string_view filter, const Facts& facts) {
    Issues issues;
    const json::value body = json::parse(filter);
    JsonReader reader(body, issues);
    const Filter read = read_filter(reader);
    if (issues.empty()) return read.matches(facts) ? "yes" : "no";
    std::string out = "refused";
    for (const auto& issue : issues.all()) out += " " + issue.pointer;
    return out;
}

struct Row {
    const char* conditions;  ///< FIELD: {$OP: …}
    const char* expected;
};

// One condition on the blue mug.
constexpr Row rows[] = {
    {R"("name":{"$is":["Blue Mug"]})", "yes"},
    {R"("name":{"$is":"Blue Mug"})", "yes"},
    {R"("name":{"$is_not":["Blue Mug"]})", "no"},
    {R"("name":{"$in":["Cup","Blue Mug"]})", "yes"},
    {R"("name":{"$not_in":["Cup","Glass"]})", "yes"},
    {R"("name":{"$contains":["Mug"]})", "yes"},
    {R"("name":{"$not_contain":["Mug"]})", "no"},
    {R"("name":{"$starts_with":["Red","Blue"]})", "yes"},
    {R"("name":{"$ends_with":["Blue"]})", "no"},
    {R"("sku":{"$has_value":true})", "no"},
    {R"("source_id":{"$is":["mug-1"]})", "yes"},
    {R"("id":{"$is":["prod_018f0a1b2c3d4e5f60718293a4b5c6d7"]})", "yes"},
    {R"("object":{"$is":["sku"]})", "no"},
    {R"("price":{"$is":[1250]})", "yes"},
    {R"("price":{"$is":["1250"]})", "yes"},
    {R"("price":{"$more_than":[1250]})", "no"},
    {R"("price":{"$more_than_equal":[1250]})", "yes"},
    {R"("price":{"$less_than":["2000"]})", "yes"},
    {R"("price":{"$less_than_equal":1249})", "no"},
    {R"("price":{"$more_than":1000,"$less_than":1300})", "yes"},
    {R"("price":{"$more_than":1000,"$less_than":1200})", "no"},
    {R"("image_url":{"$is_unknown":true})", "yes"},
    {R"("image_url":{"$is_not":["x"]})", "yes"},
    {R"("image_url":{"$is":["x"]})", "no"},
    {R"("attributes":{"$contains":["size"]})", "yes"},
    {R"("attributes":{"$in":["weight"]})", "no"},
    {R"("attributes":{"$count":[2]})", "yes"},
    {R"("attributes":{"$count_more":[2]})", "no"},
    {R"("attributes":{"$count_less":[3]})", "yes"},
    {R"("created_at":{"$after":["2024-07-23"]})", "yes"},
    {R"("created_at":{"$before":["2024-07-23"]})", "no"},
    {R"("updated_at":{"$before":["2030-01-01"]})", "no"},
    {R"("updated_at":{"$is_unknown":true})", "yes"},
    {R"("metadata.category":{"$is":["kitchen"]})", "yes"},
    {R"("metadata.tags":{"$in":["sale"]})", "yes"},
    {R"("metadata.weight":{"$less_than":[0.5]})", "yes"},
    {R"("metadata.eco":{"$is":[true]})", "yes"},
    {R"("metadata.eco":{"$is":["true"]})", "yes"},
    {R"("metadata.none":{"$has_value":true})", "no"},
    {R"("metadata.none":{"$not_in":["x"]})", "yes"},
};

TEST(CollectionFilter, OneCondition) {
    const Product product = mug();
    const Facts facts = facts_of(product);
    for (const Row& row : rows) {
        const std::string condition(row.conditions);
        const auto colon = condition.find(':');
        const std::string filter = fmt::format(R"({{{}:{{"conditions":{}}}}})",
                                               condition.substr(0, colon),
                                               condition.substr(colon + 1));
        EXPECT_EQ(outcome(filter, facts), row.expected) << row.conditions;
    }
}

TEST(CollectionFilter, JunctionIsBetweenFields) {
    const Product product = mug();
    const Facts facts = facts_of(product);
    const std::string two = R"("name":{"conditions":{"$is":["Cup"]}},)"
                            R"("price":{"conditions":{"$is":[1250]}})";
    EXPECT_EQ(outcome("{" + two + "}", facts), "no");
    EXPECT_EQ(outcome(R"({"junction":"AND",)" + two + "}", facts), "no");
    EXPECT_EQ(outcome(R"({"junction":"or",)" + two + "}", facts), "yes");
    EXPECT_EQ(outcome(R"({"junction":"xor",)" + two + "}", facts), "refused /junction");
}

TEST(CollectionFilter, RefusesWhatItDoesNotKnow) {
    const Product product = mug();
    const Facts facts = facts_of(product);
    EXPECT_EQ(outcome(R"({})", facts), "refused ");
    EXPECT_EQ(outcome(R"({"colour":{"conditions":{"$is":["x"]}},
                          "skus":{"conditions":{"$is":["x"]}}})",
                      facts),
              "refused /colour /skus");
    EXPECT_EQ(outcome(R"({"name":{},"price":{"conditions":{}}})", facts),
              "refused /name/conditions /price/conditions");
    EXPECT_EQ(outcome(R"({"created_at":{"conditions":{"$is_days_ago":[3],"$is":["x"]}}})", facts),
              "refused /created_at/conditions/$is_days_ago /created_at/conditions/$is");
    EXPECT_EQ(outcome(R"({"price":{"conditions":{"$more_than":["dear"],"$in":[]}}})", facts),
              "refused /price/conditions/$more_than /price/conditions/$in");
    EXPECT_EQ(outcome(R"({"created_at":{"conditions":{"$after":["soon"]}}})", facts),
              "refused /created_at/conditions/$after");
}

Collection static_one(std::vector<Collection::Member> members) {
    Collection out;
    out.members = std::move(members);
    for (const auto& one : out.members)
        out.member_ids.insert(one.sku.is_nil() ? RawId(one.product) : RawId(one.sku));
    return out;
}

TEST(CollectionContains, AProductBringsItsSkusAndASkuOnlyItself) {
    const Product product = mug();
    Sku blue;
    blue.id = *SkuId::parse("sku_018f0a1b2c3d4e5f60718293a4b5c6d8");
    blue.product = product.id;
    Sku red = blue;
    red.id = *SkuId::parse("sku_018f0a1b2c3d4e5f60718293a4b5c6d9");
    const Collection whole = static_one({{product.id, {}}});
    const Collection only_blue = static_one({{product.id, blue.id}});
    EXPECT_TRUE(whole.contains(candidate_of(&product, nullptr)));
    EXPECT_TRUE(whole.contains(candidate_of(&product, &blue)));
    EXPECT_TRUE(whole.contains(candidate_of(nullptr, &blue)));
    EXPECT_FALSE(only_blue.contains(candidate_of(&product, nullptr)));
    EXPECT_TRUE(only_blue.contains(candidate_of(&product, &blue)));
    EXPECT_FALSE(only_blue.contains(candidate_of(&product, &red)));
    EXPECT_FALSE(whole.contains(Candidate{}));
}

TEST(CollectionContains, AutoUpdateNeedsFacts) {
    const Product product = mug();
    Collection dear;
    dear.type = CollectionType::auto_update;
    dear.filter.fields.push_back(
        {Filter::Field::price, "", {{Filter::Operator::more_than, {json::value(1000)}}}});
    EXPECT_TRUE(dear.contains(candidate_of(&product, nullptr)));
    EXPECT_FALSE(dear.contains(Candidate{.product = product.id,
                                         .sku = {},
                                         .product_facts = std::nullopt,
                                         .sku_facts = std::nullopt}));
}

}  // namespace
}  // namespace perennial::catalog
