#include "modules/catalog/routes.hpp"

#include <gtest/gtest.h>

#include "modules/catalog/collections.hpp"
#include "modules/customers/tests/route_fixture.hpp"

namespace perennial::catalog {
namespace {

class CatalogRoutes : public test::RouteTest {
  protected:
    void SetUp() override {
        RouteTest::SetUp();
        use(routes());
    }
};
PERENNIAL_ON_ALL_DATABASES(CatalogRoutes);

TEST_P(CatalogRoutes, ProductsUpsertBySourceId) {
    const auto made = call("POST /v1/products", R"({"source_id":"m","name":"Mug","price":1250})");
    EXPECT_EQ(made.status, 200);
    EXPECT_TRUE(made["/updated_at"].is_null());
    const auto changed = call("POST /v1/products", R"({"source_id":"m","price":1300})");
    EXPECT_EQ(changed["/id"], made["/id"]);
    EXPECT_EQ(changed.text("/name"), "Mug");
    EXPECT_EQ(changed.number("/price"), 1300);
    EXPECT_TRUE(changed["/updated_at"].is_string());
    const auto other = call("POST /v1/products");
    EXPECT_NE(other["/id"], made["/id"]);
    const auto all = call("GET /v1/products?limit=1");
    EXPECT_EQ(all.text("/object"), "list");
    EXPECT_EQ(all.text("/data_ref"), "products");
    EXPECT_EQ(all.number("/total"), 2);
    EXPECT_EQ(all["/products/0/id"], other["/id"]);
}

TEST_P(CatalogRoutes, ProductsByIdOrSourceId) {
    const std::string id =
        call("POST /v1/products", R"({"source_id":"m","name":"Mug"})").text("/id");
    for (const std::string& word : {id, std::string("m")}) {
        const auto got = call("GET /v1/products/" + word);
        EXPECT_EQ(got.text("/id"), id);
        EXPECT_EQ(got["/skus"], json::parse(R"({"object":"list","total":0,"data":[]})"));
        EXPECT_TRUE(call("PUT /v1/products/" + word, R"({"name":null})")["/name"].is_null());
    }
    EXPECT_EQ(call("PUT /v1/products/m", R"({"source_id":"n"})").key(), "invalid_payload");
    const auto unknown = call("GET /v1/products/none");
    EXPECT_EQ(unknown.status, 404);
    EXPECT_EQ(unknown.text("/details"), "Cannot find product with id none");
    EXPECT_EQ(unknown.text("/resource_type"), "product");
    EXPECT_EQ(call("PUT /v1/products/none", "{}").status, 404);
}

TEST_P(CatalogRoutes, ListsProductsByDates) {
    std::vector<std::string> times;
    for (int i = 0; i < 4; ++i)
        times.push_back(call("POST /v1/products", fmt::format(R"({{"name":"{}"}})", i))
                            .text("/created_at"));
    const auto some = call("GET /v1/products?order=created_at&start_date=" + times[1] +
                           "&end_date=" + times[2]);
    EXPECT_EQ(some.number("/total"), 2);
    EXPECT_EQ(some.text("/products/0/name"), "1");
    EXPECT_EQ(some.text("/products/1/name"), "2");
    EXPECT_EQ(call("GET /v1/products?order=name").key(), "invalid_query_params");
    EXPECT_EQ(call("GET /v1/products?created_at[after]=2024-01-01").key(), "invalid_query_params");
}

TEST_P(CatalogRoutes, SkusUnderTheirProduct) {
    const std::string product = call("POST /v1/products", R"({"source_id":"m"})").text("/id");
    const auto made = call("POST /v1/products/m/skus",
                           R"({"source_id":"m-b","sku":"Blue","price":5,
                               "attributes":{"color":"b"}})");
    EXPECT_EQ(made.status, 200);
    EXPECT_EQ(made.text("/product_id"), product);
    const auto changed = call("POST /v1/products/" + product + "/skus",
                              R"({"source_id":"m-b","price":null})");
    EXPECT_EQ(changed["/id"], made["/id"]);
    EXPECT_TRUE(changed["/price"].is_null());
    call("POST /v1/products/m/skus", R"({"sku":"Red"})");
    const auto all = call("GET /v1/products/m/skus");
    EXPECT_EQ(all.text("/data_ref"), "skus");
    EXPECT_EQ(all.number("/total"), 2);
    EXPECT_EQ(all.text("/skus/0/sku"), "Red");
    EXPECT_EQ(call("GET /v1/products/m").number("/skus/total"), 2);
    const auto got = call("GET /v1/skus/m-b");
    EXPECT_EQ(got["/id"], made["/id"]);
    EXPECT_EQ(got.text("/product/id"), product);
    EXPECT_EQ(call("PUT /v1/products/m/skus/m-b", R"({"sku":"Navy"})").text("/sku"), "Navy");
    EXPECT_EQ(call("DELETE /v1/products/m/skus/" + made.text("/id")).status, 204);
    EXPECT_EQ(call("GET /v1/skus/m-b").status, 404);
    EXPECT_EQ(call("GET /v1/products/m/skus").number("/total"), 1);
}

TEST_P(CatalogRoutes, SkusOfAnotherProductAreNotFound) {
    call("POST /v1/products", R"({"source_id":"a"})");
    call("POST /v1/products", R"({"source_id":"b"})");
    call("POST /v1/products/a/skus", R"({"source_id":"s"})");
    EXPECT_EQ(call("POST /v1/products/b/skus", R"({"source_id":"s"})").key(), "duplicate_found");
    EXPECT_EQ(call("PUT /v1/products/b/skus/s", "{}").status, 404);
    EXPECT_EQ(call("DELETE /v1/products/b/skus/s").status, 404);
    EXPECT_EQ(call("POST /v1/products/none/skus", R"({"source_id":"t"})").text("/resource_type"),
              "product");
}

TEST_P(CatalogRoutes, DeletingAProductTakesItsSkusAndKeepsItsId) {
    const auto made = call("POST /v1/products", R"({"source_id":"m","name":"Mug"})");
    const auto sku = call("POST /v1/products/m/skus", R"({"source_id":"s"})");
    call("POST /v1/products/m/skus", R"({})");
    EXPECT_EQ(call("DELETE /v1/products/m").status, 204);
    EXPECT_EQ(call("GET /v1/products/m").status, 404);
    EXPECT_EQ(call("GET /v1/skus/s").status, 404);
    EXPECT_EQ(call("DELETE /v1/products/m").status, 404);
    EXPECT_EQ(call("GET /v1/products").number("/total"), 0);
    const auto again = call("POST /v1/products", R"({"source_id":"m"})");
    EXPECT_EQ(again["/id"], made["/id"]);
    EXPECT_TRUE(again["/name"].is_null());
    EXPECT_EQ(call("GET /v1/products/m").number("/skus/total"), 0);
    // The source id of a SKU comes back under another product, and goes with it.
    call("POST /v1/products", R"({"source_id":"other"})");
    EXPECT_EQ(call("POST /v1/products/other/skus", R"({"source_id":"s"})")["/id"], sku["/id"]);
    EXPECT_EQ(call("DELETE /v1/products/other").status, 204);
    EXPECT_EQ(call("GET /v1/skus/s").status, 404);
}

TEST_P(CatalogRoutes, AProductAndItsSkuInOneBatch) {
    const auto answers = batch({{"POST /v1/products", R"({"source_id":"m"})"},
                                {"POST /v1/products/m/skus", R"({"source_id":"s"})"},
                                {"POST /v1/products", R"({"source_id":"m","name":"Mug"})"},
                                {"PUT /v1/products/m/skus/s", R"({"sku":"S"})"},
                                {"POST /v1/products/none/skus", R"({"source_id":"t"})"}});
    EXPECT_EQ(answers[1].text("/product_id"), answers[0].text("/id"));
    EXPECT_EQ(answers[2]["/id"], answers[0]["/id"]);
    EXPECT_EQ(answers[3].text("/sku"), "S");
    EXPECT_EQ(answers[4].status, 404);
    EXPECT_EQ(call("GET /v1/products/m").text("/name"), "Mug");
    EXPECT_EQ(call("GET /v1/skus/s").text("/sku"), "S");
}

TEST_P(CatalogRoutes, StaticCollections) {
    const std::string mug = call("POST /v1/products", R"({"source_id":"m"})").text("/id");
    const std::string sku = call("POST /v1/products/m/skus", R"({"source_id":"s"})").text("/id");
    const auto made = call("POST /v1/product-collections",
                           R"({"name":"Two","type":"STATIC","products":[
                               {"id":"m","object":"product"},{"id":"s","object":"sku"}]})");
    EXPECT_EQ(made.status, 200);
    EXPECT_EQ(made.text("/object"), "products_collection");
    EXPECT_EQ(made["/products"],
              json::array({json::object{{"id", mug}, {"object", "product"}},
                           json::object{{"id", sku}, {"object", "sku"}, {"product_id", mug}}}));
    const std::string path = "/v1/product-collections/" + made.text("/id");
    EXPECT_EQ(call("GET " + path).body, made.body);
    const auto members = call("GET " + path + "/products?order=created_at");
    EXPECT_EQ(members.number("/total"), 2);
    EXPECT_EQ(members.text("/data/0/object"), "product");
    EXPECT_EQ(members.text("/data/1/object"), "sku");
    EXPECT_EQ(members.text("/data/1/product/id"), mug);
    EXPECT_EQ(call("GET " + path + "/products?limit=1&page=2").text("/data/0/object"), "product");
    const auto fewer = call("PUT " + path, R"({"products":[{"id":"m"}]})");
    EXPECT_EQ(fewer["/products"].as_array().size(), 1U);
    EXPECT_EQ(fewer.text("/name"), "Two");
    call("DELETE /v1/products/m");
    EXPECT_EQ(call("GET " + path + "/products").number("/total"), 0);
    EXPECT_EQ(call("DELETE " + path).status, 204);
    EXPECT_EQ(call("GET " + path).status, 404);
}

