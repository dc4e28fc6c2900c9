// A CSV file with one thing a row (customers, products, SKUs) -> JSON bodies as their routes take them.
// Columns are known by their header, whatever its case, with blanks for underscores; a column that is
// not known is a key of the metadata.
#pragma once
#include <boost/json/object.hpp>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/json.hpp"

namespace perennial::transfer {

struct TableColumn {
    enum class Kind : std::uint8_t { text, integer, list, object };
    std::string_view header;  ///< lower case with underscores
    std::string_view target;  ///< property of the body; "address.city" is inside `address`
    Kind kind = Kind::text;
};

struct TableRow {
    std::int64_t line = 0;  ///< physical line of the file
    json::object body;
};
struct WrongRow {
    std::int64_t line = 0;
    Error error;  ///< with the column's header as pointer
};
struct Table {
    std::vector<TableRow> rows;
    std::vector<WrongRow> wrong;
};

std::span<const TableColumn> customer_columns();
std::span<const TableColumn> product_columns();
std::span<const TableColumn> sku_columns();
std::span<const TableColumn> balance_columns();

struct TableOptions {
    std::size_t rows_max = 100'000;
    /// Header of the file -> known column, or "" for a column that is left out.
    std::map<std::string, std::string> headers = {};
};
/// {"columns": {"E-Mail": "email", "Internal": null}}. Refuses: invalid_payload (all mistakes).
Result<TableOptions> read_table_mapping(const json::value& mapping,
                                        std::span<const TableColumn> columns);

/// An empty cell says nothing. Fields are separated by commas, or by semicolons or tabs when the
/// header has more of those. Refuses: import_file_not_csv, invalid_payload (no known column, a header
/// twice), payload_too_large.
Result<Table> read_table(std::string_view content, std::span<const TableColumn> columns,
                         const TableOptions& options = {});

}  // namespace perennial::transfer
