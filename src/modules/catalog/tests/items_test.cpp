#include <gtest/gtest.h>

#include "modules/catalog/queries.hpp"
#include "modules/catalog/store.hpp"
#include "modules/projects/store.hpp"
#include "tests/support/postgres_or_sqlite.hpp"

namespace perennial::catalog {
namespace {

constexpr projects::ProjectNumber project = 3;

class OrderItems : public test::DatabaseTest {
  protected:
    struct Seen {
        std::string product;  ///< source id, or "-"
        std::string sku;
        bool operator==(const Seen&) const = default;
    };
    static Seen seen(const ItemRows& rows) {
        return {rows.product == nullptr ? "-" : rows.product->source_id.value_or(""),
                rows.sku == nullptr ? "-" : rows.sku->source_id.value_or("")};
    }

    /// One order with one item, as the orders' command does it.
    Seen order(const ItemNames& names, std::string name = "", std::string sku_name = "") {
        auto tx = database().begin_write();
        work::Batch batch(*tx, ids_, now_);
        auto& set = batch.get<Set>();
        set.want_item(batch, project, names);
        batch.load();
        ProductChange product;
        if (!name.empty()) product.name = name;
        SkuChange sku;
        if (!sku_name.empty()) sku.sku = sku_name;
        const Seen out = seen(set.upsert_item(batch, project, names, product, sku, now_));
        batch.save();
        tx->commit();
        return out;
    }

    std::string name_of(const std::string& source_id) {
        std::string out = "-";
        database().read([&](db::Tx& tx) {
            if (auto found = load_product(tx, project, source_id)) out = found->name.value_or("");
        });
        return out;
    }

