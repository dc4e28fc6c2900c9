#include "modules/transfer/order_mapping.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace perennial::transfer {
namespace {

const std::vector<std::string_view> shop_header{"InvoiceNo",  "StockCode",   "Description",
                                                "Quantity",   "InvoiceDate", "UnitPrice",
                                                "CustomerID", "Country"};

// "pointer key: message", in the order found.
std::vector<std::string> mistakes(std::string_view text, std::span<const std::string_view> header) {
    Issues issues;
    const auto body = parse_json(text);
    EXPECT_TRUE(body.has_value()) << text;
    OrderMapping mapping = parse_order_mapping(*body, issues);
    bind_columns(mapping, header, issues);
    std::vector<std::string> out;
    for (const FieldIssue& issue : issues.all())
        out.push_back(fmt::format("{} {}: {}", issue.pointer, issue.key, issue.message));
    return out;
}

using Mistakes = std::vector<std::string>;

std::string with(std::string_view more) {
    return R"({"columns": {"order_id": "o", "sku": "s", "quantity": "q", "unit_price": "p",
        "time": "t"}, "time": {"format": "ISO"}, "currency": {"code": "EUR", "decimals": 2})" +
           std::string(more) + "}";
}
const std::vector<std::string_view> small_header{"o", "s", "q", "p", "t", "k"};

Mistakes mistakes_with(std::string_view more) {
    return mistakes(with(more), small_header);
}

TEST(TransferMapping, the_example_is_right) {
    std::ifstream file(PERENNIAL_SOURCE_DIR "/examples/online-retail/mapping.json");
    const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    EXPECT_EQ(mistakes(text, shop_header), Mistakes{});
}

TEST(TransferMapping, least_mapping_is_right) {
    EXPECT_EQ(mistakes_with(""), Mistakes{});
    EXPECT_EQ(mistakes_with(R"(, "returns": {"column": "k", "values": ["R"]}, "csv":
        {"delimiter": "tab", "encoding": "iso-8859-1"}, "zero_price": "error",
        "metadata": {"channel": "k", "from": {"value": "x"}})"),
              Mistakes{});
}

TEST(TransferMapping, empty_mapping_names_what_is_missing) {
    EXPECT_EQ(mistakes("{}", {}),
              (Mistakes{"/columns required: is required", "/time required: is required",
                        "/currency required: is required"}));
    EXPECT_EQ(
        mistakes(R"({"columns": {}, "time": {}, "currency": {}})", {}),
        (Mistakes{"/columns/order_id required: is required", "/columns/sku required: is required",
                  "/columns/quantity required: is required", "/columns/time required: is required",
                  "/columns/unit_price required: is required where no column holds the amount",
                  "/time/format required: is required", "/currency/code required: is required",
                  "/currency/decimals required: is required"}));
    EXPECT_EQ(mistakes("[]", {}), (Mistakes{" type: must be an object"}));
}

TEST(TransferMapping, all_mistakes_come_at_once) {
    const auto found = mistakes(
        R"({"columns": {"order_id": "InvoiceNumber", "sku": "Stock Code",
             "quantity": {"value": "x"},
             "unit_price": "UnitPrise", "time": {"value": "now"}, "customer_id": "CustomerID",
             "couuntry": "Country"},
            "time": {"format": "YYYY-MM-DD HH:MM:SS"},
            "currency": {"code": "pounds", "decimals": 9},
            "returns": {"prefix": "C", "negative_quantity": true},
            "codes": [{"code": "POST", "meaning": "postage"}, {"meaning": "fee"},
                      {"code": "M", "meaning": "fee"}, {"code": "M", "meaning": "fee"}],
            "order_id_prefixes": [{"prefix": "A", "meaning": "fee"},
                                  {"prefix": "C", "meaning": "ignore"}],
            "sku_cases": "upper"})",
        shop_header);
    const Mistakes wanted{
        "/sku_cases unknown: is not known here; did you mean \"sku_case\"?",
        "/columns/couuntry unknown: is not known here; did you mean \"country\"?",
        "/columns/time type: must name a column; one value for all lines makes no sense",
        "/columns/quantity format: must hold a number as its value",
        "/time/zone required: is required, as the times say none; for example \"Europe/London\"",
        "/currency/code format: must be three capital letters such as GBP",
        "/currency/decimals range: must be between 0 and 4",
        "/returns conflict: must have one of \"prefix\", \"negative_quantity\" and \"column\"",
        "/codes/0/meaning enum: must be one of product, shipping, discount, fee, gift_card, "
        "ignore, "
        "adjustment",
        "/codes/1 conflict: must have either \"code\" or \"pattern\"",
        "/codes/3/code duplicate: \"M\" has a meaning already",
        "/order_id_prefixes/0/meaning enum: must be ignore or adjustment for a whole order",
        "/columns/order_id not_found: the file has no column \"InvoiceNumber\"",
        "/columns/sku not_found: the file has no column \"Stock Code\"; did you mean "
        "\"StockCode\"?",
        "/columns/unit_price not_found: the file has no column \"UnitPrise\"; did you mean "
        "\"UnitPrice\"?"};
    EXPECT_EQ(found, wanted);
}

