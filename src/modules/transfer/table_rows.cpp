#include "modules/transfer/table_rows.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <charconv>

#include "base/json.hpp"
#include "modules/transfer/csv_reader.hpp"

namespace perennial::transfer {
namespace {

using Kind = TableColumn::Kind;

constexpr std::array customers{TableColumn{"id", "id"},
                               TableColumn{"source_id", "source_id"},
                               TableColumn{"name", "name"},
                               TableColumn{"email", "email"},
                               TableColumn{"phone", "phone"},
                               TableColumn{"birthdate", "birthdate"},
                               TableColumn{"birthday", "birthdate"},
                               TableColumn{"description", "description"},
                               TableColumn{"address_line_1", "address.line_1"},
                               TableColumn{"address_line_2", "address.line_2"},
                               TableColumn{"address_postal_code", "address.postal_code"},
                               TableColumn{"address_city", "address.city"},
                               TableColumn{"address_state", "address.state"},
                               TableColumn{"address_country", "address.country"}};
constexpr std::array products{TableColumn{"name", "name"},
                              TableColumn{"source_id", "source_id"},
                              TableColumn{"price", "price", Kind::integer},
                              TableColumn{"attributes", "attributes", Kind::list},
                              TableColumn{"image_url", "image_url"}};
constexpr std::array skus{TableColumn{"product_id", "product_id"},
                          TableColumn{"sku", "sku"},
                          TableColumn{"source_id", "source_id"},
                          TableColumn{"price", "price", Kind::integer},
                          TableColumn{"currency", "currency"},
                          TableColumn{"image_url", "image_url"},
                          TableColumn{"attributes", "attributes", Kind::object}};
constexpr std::array balances{TableColumn{"customer", "customer"},
                              TableColumn{"card", "card"},
                              TableColumn{"program", "program"},
                              TableColumn{"points", "points", Kind::integer},
                              TableColumn{"expires_on", "expires_on"},
                              TableColumn{"reason", "reason"},
                              TableColumn{"key", "key"}};

std::string_view trim(std::string_view text) {
    const auto blank = [](char c) { return c == ' ' || c == '\t'; };
    while (!text.empty() && blank(text.front())) text.remove_prefix(1);
    while (!text.empty() && blank(text.back())) text.remove_suffix(1);
    return text;
}

std::string normal(std::string_view header) {
    std::string out;
    for (const char c : trim(header)) {
        if (c >= 'A' && c <= 'Z')
            out += static_cast<char>(c - 'A' + 'a');
        else
            out += c == ' ' || c == '-' ? '_' : c;
    }
    return out;
}

char delimiter_of(std::string_view content) {
    const std::string_view line = content.substr(0, content.find('\n'));
    char best = ',';
    for (const char c : {';', '\t'})
        if (std::ranges::count(line, c) > std::ranges::count(line, best)) best = c;
    return best;
}

struct BoundColumn {
    std::string header;
    const TableColumn* known = nullptr;  ///< null: a key of the metadata
    bool left_out = false;
};

Result<std::vector<BoundColumn>> bind(std::span<const std::string_view> header,
                                      std::span<const TableColumn> columns,
                                      const TableOptions& options) {
    std::vector<BoundColumn> out;
    bool any = false;
    for (const std::string_view field : header) {
        BoundColumn one{std::string(trim(field))};
        std::string name = normal(field);
        if (const auto mapped = options.headers.find(one.header); mapped != options.headers.end()) {
            name = mapped->second;
            one.left_out = name.empty();
        }
        if (one.header.empty())
            return refuse(error::invalid_payload,
                          fmt::format("Column {} of the file has no header", out.size() + 1));
        const auto found = std::ranges::find(columns, name, &TableColumn::header);
        if (found != columns.end()) one.known = &*found;
        any |= one.known != nullptr;
        for (const BoundColumn& before : out)
            if (before.known != nullptr ? before.known == one.known
                                        : before.header == one.header)
                return refuse(error::invalid_payload,
                              fmt::format("The column '{}' stands twice in the header", one.header));
        if (one.known == nullptr && one.header.starts_with("metadata."))
            one.header.erase(0, std::string_view("metadata.").size());
        out.push_back(std::move(one));
    }
    if (any) return out;
    std::vector<std::string_view> names;
    for (const TableColumn& column : columns) names.push_back(column.header);
    return refuse(error::invalid_payload,
                  fmt::format("The first line names none of the columns {}", fmt::join(names, ", ")));
}

void set(json::object& body, std::string_view target, json::value value) {
    const std::size_t dot = target.find('.');
    if (dot == std::string_view::npos) {
        body[target] = std::move(value);
        return;
    }
    json::value& inner = body[target.substr(0, dot)];
    if (!inner.is_object()) inner.emplace_object();
    inner.get_object()[target.substr(dot + 1)] = std::move(value);
}

/// The reason in words when the cell is not what the column holds.
std::string read_cell(json::object& body, const TableColumn& column, std::string_view cell) {
    switch (column.kind) {
        case Kind::text: set(body, column.target, json::value(cell)); return {};
        case Kind::integer: {
            std::int64_t number = 0;
            const auto [end, code] = std::from_chars(cell.data(), cell.data() + cell.size(), number);
            if (code != std::errc() || end != cell.data() + cell.size())
                return column.target == "price" ? "must be a whole number of minor units, as 1250 for 12.50"
                                                : "must be a whole number";
            set(body, column.target, number);
            return {};
        }
        case Kind::list: {
            json::array list;
            for (std::size_t at = 0; at <= cell.size();) {
                const std::size_t comma = std::min(cell.find(',', at), cell.size());
                const std::string_view one = trim(cell.substr(at, comma - at));
                if (!one.empty()) list.emplace_back(one);
                at = comma + 1;
            }
            set(body, column.target, std::move(list));
            return {};
        }
        case Kind::object: {
            auto parsed = parse_json(cell);
            if (!parsed || !parsed->is_object())
                return R"(must be a JSON object, as {"color":"red"})";
            set(body, column.target, *std::move(parsed));
            return {};
        }
    }
    return {};
}

}  // namespace

std::span<const TableColumn> customer_columns() { return customers; }
std::span<const TableColumn> product_columns() { return products; }
std::span<const TableColumn> sku_columns() { return skus; }
std::span<const TableColumn> balance_columns() { return balances; }

Result<TableOptions> read_table_mapping(const json::value& mapping,
                                        std::span<const TableColumn> columns) {
    TableOptions options;
    Issues issues;
    JsonReader reader(mapping, issues);
    reader.require("columns");
    if (const json::object* named = reader.object("columns")) {
        for (const auto& [header, column] : *named) {
            const bool known =
                column.is_null() ||
                (column.is_string() &&
                 std::ranges::find(columns, std::string_view(column.get_string()),
                                   &TableColumn::header) != columns.end());
            if (!known) {
                std::vector<std::string_view> names;
                for (const TableColumn& one : columns) names.push_back(one.header);
                issues.add("/columns/" + std::string(header), "enum",
                           fmt::format("must be null or one of {}", fmt::join(names, ", ")));
                continue;
            }
            options.headers[std::string(header)] =
                column.is_null() ? std::string() : std::string(column.get_string());
        }
    }
    if (!issues.empty()) return issues.refuse();
    return options;
}

Result<Table> read_table(std::string_view content, std::span<const TableColumn> columns,
                         const TableOptions& options) {
    TRY_VOID(check_is_csv(content));
    CsvFormat format;
    format.delimiter = delimiter_of(content);
    CsvReader reader(content, format);
    const CsvReader::Step first = reader.next();
    if (first != CsvReader::Step::record)
        return refuse(error::invalid_payload,
                      first == CsvReader::Step::end
                          ? std::string("The file has no header")
                          : fmt::format("The header cannot be read: line {}, character {}: {}",
                                        reader.error().line, reader.error().column,
                                        reader.error().reason));
    TRY(header, bind(reader.fields(), columns, options));
    reader.expect_fields(header.size());
    Table table;
    for (;;) {
        const CsvReader::Step step = reader.next();
        if (step == CsvReader::Step::end) break;
        if (table.rows.size() + table.wrong.size() == options.rows_max)
            return refuse(error::payload_too_large,
                          fmt::format("The file has more than {} rows: send it in pieces, or use "
                                      "`perennial import`",
                                      options.rows_max));
        if (step == CsvReader::Step::error) {
            const CsvError& wrong = reader.error();
            table.wrong.push_back({static_cast<std::int64_t>(wrong.line),
                                   {&error::invalid_payload,
                                    fmt::format("Line {}, character {}: {}", wrong.line,
                                                wrong.column, wrong.reason)}});
            continue;
        }
        TableRow row;
        row.line = static_cast<std::int64_t>(reader.line());
        json::object metadata;
        Issues issues;
        for (std::size_t i = 0; i < header.size(); ++i) {
            const std::string_view cell = trim(reader.fields()[i]);
            if (cell.empty() || header[i].left_out) continue;
            if (header[i].known == nullptr) {
                metadata[header[i].header] = cell;
                continue;
            }
            if (std::string why = read_cell(row.body, *header[i].known, cell); !why.empty())
                issues.add(header[i].header, "format", std::move(why));
        }
        if (!metadata.empty()) row.body["metadata"] = std::move(metadata);
        if (issues.empty())
            table.rows.push_back(std::move(row));
        else
            table.wrong.push_back({row.line, issues.refuse().error()});
    }
    return table;
}

}  // namespace perennial::transfer
