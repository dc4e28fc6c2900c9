#include "modules/transfer/order_assembly.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <string>
#include <vector>

namespace perennial::transfer {
namespace {

constexpr std::string_view header = "order,customer,sku,name,qty,price,time,country\n";

std::string mapping(std::string_view more = R"(, "returns": {"prefix": "C"})") {
    return R"({"columns": {"order_id": "order", "customer_id": "customer", "sku": "sku",
        "name": "name", "quantity": "qty", "unit_price": "price", "time": "time",
        "country": "country"}, "time": {"format": "YYYY-MM-DD HH:MM", "zone": "UTC"},
        "currency": {"code": "GBP", "decimals": 2})" +
           std::string(more) + "}";
}

struct Assembled {
    // "536365 of 17850 at 2010-12-01T08:26:00.000Z: 2 A x6 1530, 3 B x1 339"
    std::vector<std::string> orders;
    // "line column order: reason [done]"
    std::vector<std::string> issues;
    ImportSummary summary;
};

std::string shown(const ImportedOrder& order) {
    std::vector<std::string> lines;
    for (const ImportedLine& line : order.lines)
        lines.push_back(fmt::format(
            "{} {} x{} {}{}", line.line, line.sku, line.quantity, line.amount,
            line.kind == LineKind::product ? "" : fmt::format(" {}", to_text(line.kind))));
    return fmt::format("{}{} of {} at {}: {}", order.is_return ? "return " : "", order.source_id,
                       order.customer.value_or("nobody"), order.time.iso().substr(0, 16),
                       fmt::join(lines, ", "));
}

Assembled assemble(std::string_view rows, std::string_view mapping_text = mapping()) {
    const std::string content = std::string(header) + std::string(rows);
    Assembled out;
    auto file = OrderFile::over(content, *parse_json(mapping_text));
    if (!file) {
        ADD_FAILURE() << file.error().details;
        return out;
    }
    const auto indexed = file->index([&](const ImportIssue& issue) {
        out.issues.push_back(fmt::format("{} {} {}: {} [{}]", issue.line, issue.column, issue.order,
                                         issue.reason, to_text(issue.consequence)));
    });
    EXPECT_TRUE(indexed.has_value());
    for (std::size_t n = 0; n < file->count(); ++n) {
        const auto order = file->order(n);
        EXPECT_TRUE(order.has_value());
        if (order) out.orders.push_back(shown(*order));
    }
    out.summary = file->summary();
    return out;
}

using Texts = std::vector<std::string>;

TEST(TransferAssembly, orders_come_in_business_time) {
    const auto out = assemble(
        "2,17850,B,,1,3.39,2010-12-02 08:00,UK\n"
        "1,17851,A,,6,2.55,2010-12-01 08:26,UK\n"
        "C3,17850,B,,-1,3.39,2010-12-02 08:00,UK\n"
        "4,,A,,1,2.55,2010-12-02 08:00,UK\n");
    EXPECT_EQ(out.orders, (Texts{"1 of 17851 at 2010-12-01T08:26: 3 A x6 1530",
                                 "2 of 17850 at 2010-12-02T08:00: 2 B x1 339",
                                 "return C3 of 17850 at 2010-12-02T08:00: 4 B x1 339",
                                 "4 of nobody at 2010-12-02T08:00: 5 A x1 255"}));
    EXPECT_EQ(out.issues, Texts{});
    EXPECT_EQ(out.summary.orders, 3U);
    EXPECT_EQ(out.summary.returns, 1U);
    EXPECT_EQ(out.summary.orders_without_customer, 1U);
    EXPECT_EQ(out.summary.lines, 4U);
}

TEST(TransferAssembly, lines_of_one_order_may_stand_anywhere) {
    const auto out = assemble(
        "1,7,A,,1,1,2010-12-01 08:00,UK\n"
        "2,7,A,,1,1,2010-12-01 08:00,UK\n"
        "1,7,B,\"two\nlines\",1,2,2010-12-01 08:00,UK\n"
        "1,7,C,,1,3,2010-12-01 08:00,UK\n"
        "2,7,B,,1,4,2010-12-01 08:00,UK\n");
    EXPECT_EQ(out.orders, (Texts{"1 of 7 at 2010-12-01T08:00: 2 A x1 100, 4 B x1 200, 6 C x1 300",
                                 "2 of 7 at 2010-12-01T08:00: 3 A x1 100, 7 B x1 400"}));
}