    Ids ids_{11};
    Timestamp now_ = *Timestamp::parse("2024-07-23T10:00:00Z");
};
PERENNIAL_ON_ALL_DATABASES(OrderItems);

ItemNames names(std::string product, std::string sku, bool product_override, bool sku_override) {
    ItemNames out;
    out.product_source_id = std::move(product);
    out.sku_source_id = std::move(sku);
    out.product_override = product_override;
    out.sku_override = sku_override;
    return out;
}

TEST_P(OrderItems, WithoutOverrideNothingIsMade) {
    EXPECT_EQ(order(names("p", "s", false, false), "P"), (Seen{"-", "-"}));
    EXPECT_EQ(order(ItemNames{}), (Seen{"-", "-"}));
    EXPECT_EQ(name_of("p"), "-");
}

TEST_P(OrderItems, OverrideMakesAndThenChanges) {
    EXPECT_EQ(order(names("p", "s", true, true), "P"), (Seen{"p", "s"}));
    EXPECT_EQ(name_of("p"), "P");
    EXPECT_EQ(order(names("p", "", true, false), "Q"), (Seen{"p", "-"}));
    EXPECT_EQ(name_of("p"), "Q");
    EXPECT_EQ(order(names("p", "s", false, false), "R"), (Seen{"p", "s"}));
    EXPECT_EQ(name_of("p"), "Q");
}

TEST_P(OrderItems, ASkuBringsItsProduct) {
    order(names("p", "s", true, true), "P");
    EXPECT_EQ(order(names("", "s", false, false)), (Seen{"p", "s"}));
    // The product was not named, so it is not changed.
    EXPECT_EQ(order(names("", "s", true, true), "Q"), (Seen{"p", "s"}));
    EXPECT_EQ(name_of("p"), "P");
}

TEST_P(OrderItems, ASkuWithoutProductIsNotMade) {
    EXPECT_EQ(order(names("", "s", true, true)), (Seen{"-", "-"}));
    EXPECT_EQ(order(names("p", "s", false, true)), (Seen{"-", "-"}));
}

TEST_P(OrderItems, NamedById) {
    order(names("p", "s", true, true), "P");
    ItemNames by_id;
    database().read([&](db::Tx& tx) {
        by_id.product_id = load_product(tx, project, "p")->id.text();
        by_id.sku_id = load_sku(tx, project, "s")->id.text();
    });
    EXPECT_EQ(order(by_id), (Seen{"p", "s"}));
    by_id.product_override = by_id.sku_override = true;
    EXPECT_EQ(order(by_id, "Q", "S"), (Seen{"p", "s"}));
    EXPECT_EQ(name_of("p"), "Q");
    ItemNames unknown;
    unknown.product_id = "prod_018f0a1b2c3d4e5f60718293a4b5c6d7";
    unknown.product_override = true;
    EXPECT_EQ(order(unknown, "X"), (Seen{"-", "-"}));
    unknown.product_id = "p";  // a source id where the id belongs
    EXPECT_EQ(order(unknown, "X"), (Seen{"p", "-"}));
}

TEST_P(OrderItems, ViewIsWhatUpsertWouldLeave) {
    auto tx = database().begin_write();
    work::Batch batch(*tx, ids_, now_);
    auto& set = batch.get<Set>();
    const ItemNames writes = names("p", "s", true, true);
    const ItemNames reads = names("p", "s", false, false);
    set.want_item(batch, project, writes);
    set.want_item(batch, project, reads);
    batch.load();
    ProductChange change;
    change.name.emplace("P");
    SkuChange variant;
    variant.sku.emplace("S");
    const ItemView view = set.view_item(batch, project, writes, change, variant, now_);
    EXPECT_EQ(set.find_item(batch, project, writes).product, nullptr);
    EXPECT_FALSE(set.view_item(batch, project, reads, change, variant, now_).product);
    const ItemRows made = set.upsert_item(batch, project, writes, change, variant, now_);
    ASSERT_TRUE(view.product && view.sku);
    EXPECT_EQ(view.product->id, made.product->id);
    EXPECT_EQ(view.product->name, made.product->name);
    EXPECT_EQ(view.sku->id, made.sku->id);
    EXPECT_EQ(view.sku->sku, made.sku->sku);
    change.name.emplace("Q");
    EXPECT_EQ(set.view_item(batch, project, reads, change, variant, now_).product->name, "P");
    EXPECT_EQ(set.view_item(batch, project, writes, change, variant, now_).product->name, "Q");
    EXPECT_EQ(made.product->name, "P");
}

TEST_P(OrderItems, TwoItemsOfOneBatchSeeOneProduct) {
    auto tx = database().begin_write();
    work::Batch batch(*tx, ids_, now_);
    auto& set = batch.get<Set>();
    const ItemNames reads = names("p", "", false, false);
    const ItemNames writes = names("p", "", true, false);
    set.want_item(batch, project, reads);
    set.want_item(batch, project, writes);
    batch.load();
    EXPECT_EQ(set.find_item(batch, project, reads).product, nullptr);
    ProductChange change;
    change.name.emplace("P");
    Product* made = set.upsert_item(batch, project, writes, change, {}, now_).product;
    ASSERT_NE(made, nullptr);
    EXPECT_EQ(set.find_item(batch, project, reads).product, made);
    EXPECT_EQ(set.upsert_item(batch, project, writes, change, {}, now_).product, made);
    batch.save();
    tx->commit();
    EXPECT_EQ(name_of("p"), "P");
}

TEST_P(OrderItems, WhatWasReadMayBeLockedInTheSecondRound) {
    order(names("p", "", true, false), "P");
    auto tx = database().begin_write();
    work::Batch batch(*tx, ids_, now_);
    auto& set = batch.get<Set>();
    set.want_item(batch, project, names("p", "", false, false));
    batch.load();
    const Product* read = set.find_product(batch, project, "p");
    set.want_item(batch, project, names("p", "", true, false));
    batch.load();
    ProductChange change;
    change.price.emplace(7);
    Product* written =
        set.upsert_item(batch, project, names("p", "", true, false), change, {}, now_).product;
    EXPECT_EQ(written, read);
    EXPECT_EQ(written->price, 7);
    batch.save();
    tx->commit();
}

}  // namespace
}  // namespace perennial::catalog
