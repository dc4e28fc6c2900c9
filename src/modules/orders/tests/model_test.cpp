#include <gtest/gtest.h>

#include "modules/orders/model.hpp"

namespace perennial::orders {
namespace {

Item full_item() {
    Item item;
    item.id = ItemId(RawId::make(1'700'000'000'000, 7, 42));
    item.source_id = "line \"1\"";
    item.product_id = "prod_1";
    item.sku_id = "sku_1";
    item.product_source_id = "back\\slash\nand a new line";
    item.sku_source_id = "Größe 日本";
    item.name = "\x01 control";
    item.quantity = 7;
    item.returned_quantity = 2;
    item.price = Money(1050);
    item.amount = Money(7350);
    item.discount_amount = Money(50);
    item.product = {{"name", "Tea"}, {"metadata", json::object{{"a", nullptr}}}};
    item.sku = {{"sku", "small"}};
    item.metadata = {{"line_type", "SHIPPING"}, {"deep", json::array{1, 2.5, "x"}}};
    item.type = LineType::shipping;
    item.collections = {"pc_1", "pc_2"};
    item.line = 99;
    return item;
}

void expect_same(const Item& a, const Item& b) {
    EXPECT_EQ(a.id, b.id);
    EXPECT_EQ(a.source_id, b.source_id);
    EXPECT_EQ(a.product_id, b.product_id);
    EXPECT_EQ(a.sku_id, b.sku_id);
    EXPECT_EQ(a.product_source_id, b.product_source_id);
    EXPECT_EQ(a.sku_source_id, b.sku_source_id);
    EXPECT_EQ(a.name, b.name);
    EXPECT_EQ(a.quantity, b.quantity);
    EXPECT_EQ(a.returned_quantity, b.returned_quantity);
    EXPECT_EQ(a.price, b.price);
    EXPECT_EQ(a.amount, b.amount);
    EXPECT_EQ(a.discount_amount, b.discount_amount);
    EXPECT_EQ(a.product, b.product);
    EXPECT_EQ(a.sku, b.sku);
    EXPECT_EQ(a.metadata, b.metadata);
    EXPECT_EQ(a.type, b.type);
    EXPECT_EQ(a.collections, b.collections);
    EXPECT_EQ(a.line, b.line);
}

TEST(ItemsText, GivesBackWhatItTook) {
    const std::vector<Item> items{full_item(), Item(), full_item()};
    const auto again = items_from_text(items_text(items));
    ASSERT_EQ(again.size(), 3U);
    for (std::size_t i = 0; i < items.size(); ++i) expect_same(items[i], again[i]);
    EXPECT_TRUE(items_from_text(items_text({})).empty());
}

TEST(ItemsText, IsJson) {
    const json::value text = json::parse(items_text({full_item(), full_item()}));
    EXPECT_EQ(text.at(0).at("pc").as_array().size(), 2U);
    EXPECT_EQ(text.at(1).at("n").as_string(), "\x01 control");
    EXPECT_FALSE(json::parse(items_text({Item()})).at(0).as_object().contains("pc"));
}

TEST(DecisionText, GivesBackWhatItTook) {
    Decision decision;
    decision.definitions = 12;
    decision.engine = 3;
    decision.at = {1'700'000'000'123};
    decision.facts = {{"customer", json::object{{"tier", "Gold"}}}};
    Award award;
    award.card = RawId::make(1, 2, 3);
    award.points = Points(40);
    award.taken_back = Points(10);
    award.expires_at = Timestamp{1'800'000'000'000};
    decision.awards = {award, Award()};
    const Decision again = decision_from_text(decision_text(decision));
    EXPECT_EQ(again.definitions, 12);
    EXPECT_EQ(again.engine, 3);
    EXPECT_EQ(again.at, decision.at);
    EXPECT_EQ(again.facts, decision.facts);
    ASSERT_EQ(again.awards.size(), 2U);
    EXPECT_EQ(again.awards[0].card, award.card);
    EXPECT_EQ(again.awards[0].points, award.points);
    EXPECT_EQ(again.awards[0].taken_back, award.taken_back);
    EXPECT_EQ(again.awards[0].expires_at, award.expires_at);
    EXPECT_FALSE(again.awards[1].expires_at);
}

}  // namespace
}  // namespace perennial::orders