TEST(TransferAssembly, the_earliest_time_counts_and_is_noted_once) {
    const auto out = assemble(
        "1,7,A,,1,1,2010-12-01 16:58,UK\n"
        "2,7,A,,1,1,2010-12-01 16:57,UK\n"
        "1,7,A,,1,1,2010-12-01 16:56,UK\n"
        "1,7,A,,1,1,2010-12-01 16:59,UK\n");
    EXPECT_EQ(out.orders[0].substr(0, 28), "1 of 7 at 2010-12-01T16:56: ");
    EXPECT_EQ(out.issues,
              (Texts{"4 time 1: another time than in line 2; the earliest counts [imported]"}));
    EXPECT_EQ(out.summary.notes, 1U);
    EXPECT_EQ(out.summary.errors, 0U);
}

TEST(TransferAssembly, an_order_with_a_wrong_line_is_not_imported) {
    const auto out = assemble(
        "1,7,A,,1,1,2010-12-01 08:00,UK\n"
        "1,7,,,1.5,x,2010-12-32 08:00,UK\n"
        "2,7,A,,1,1,2010-12-01 08:00,UK\n"
        "1,7,A,,1,1,2010-12-01 08:00,UK\n");
    EXPECT_EQ(out.orders, (Texts{"2 of 7 at 2010-12-01T08:00: 4 A x1 100"}));
    EXPECT_EQ(out.issues,
              (Texts{"3 sku 1: is empty [order not imported]",
                     "3 qty 1: '1.5' is not a whole number [order not imported]",
                     "3 price 1: 'x' is not a number [order not imported]",
                     "3 time 1: '2010-12-32 08:00' is not a time of the form \"YYYY-MM-DD HH:MM\" "
                     "[order not imported]"}));
    EXPECT_EQ(out.summary.orders_refused, 1U);
    EXPECT_EQ(out.summary.lines_refused, 3U);
    EXPECT_EQ(out.summary.errors, 4U);
}

TEST(TransferAssembly, two_customers_or_countries_are_an_error_that_names_the_lines) {
    const auto out = assemble(
        "1,7,A,,1,1,2010-12-01 08:00,UK\n"
        "1,8,A,,1,1,2010-12-01 08:00,UK\n"
        "2,7,A,,1,1,2010-12-01 08:00,UK\n"
        "2,7,A,,1,1,2010-12-01 08:00,France\n"
        "3,,A,,1,1,2010-12-01 08:00,\n"
        "3,9,A,,1,1,2010-12-01 08:00,UK\n");
    EXPECT_EQ(out.orders, (Texts{"3 of 9 at 2010-12-01T08:00: 6 A x1 100, 7 A x1 100"}));
    EXPECT_EQ(out.issues, (Texts{"3 customer 1: '8', but line 2 of the same order says another "
                                 "[order not imported]",
                                 "5 country 2: 'France', but line 4 of the same order says another "
                                 "[order not imported]"}));
}

TEST(TransferAssembly, an_unreadable_line_holds_back_its_order_alone_when_that_is_sure) {
    const auto out = assemble(
        "1,7,A,,1,1,2010-12-01 08:00,UK\n"
        "2,7,A,,1,1,2010-12-01 08:00,UK\n"
        "2,7,A,\"x\"y,1,1,2010-12-01 08:00,UK\n"
        "3,7,A,\"x\"y,1,1,2010-12-01 08:00,UK\n"
        "3,7,A,,1,1,2010-12-01 08:00,UK\n"
        "4,7,A,,1,1,2010-12-01 08:00,UK\n");
    EXPECT_EQ(out.orders, (Texts{"1 of 7 at 2010-12-01T08:00: 2 A x1 100",
                                 "4 of 7 at 2010-12-01T08:00: 7 A x1 100"}));
    EXPECT_EQ(out.issues,
              (Texts{"4 character 10 2: text after the closing quote [order not imported]",
                     "5 character 10 3: text after the closing quote [order not imported]"}));
}