TEST(TransferMapping, names_single_mistakes) {
    EXPECT_EQ(mistakes_with(R"(, "csv": {"delimiter": "::"})"),
              (Mistakes{"/csv/delimiter enum: must be one of ,, ;, \t, |, tab"}));
    EXPECT_EQ(mistakes_with(R"(, "numbers": {"decimal_mark": ",", "thousands_mark": ","})"),
              (Mistakes{"/numbers/thousands_mark conflict: must differ from the decimal mark"}));
    EXPECT_EQ(mistakes_with(R"(, "returns": {"column": "kk"})"),
              (Mistakes{"/returns/values required: is required",
                        "/returns/column not_found: the file has no column \"kk\"; did you mean "
                        "\"k\"?"}));
    EXPECT_EQ(mistakes_with(R"(, "returns": {"prefix": "C", "values": ["R"]})"),
              (Mistakes{"/returns/values conflict: goes with \"column\" only"}));
    EXPECT_EQ(mistakes_with(R"(, "returns": {"prefix": "C"},
                  "order_id_prefixes": [{"prefix": "C", "meaning": "ignore"}])"),
              (Mistakes{"/order_id_prefixes/0/prefix conflict: means returns already"}));
    EXPECT_EQ(mistakes_with(R"(, "metadata": {"a/b": "none"})"),
              (Mistakes{"/metadata/a~1b not_found: the file has no column \"none\""}));
}

TEST(TransferMapping, codes_of_one_case_are_one_code) {
    EXPECT_EQ(mistakes_with(R"(, "sku_case": "upper", "codes": [{"code": "m", "meaning": "fee"},
                                 {"code": "M", "meaning": "fee"}])"),
              (Mistakes{"/codes/1/code duplicate: \"M\" has a meaning already"}));
}

TEST(TransferMapping, a_column_that_occurs_twice_is_no_column) {
    const std::vector<std::string_view> header{"o", "s", "q", "p", "t", "p"};
    EXPECT_EQ(mistakes(with(""), header),
              (Mistakes{"/columns/unit_price duplicate: the file has the column \"p\" twice"}));
}

TEST(TransferMapping, zones_and_formats) {
    const auto time = [](std::string_view value) {
        return mistakes(fmt::format(R"({{"columns": {{"order_id": "o", "sku": "s", "quantity": "q",
            "unit_price": "p", "time": "t"}}, "time": {},
            "currency": {{"code": "EUR", "decimals": 2}}}})",
                                    value),
                        small_header);
    };
    EXPECT_EQ(time(R"({"format": "unix seconds"})"), Mistakes{});
    EXPECT_EQ(time(R"({"format": ["ISO", "DD/MM/YYYY"], "zone": "Europe/Berlin"})"), Mistakes{});
    EXPECT_EQ(time(R"({"format": "ISO", "zone": "Europe/Lundon"})").size(), 1U);
    EXPECT_EQ(time(R"({"format": []})"), (Mistakes{"/time/format required: must name a format"}));
    EXPECT_TRUE(time(R"({"format": "DD-MM-YY"})")[0].starts_with(
        "/time/format enum: must be one of \"YYYY-MM-DD HH:MM:SS\", "));
}

TEST(TransferMapping, kinds_by_code_then_by_pattern_in_order) {
    Issues issues;
    const OrderMapping mapping = parse_order_mapping(
        *parse_json(with(R"(, "codes": [{"pattern": "GIFT_*_20", "meaning": "fee"},
            {"pattern": "GIFT_*", "meaning": "gift_card"}, {"code": "GIFT_X", "meaning": "ignore"},
            {"pattern": "D?", "meaning": "discount"}])")),
        issues);
    EXPECT_TRUE(issues.empty());
    EXPECT_EQ(mapping.kind_of("GIFT_0001_20"), LineKind::fee);
    EXPECT_EQ(mapping.kind_of("GIFT_0001_30"), LineKind::gift_card);
    EXPECT_EQ(mapping.kind_of("GIFT_X"), LineKind::ignored);
    EXPECT_EQ(mapping.kind_of("GIFT_"), LineKind::gift_card);
    EXPECT_EQ(mapping.kind_of("GIFT"), LineKind::product);
    EXPECT_EQ(mapping.kind_of("D1"), LineKind::discount);
    EXPECT_EQ(mapping.kind_of("D"), LineKind::product);
    EXPECT_EQ(mapping.kind_of("D12"), LineKind::product);
}

}  // namespace
}  // namespace perennial::transfer
