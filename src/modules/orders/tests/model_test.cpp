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
    decision.returned = {0, 2};
    decision.claims = {{RawId::make(1, 2, 4), 7, 2, Timestamp{5}, Timestamp{6}, {1}}};
    decision.cuts = {{RawId::make(1, 2, 5), RawId::make(1, 2, 6), Points(9), Points(4), "rule.\"odd\""}};
    Award award;
    award.card = RawId::make(1, 2, 3);
    award.program = RawId::make(1, 2, 4);
    award.rule = RawId::make(1, 2, 5);
    award.lot = 3;
    award.points = Points(40);
    award.taken_back = Points(10);
    award.taken_expired = Points(4);
    award.taken_by_hand = Points(2);
    award.entry = RawId::make(1, 2, 6);
    award.expires_at = Timestamp{1'800'000'000'000};
    Award of_merged = award;
    of_merged.before = {{RawId::make(1, 2, 8), 7}, {RawId::make(1, 2, 9), 1}};
    Award of_other_program = award;
    of_other_program.program = RawId::make(1, 2, 7);
    of_other_program.expires_at.reset();
    decision.awards = {award, of_merged, of_other_program, Award(), award};
    const std::string text = decision_text(decision);
    const Decision again = decision_from_text(text);
    EXPECT_EQ(decision_text(again), text);
    EXPECT_EQ(again.definitions, 12);
    EXPECT_EQ(again.engine, 3);
    EXPECT_EQ(again.at, decision.at);
    EXPECT_EQ(again.facts, decision.facts);
    EXPECT_EQ(again.returned, decision.returned);
    ASSERT_EQ(again.claims.size(), 1U);
    EXPECT_EQ(again.claims[0].claimed_at, decision.claims[0].claimed_at);
    EXPECT_EQ(again.claims[0].returned, decision.claims[0].returned);
    ASSERT_EQ(again.cuts.size(), 1U);
    EXPECT_EQ(again.cuts[0].limit, decision.cuts[0].limit);
    ASSERT_EQ(again.awards.size(), 5U);
    for (std::size_t i = 0; i < 5; ++i) {
        SCOPED_TRACE(i);
        EXPECT_EQ(again.awards[i].card, decision.awards[i].card);
        EXPECT_EQ(again.awards[i].program, decision.awards[i].program);
        EXPECT_EQ(again.awards[i].rule, decision.awards[i].rule);
        EXPECT_EQ(again.awards[i].lot, decision.awards[i].lot);
        EXPECT_EQ(again.awards[i].points, decision.awards[i].points);
        EXPECT_EQ(again.awards[i].taken_back, decision.awards[i].taken_back);
        EXPECT_EQ(again.awards[i].taken_expired, decision.awards[i].taken_expired);
        EXPECT_EQ(again.awards[i].taken_by_hand, decision.awards[i].taken_by_hand);
        EXPECT_EQ(again.awards[i].entry, decision.awards[i].entry);
        EXPECT_EQ(again.awards[i].expires_at, decision.awards[i].expires_at);
        ASSERT_EQ(again.awards[i].before.size(), decision.awards[i].before.size());
        for (std::size_t k = 0; k < again.awards[i].before.size(); ++k) {
            EXPECT_EQ(again.awards[i].before[k].card, decision.awards[i].before[k].card);
            EXPECT_EQ(again.awards[i].before[k].lot, decision.awards[i].before[k].lot);
        }
    }
}

TEST(DecisionText, NamesACardOnceAndReadsEachOfOlderTexts) {
    Award award;
    award.card = RawId::make(1, 2, 3);
    Decision decision;
    decision.awards = {award, award};
    const json::value text = json::parse(decision_text(decision));
    EXPECT_TRUE(text.at("awards").at(0).as_object().contains("card"));
    EXPECT_FALSE(text.at("awards").at(1).as_object().contains("card"));

    const std::string hex = award.card.hex();
    const Decision older = decision_from_text(R"({"v":1,"e":1,"at":2,"awards":[{"card":")" + hex +
                                              R"(","program":")" + hex + R"("},{"card":")" + hex +
                                              R"(","program":")" + RawId().hex() + R"("}]})");
    ASSERT_EQ(older.awards.size(), 2U);
    EXPECT_EQ(older.awards[1].card, award.card);
    EXPECT_TRUE(older.awards[1].program.is_nil());
}

}  // namespace
}  // namespace perennial::orders