TEST(TransferAssembly, an_unreadable_line_of_nobody_knows_whom_holds_back_both_neighbours) {
    const auto out = assemble(
        "1,7,A,,1,1,2010-12-01 08:00,UK\n"
        "2,7,A,,1,1,2010-12-01 08:00,UK\n"
        "\"2,7,A,,1,1,2010-12-01 08:00,UK\n"
        "3,7,A,,1,1,2010-12-01 08:00,UK\n"
        "4,7,A,,1,1,2010-12-01 08:00,UK\n"
        ",7,A,,1,1,2010-12-01 08:00,UK\n");
    EXPECT_EQ(out.orders, (Texts{"1 of 7 at 2010-12-01T08:00: 2 A x1 100"}));
    EXPECT_EQ(
        out.issues,
        (Texts{"4 character 1 : the quote that opens here is never closed [order not imported]",
               "3  2: line 4 cannot be read and may belong to this order [order not imported]",
               "5  3: line 4 cannot be read and may belong to this order [order not imported]",
               "7 order : is empty [order not imported]",
               "6  4: line 7 cannot be read and may belong to this order "
               "[order not imported]"}));
}

TEST(TransferAssembly, returns_by_sign_split_an_order) {
    const auto out = assemble(
        "1,7,A,,2,1,2010-12-01 08:00,UK\n"
        "1,7,B,,-1,1.005,2010-12-01 08:00,UK\n"
        "1,7,A,,1,1,2010-12-01 08:00,UK\n"
        "2,7,A,,-1,1,2010-12-01 08:00,UK\n"
        "2,7,A,,x,1,2010-12-01 08:00,UK\n",
        mapping(R"(, "returns": {"negative_quantity": true})"));
    EXPECT_EQ(out.orders, (Texts{"1 of 7 at 2010-12-01T08:00: 2 A x2 200, 4 A x1 100",
                                 "return 1 of 7 at 2010-12-01T08:00: 3 B x1 101"}));
    EXPECT_EQ(out.summary.orders_refused, 1U);
}

TEST(TransferAssembly, signs_within_a_return_must_agree) {
    const auto out = assemble(
        "C1,7,A,,-2,1,2010-12-01 08:00,UK\n"
        "C1,7,A,,1,1,2010-12-01 08:00,UK\n"
        "C2,7,A,,2,1,2010-12-01 08:00,UK\n");
    EXPECT_EQ(out.orders, (Texts{"return C2 of 7 at 2010-12-01T08:00: 4 A x2 200"}));
    EXPECT_EQ(out.issues, (Texts{"3 qty C1: the sign differs from line 2 of the same return "
                                 "[order not imported]"}));
}

TEST(TransferAssembly, kinds_and_what_is_kept_out) {
    const auto out = assemble(
        "1,7,a1,,1,1,2010-12-01 08:00,UK\n"
        "1,7,post,,1,18,2010-12-01 08:00,UK\n"
        "1,7,NOTE,anything,,,,\n"
        "1,7,D,,1,-0.50,2010-12-01 08:00,UK\n"
        "1,7,adj,,?,?,?,UK\n"
        "1,7,b1,,1,1,2010-12-01 08:00,UK\n"
        "A9,,B,Adjust bad debt,1,-11062.06,2010-12-01 08:00,UK\n",
        mapping(R"(, "sku_case": "upper", "codes": [{"code": "POST", "meaning": "shipping"},
            {"code": "D", "meaning": "discount"}, {"code": "ADJ", "meaning": "adjustment"},
            {"code": "note", "meaning": "ignore"}],
            "order_id_prefixes": [{"prefix": "A", "meaning": "adjustment"}])"));
    EXPECT_EQ(out.orders,
              (Texts{"1 of 7 at 2010-12-01T08:00: 2 A1 x1 100, 3 POST x1 1800 shipping, "
                     "5 D x1 -50 discount, 7 B1 x1 100"}));
    EXPECT_EQ(out.issues, (Texts{"6  1: bookkeeping: ADJ [line kept out]",
                                 "8  A9: bookkeeping: A [line kept out]"}));
    EXPECT_EQ(out.summary.lines_adjustment, 2U);
    EXPECT_EQ(out.summary.lines_ignored, 1U);
    EXPECT_EQ(out.summary.records, 7U);
}

