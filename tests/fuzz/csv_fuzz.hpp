// Any bytes as an import file. With a line `---` in it, what stands before is the mapping. Nothing
// may crash, and what comes out must keep its promises.
#pragma once
#include <boost/json.hpp>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "base/json.hpp"
#include "base/value.hpp"
#include "modules/transfer/csv_reader.hpp"
#include "modules/transfer/order_assembly.hpp"

namespace perennial::transfer::fuzz {

inline void read_csv(std::string_view content) {
    for (const Encoding encoding : {Encoding::utf8, Encoding::windows_1252, Encoding::iso_8859_1}) {
        CsvReader reader(content, {.encoding = encoding, .field_bytes_max = 64, .fields_max = 32});
        std::uint64_t last_line = 0;
        while (true) {
            const auto step = reader.next();
            if (step == CsvReader::Step::end) break;
            CHECK(reader.line() > last_line);
            last_line = reader.line();
            CHECK(reader.position() <= content.size() && reader.offset() < reader.position());
            if (step == CsvReader::Step::error) {
                CHECK(reader.error().line >= reader.line() && reader.error().column > 0);
                CHECK(is_valid_utf8(reader.error().reason));
            } else {
                for (std::string_view field : reader.fields()) CHECK(is_valid_utf8(field));
            }
        }
    }
}

inline void assemble(std::string_view content, const json::value& mapping) {
    auto file = OrderFile::over(content, mapping);
    if (!file) {
        CHECK(!file.error().details.empty());
        return;
    }
    std::string issues;
    CHECK(file->index([&](const ImportIssue& issue) { append_issue(issues, issue); }).has_value());
    CHECK(is_valid_utf8(issues));
    std::uint64_t lines = 0;
    std::uint64_t returns = 0;
    Timestamp last{INT64_MIN};
    for (std::size_t n = 0; n < file->count(); ++n) {
        const auto order = file->order(n);
        CHECK(order.has_value());
        CHECK(!order->lines.empty() && !order->source_id.empty());
        CHECK(order->time >= last && fits(order->amount()) && order->amount() >= 0);
        last = order->time;
        lines += order->lines.size();
        returns += order->is_return ? 1 : 0;
        std::uint64_t last_line = 0;
        for (const ImportedLine& line : order->lines) {
            CHECK(line.line > last_line && is_valid_utf8(line.name) && !line.sku.empty());
            CHECK(line.quantity > 0 || line.kind == LineKind::discount);
            last_line = line.line;
        }
    }
    const ImportSummary& summary = file->summary();
    CHECK(summary.lines == lines && summary.returns == returns);
    CHECK(summary.orders + summary.returns == file->count());
    CHECK(summary.records ==
          summary.lines + summary.lines_ignored + summary.lines_adjustment + summary.lines_refused);
}

inline const json::value& default_mapping(bool by_sign) {
    static const auto make = [](std::string_view returns) {
        return *parse_json(R"({"columns": {"order_id": "o", "customer_id": "c", "sku": "s",
            "quantity": "q", "unit_price": "p", "time": "t", "country": "l", "name": "n"},
            "time": {"format": ["ISO", "M/D/YYYY H:MM"], "zone": "Europe/London"},
            "currency": {"code": "GBP", "decimals": 2}, "sku_case": "upper",
            "codes": [{"pattern": "D*", "meaning": "discount"}, {"code": "I", "meaning": "ignore"}],
            "order_id_prefixes": [{"prefix": "A", "meaning": "adjustment"}],
            "stock_corrections": "adjustment", "returns": )" +
                           std::string(returns) + "}");
    };
    static const json::value prefix = make(R"({"prefix": "C"})");
    static const json::value sign = make(R"({"negative_quantity": true})");
    return by_sign ? sign : prefix;
}

inline void run(std::string_view input) {
    read_csv(input);
    for (const bool by_sign : {false, true}) {
        assemble(input, default_mapping(by_sign));
        assemble("o,c,s,q,p,t,l,n\n" + std::string(input), default_mapping(by_sign));
    }
    const auto cut = input.find("\n---\n");
    if (cut == std::string_view::npos) return;
    if (const auto mapping = parse_json(input.substr(0, cut)))
        assemble(input.substr(cut + 5), *mapping);
}

}  // namespace perennial::transfer::fuzz
