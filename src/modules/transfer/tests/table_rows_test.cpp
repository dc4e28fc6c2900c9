#include "modules/transfer/table_rows.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>

namespace perennial::transfer {
namespace {

std::string text(const Table& table) {
    std::string out;
    for (const TableRow& row : table.rows)
        out += std::to_string(row.line) + " " + to_text(row.body) + "\n";
    for (const WrongRow& wrong : table.wrong)
        out += std::to_string(wrong.line) + " " +
               (wrong.error.issues.empty() ? wrong.error.details : wrong.error.issues[0].pointer) + "\n";
    return out;
}

TEST(TableRows, KnowsColumnsByTheirHeader) {
    const auto table = read_table("Source_id,ADDRESS POSTAL CODE,metadata.size,Club \n a , 1 ,2,gold\n,,,\n",
                                  customer_columns());
    ASSERT_TRUE(table.has_value()) << table.error().details;
    EXPECT_EQ(text(*table),
              "2 {\"source_id\":\"a\",\"address\":{\"postal_code\":\"1\"},"
              "\"metadata\":{\"size\":\"2\",\"Club\":\"gold\"}}\n3 {}\n");
}

TEST(TableRows, ReadsNumbersListsAndObjects) {
    const auto table = read_table("source_id;price;attributes\nmug;1250; a , b,\ncup;1,5;x\n", product_columns());
    ASSERT_TRUE(table.has_value());
    EXPECT_EQ(text(*table),
              "2 {\"source_id\":\"mug\",\"price\":1250,\"attributes\":[\"a\",\"b\"]}\n3 price\n");
    const auto skus = read_table("product_id\tattributes\nmug\t{\"a\":1}\nmug\t[1]\n", sku_columns());
    ASSERT_TRUE(skus.has_value());
    EXPECT_EQ(text(*skus), "2 {\"product_id\":\"mug\",\"attributes\":{\"a\":1}}\n3 attributes\n");
}

TEST(TableRows, NamesBrokenLinesAndGoesOn) {
    const auto table = read_table("source_id,name\na,\"x\nb,y\nc\nd,z\n", customer_columns());
    ASSERT_TRUE(table.has_value());
    ASSERT_EQ(table->wrong.size(), 2U);
    EXPECT_EQ(table->wrong[0].line, 2);
    EXPECT_EQ(table->wrong[1].line, 4);
    EXPECT_EQ(table->rows.size(), 2U);
}

TEST(TableRows, RefusesFilesThatAreNone) {
    for (const char* content : {"", "\n\n", "shoe,size\n1,2\n", "name,Name\na,b\n", "name,,email\na,b,c\n",
                                "x,name,x\n1,2,3\n", "\x1f\x8b", "PK\x03\x04"})
        EXPECT_FALSE(read_table(content, customer_columns()).has_value()) << content;
    EXPECT_FALSE(read_table("name\na\nb\n", customer_columns(), {.rows_max = 1}).has_value());
}

TEST(TableRows, ReadsAMapping) {
    const auto how = read_table_mapping(json::parse(R"({"columns":{"Nr":"source_id","Secret":null}})"),
                                        customer_columns());
    ASSERT_TRUE(how.has_value());
    const auto table = read_table("Nr,Secret,name\n1,x,Anna\n", customer_columns(), *how);
    EXPECT_EQ(text(table.value()), "2 {\"source_id\":\"1\",\"name\":\"Anna\"}\n");
    const auto wrong = read_table_mapping(json::parse(R"({"columns":{"Nr":"number","X":5}})"),
                                          customer_columns());
    ASSERT_FALSE(wrong.has_value());
    EXPECT_EQ(wrong.error().issues.size(), 2U);
    EXPECT_FALSE(read_table_mapping(json::parse("[]"), customer_columns()).has_value());
}

}  // namespace
}  // namespace perennial::transfer