TEST(TransferAssembly, stock_corrections_have_no_customer_and_no_price) {
    constexpr std::string_view rows =
        "1,,A,check,-10,0,2010-12-01 08:00,UK\n"
        "2,,A,found,10,0,2010-12-01 08:00,UK\n"
        "3,7,A,gift,1,0,2010-12-01 08:00,UK\n"
        "4,,A,paid,1,1,2010-12-01 08:00,UK\n"
        "4,,A,free,-1,0,2010-12-01 08:00,UK\n"
        "5,7,A,,-1,0,2010-12-01 08:00,UK\n"
        "6,,A,,-1,2,2010-12-01 08:00,UK\n";
    const auto out = assemble(rows, mapping(R"(, "stock_corrections": "adjustment")"));
    EXPECT_EQ(out.orders, (Texts{"3 of 7 at 2010-12-01T08:00: 4 A x1 0"}));
    EXPECT_EQ(out.issues,
              (Texts{"7 qty 5: -1 outside a return [order not imported]",
                     "8 qty 6: -1 outside a return [order not imported]",
                     "6 qty 4: below 0 outside a return [order not imported]",
                     "2  1: stock correction: no customer and no price [order kept out]",
                     "3  2: stock correction: no customer and no price [order kept out]"}));
    EXPECT_EQ(out.summary.lines_adjustment, 2U);

    const auto unnamed = assemble(rows);
    EXPECT_EQ(unnamed.orders, (Texts{"2 of nobody at 2010-12-01T08:00: 3 A x10 0",
                                     "3 of 7 at 2010-12-01T08:00: 4 A x1 0"}));
}

TEST(TransferAssembly, zero_prices_as_told) {
    constexpr std::string_view rows =
        "1,7,A,,1,0,2010-12-01 08:00,UK\n"
        "1,7,B,,1,1,2010-12-01 08:00,UK\n";
    EXPECT_EQ(assemble(rows).orders, (Texts{"1 of 7 at 2010-12-01T08:00: 2 A x1 0, 3 B x1 100"}));
    EXPECT_EQ(assemble(rows, mapping(R"(, "zero_price": "ignore")")).orders,
              (Texts{"1 of 7 at 2010-12-01T08:00: 3 B x1 100"}));
    EXPECT_EQ(assemble(rows, mapping(R"(, "zero_price": "error")")).issues,
              (Texts{"2 price 1: is 0 [order not imported]"}));
}

TEST(TransferAssembly, orders_without_customer_can_be_left_out) {
    const auto out = assemble("1,,A,,1,1,2010-12-01 08:00,UK\n2,7,A,,1,1,2010-12-01 08:00,UK\n",
                              mapping(R"(, "without_customer": "ignore")"));
    EXPECT_EQ(out.orders, (Texts{"2 of 7 at 2010-12-01T08:00: 3 A x1 100"}));
    EXPECT_EQ(out.summary.lines_ignored, 1U);
}

TEST(TransferAssembly, amounts_out_of_range_are_errors) {
    const auto out = assemble(
        "1,7,A,,9007199254740,999999999999999,2010-12-01 08:00,UK\n"
        "2,7,A,,9,10007999171934.4,2010-12-01 08:00,UK\n"
        "2,7,A,,1,0.32,2010-12-01 08:00,UK\n"
        "3,7,A,,1,-1,2010-12-01 08:00,UK\n"
        "4,7,A,,0,1,2010-12-01 08:00,UK\n");
    EXPECT_EQ(out.orders, Texts{});
    EXPECT_EQ(out.issues,
              (Texts{"2 price 1: the amount is out of range [order not imported]",
                     "5 price 3: is below 0 in a line that is no discount [order not imported]",
                     "6 qty 4: is 0 [order not imported]",
                     "3  2: the lines together are out of the range of amounts "
                     "[order not imported]"}));
}

TEST(TransferAssembly, amounts_metadata_and_constants) {
    const std::string content =
        "Beleg;Art;Betrag;Zeit;Kanal;Typ\n"
        "1;Tee;1.234,505;01.02.2011 10:00;;V\n"
        "1;Gr\xFCn;2,00;01.02.2011 10:00;Laden;V\n"
        "2;Tee;-3,00;02.02.2011 10:00;;R\n"
        "3;Tee;3,00;03.02.2011 10:00;;R\n";
    const auto text = *parse_json(
        R"({"csv": {"delimiter": ";", "encoding": "windows-1252"},
            "numbers": {"decimal_mark": ",", "thousands_mark": "."},
            "columns": {"order_id": "Beleg", "sku": "Art", "quantity": {"value": "1"},
                        "amount": "Betrag", "time": "Zeit", "store": {"value": "Kiel"}},
            "metadata": {"kanal": "Kanal", "quelle": {"value": "Kasse"}},
            "time": {"format": "DD.MM.YYYY HH:MM", "zone": "Europe/Berlin"},
            "currency": {"code": "EUR", "decimals": 2},
            "returns": {"column": "Typ", "values": ["R", "S"]}})");
    auto file = OrderFile::over(content, text);
    ASSERT_TRUE(file.has_value()) << file.error().details;
    ASSERT_TRUE(file->index([](const ImportIssue& issue) { ADD_FAILURE() << issue.reason; }));
    ASSERT_EQ(file->count(), 3U);
    const auto order = *file->order(0);
    EXPECT_EQ(shown(order),
              "1 of nobody at 2011-02-01T09:00: 2 Tee x1 123451, 3 Gr\xC3\xBCn x1 200");
    EXPECT_EQ(order.store, "Kiel");
    EXPECT_FALSE(order.lines[0].unit_price.has_value());
    EXPECT_EQ(json::serialize(order.metadata), R"({"quelle":"Kasse","kanal":"Laden"})");
    EXPECT_EQ(order.amount(), 123651);
    EXPECT_EQ(shown(*file->order(1)), "return 2 of nobody at 2011-02-02T09:00: 4 Tee x1 300");
    EXPECT_EQ(shown(*file->order(2)), "return 3 of nobody at 2011-02-03T09:00: 5 Tee x1 300");
}

