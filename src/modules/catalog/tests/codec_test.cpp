#include "modules/catalog/codec.hpp"

#include <gtest/gtest.h>

#include "base/value.hpp"

namespace perennial::catalog {
namespace {

template <class Change>
struct Read {
    Change change;
    std::vector<std::string> wrong;  ///< pointers
};

template <class Change>
Read<Change> read(std::string_view text, Change (*read_body)(JsonReader&)) {
    Issues issues;
    const json::value body = json::parse(text);
    JsonReader reader(body, issues);
    Read<Change> out{read_body(reader), {}};
    for (const auto& issue : issues.all()) out.wrong.push_back(issue.pointer);
    return out;
}
Read<ProductChange> product(std::string_view text) { return read(text, read_product); }
Read<SkuChange> sku(std::string_view text) { return read(text, read_sku); }

const Timestamp born = *Timestamp::parse("2024-07-23T19:38:38.219Z");

Product mug() {
    Product out;
    out.id = *ProductId::parse("prod_018f0a1b2c3d4e5f60718293a4b5c6d7");
    out.created_at = born;
    return out;
}

Sku blue_mug() {
    Sku out;
    out.id = *SkuId::parse("sku_018f0a1b2c3d4e5f60718293a4b5c6d8");
    out.product = mug().id;
    out.created_at = born;
    return out;
}

TEST(CatalogCodec, NewProductHasAllProperties) {
    EXPECT_EQ(to_json(mug()),
              json::parse(R"({"id":"prod_018f0a1b2c3d4e5f60718293a4b5c6d7","source_id":null,
                "name":null,"price":null,"attributes":[],"metadata":{},"image_url":null,
                "created_at":"2024-07-23T19:38:38.219Z","updated_at":null,"object":"product"})"));
}

TEST(CatalogCodec, NewSkuHasAllProperties) {
    const json::value expected =
        json::parse(R"({"id":"sku_018f0a1b2c3d4e5f60718293a4b5c6d8","source_id":null,
          "product_id":"prod_018f0a1b2c3d4e5f60718293a4b5c6d7","sku":null,"price":null,
          "currency":null,"attributes":{},"image_url":null,"metadata":{},
          "created_at":"2024-07-23T19:38:38.219Z","updated_at":null,"object":"sku"})");
    EXPECT_EQ(to_json(blue_mug()), expected);
    json::object with_product = to_json(blue_mug(), mug());
    EXPECT_EQ(with_product.at("product").at("id"), "prod_018f0a1b2c3d4e5f60718293a4b5c6d7");
    with_product.erase("product");
    EXPECT_EQ(with_product, expected);
}

TEST(CatalogCodec, CollectsAllMistakes) {
    EXPECT_EQ(product(R"({"source_id":1,"name":2,"price":12.5,"attributes":["a",1],"metadata":[],
                          "image_url":{}})")
                  .wrong,
              (std::vector<std::string>{"/source_id", "/name", "/price", "/attributes/1",
                                        "/metadata", "/image_url"}));
    EXPECT_EQ(sku(R"({"sku":1,"price":-1,"currency":"EURO","attributes":["color"]})").wrong,
              (std::vector<std::string>{"/sku", "/price", "/currency", "/attributes"}));
}

TEST(CatalogCodec, PricesAreWholeAndWithinTheRange) {
    EXPECT_EQ(product(R"({"price":0})").change.price, std::optional(std::int64_t{0}));
    EXPECT_EQ(product(R"({"price":100.0})").change.price, std::optional(std::int64_t{100}));
    EXPECT_EQ(product(R"({"price":9007199254740991})").change.price, std::optional(value_max));
    EXPECT_EQ(product(R"({"price":9007199254740992})").wrong.size(), 1U);
    EXPECT_EQ(product(R"({"price":"12"})").wrong.size(), 1U);
}

TEST(CatalogCodec, ChangesMergeAndNullClears) {
    Product one = mug();
    EXPECT_TRUE(apply(product(R"({"name":"Mug","price":5,"attributes":["a"],"metadata":{"a":1},
                                  "image_url":"x"})")
                          .change,
                      one, born));
    EXPECT_TRUE(one.updated_at.has_value());
    EXPECT_FALSE(apply(product(R"({"name":"Mug","metadata":{"a":1}})").change, one, born));
    EXPECT_TRUE(apply(product(R"({"price":null,"attributes":null,"metadata":{"b":null},
                                  "image_url":null})")
                          .change,
                      one, born));
    const json::value out = to_json(one);
    EXPECT_EQ(out.at("name"), "Mug");
    EXPECT_TRUE(out.at("price").is_null());
    EXPECT_EQ(out.at("attributes"), json::array());
    EXPECT_EQ(out.at("metadata"), json::parse(R"({"a":1,"b":null})"));
    EXPECT_TRUE(out.at("image_url").is_null());
}

TEST(CatalogCodec, AttributesOfASkuAreReplaced) {
    Sku one = blue_mug();
    apply(sku(R"({"attributes":{"color":"blue","size":"L"}})").change, one, born);
    apply(sku(R"({"attributes":{"color":"red"}})").change, one, born);
    EXPECT_EQ(to_json(one).at("attributes"), json::parse(R"({"color":"red"})"));
}

TEST(CatalogPrice, OfTheSkuElseOfTheProduct) {
    Product one = mug();
    Sku variant = blue_mug();
    EXPECT_EQ(catalog_price(nullptr, nullptr, "EUR"), std::nullopt);
    one.price = 10;
    EXPECT_EQ(catalog_price(&one, &variant, "EUR"), 10);
    variant.price = 12;
    EXPECT_EQ(catalog_price(&one, &variant, "EUR"), 12);
    variant.currency = "USD";
    EXPECT_EQ(catalog_price(&one, &variant, "EUR"), 10);
    EXPECT_EQ(catalog_price(&one, &variant, "USD"), 12);
}

}  // namespace
}  // namespace perennial::catalog