TEST_P(CatalogRoutes, CollectionsByFilter) {
    call("POST /v1/products", R"({"source_id":"a","price":100,"metadata":{"category":"x"}})");
    call("POST /v1/products", R"({"source_id":"b","price":200,"metadata":{"category":"x"}})");
    call("POST /v1/products/b/skus", R"({"source_id":"b1","price":50,
        "metadata":{"category":"x"}})");
    const std::string body = R"({"name":"X","type":"AUTO_UPDATE","filter":{"junction":"and",
        "metadata.category":{"conditions":{"$is":["x"]}},
        "price":{"conditions":{"$less_than":[150]}}}})";
    const auto made = call("POST /v1/product-collections", body);
    EXPECT_EQ(made["/filter"], json::parse(body).at("filter"));
    const std::string path = "GET /v1/product-collections/" + made.text("/id") + "/products";
    const auto members = call(path);
    EXPECT_EQ(members.number("/total"), 2);
    EXPECT_EQ(members.text("/data/0/source_id"), "b1");
    EXPECT_EQ(members.text("/data/1/source_id"), "a");
    call("PUT /v1/products/b", R"({"price":10})");
    EXPECT_EQ(call(path).number("/total"), 3);
}

TEST_P(CatalogRoutes, CollectionsRefuse) {
    const auto nothing = call("POST /v1/product-collections", "{}");
    EXPECT_EQ(nothing.key(), "invalid_payload");
    EXPECT_EQ(nothing["/errors"].as_array().size(), 2U);  // name and type
    const auto members = call("POST /v1/product-collections",
                              R"({"name":"A","type":"STATIC","products":[
                                  {"id":"x","object":"product"},{"id":"y","object":"sku"}]})");
    EXPECT_EQ(members.text("/errors/1/pointer"), "/products/1/id");
    EXPECT_EQ(call("POST /v1/product-collections", R"({"name":"A","type":"AUTO_UPDATE"})")
                  .text("/errors/0/pointer"),
              "/filter");
    const auto made = call("POST /v1/product-collections", R"({"name":"A","type":"STATIC"})");
    EXPECT_EQ(made["/products"], json::array());
    const auto again = call("POST /v1/product-collections", R"({"name":"A","type":"STATIC"})");
    EXPECT_EQ(again.status, 409);
    EXPECT_EQ(again.key(), "duplicate_found");
    EXPECT_EQ(call("PUT /v1/product-collections/pc_1", "{}").status, 404);
    const std::string path = "/v1/product-collections/" + made.text("/id");
    EXPECT_EQ(call("PUT " + path, R"({"name":"A"})").status, 200);
    const auto list = call("GET /v1/product-collections");
    EXPECT_EQ(list.text("/data_ref"), "data");
    EXPECT_EQ(list.number("/total"), 1);

    {
        auto tx = database().begin_write();
        projects::Definition rule;
        rule.kind = projects::definition_kind::earning_rule;
        rule.id = ids_.make(now_.ms, 1);
        rule.doc["applicable_to"] = made.text("/id");
        projects::save_definition(*tx, project_, rule);
        tx->commit();
    }
    const auto used = call("DELETE " + path);
    EXPECT_EQ(used.status, 400);
    EXPECT_EQ(used.key(), "resource_in_use");
}

}  // namespace
}  // namespace perennial::catalog