TEST(TransferAssembly, refuses_a_wrong_mapping_a_wrong_header_and_a_wrong_file) {
    const auto refusal = [](std::string_view content, std::string_view text) {
        auto file = OrderFile::over(content, *parse_json(text));
        return file ? Error{} : file.error();
    };
    const Error missing = refusal("order;customer\n", mapping());
    ASSERT_GE(missing.issues.size(), 2U);
    EXPECT_EQ(missing.issues[0].pointer, "/csv/delimiter");
    EXPECT_EQ(missing.issues[1].pointer, "/columns/order_id");
    EXPECT_EQ(refusal("\x1f\x8b", mapping()).code->key, "import_file_not_csv");
    EXPECT_EQ(refusal("\n\n", mapping()).details, "The file has no header.");
    EXPECT_NE(refusal("\"order\n", mapping()).details.find("line 1, character 1"),
              std::string::npos);
}

TEST(TransferAssembly, a_changed_file_is_noticed) {
    std::string content = std::string(header) + "1,7,A,,1,1,2010-12-01 08:00,UK\n";
    auto file = *OrderFile::over(content, *parse_json(mapping()));
    const std::string before = file.fingerprint();
    ASSERT_TRUE(file.index([](const ImportIssue&) {}));
    content[content.find("2010")] = 'x';
    EXPECT_NE(file.fingerprint(), before);
    const auto order = file.order(0);
    ASSERT_FALSE(order.has_value());
    EXPECT_EQ(order.error().code->key, "import_file_changed");
}

TEST(TransferAssembly, the_fingerprint_covers_the_mapping) {
    const std::string content = std::string(header) + "1,7,A,,1,1,2010-12-01 08:00,UK\n";
    const auto one = OrderFile::over(content, *parse_json(mapping()));
    const auto two = OrderFile::over(content, *parse_json(mapping(R"(, "sku_case": "upper")")));
    EXPECT_NE(one->fingerprint(), two->fingerprint());
}

TEST(TransferAssembly, issues_are_a_csv_file) {
    std::string out(issues_header);
    append_issue(out, {7, "qty", "1,2", "'\"' is not a number", Consequence::order_not_imported});
    EXPECT_EQ(out,
              "line,column,order,done,reason\n"
              "7,qty,\"1,2\",order not imported,\"'\"\"' is not a number\"\n");
}

TEST(TransferAssembly, memory_stays_flat) {
    std::string content(header);
    for (int order = 0; order < 2000; ++order)
        for (int line = 0; line < 10; ++line)
            content += fmt::format("{},7,A{},,1,1,2010-12-01 08:00,UK\n", order, line);
    auto file = *OrderFile::over(content, *parse_json(mapping()));
    ASSERT_TRUE(file.index([](const ImportIssue&) {}));
    EXPECT_EQ(file.count(), 2000U);
    EXPECT_LE(file.index_bytes(), 20'000U * 4);
}

TEST(TransferAssembly, progress_ends_at_the_whole_file) {
    const std::string content = std::string(header) + "1,7,A,,1,1,2010-12-01 08:00,UK\n";
    auto file = *OrderFile::over(content, *parse_json(mapping()));
    std::uint64_t last = 0;
    ASSERT_TRUE(file.index([](const ImportIssue&) {},
                           [&](std::uint64_t done, std::uint64_t total) {
                               EXPECT_EQ(total, content.size());
                               last = done;
                           }));
    EXPECT_EQ(last, content.size());
}

}  // namespace
}  // namespace perennial::transfer
