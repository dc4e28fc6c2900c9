// Lines of a CSV file -> orders in business-time order, in two passes: the first reads every line,
// finds every mistake and keeps 20 bytes a run of neighbouring lines of one order and about 100 an
// order, the second reads the lines of one order at a time. Nothing here writes.
//
// An order with a wrong line is not imported at all: points on half an order would be wrong for
// ever. A line that cannot be read and does not surely show its order holds back the orders beside
// it.
#pragma once
#include <boost/json/object.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/function_ref.hpp"
#include "base/time.hpp"
#include "modules/transfer/csv_reader.hpp"
#include "modules/transfer/decimal.hpp"
#include "modules/transfer/mapped_file.hpp"
#include "modules/transfer/order_mapping.hpp"

namespace perennial::transfer {

struct ImportedLine {
    std::uint64_t line = 0;  ///< physical line of the file; also the order of lines in the file
    std::string sku;         ///< in the mapping's case
    std::string name;
    std::int64_t quantity = 0;          ///< of a return: how many come back, above 0
    std::optional<Decimal> unit_price;  ///< as in the file; none where the file has only amounts
    std::int64_t amount = 0;            ///< minor units; of a return: what is given back
    LineKind kind = LineKind::product;  ///< product, shipping, discount, fee or gift_card
};

struct ImportedOrder {
    std::string source_id;  ///< as in the file ("C536379" for a return told by prefix)
    bool is_return = false;
    std::optional<std::string> customer;
    Timestamp time;  ///< the earliest of its lines
    std::string country;
    std::string store;
    std::vector<ImportedLine> lines;  ///< in file order
    json::object metadata;

    std::int64_t amount() const;  ///< of all lines, minor units
};

/// What is done about something that was found.
enum class Consequence : std::uint8_t {
    order_not_imported,  ///< an error
    line_kept_out,       ///< bookkeeping: counted and listed
    order_kept_out,      ///< the same for all of an order
    note,                ///< imported, but look
};
std::string_view to_text(Consequence);

struct ImportIssue {
    std::uint64_t line = 0;  ///< physical line
    std::string column;      ///< header of the column, or "character 17", or empty
    std::string order;       ///< source id, empty where it is not known
    std::string reason;
    Consequence consequence = Consequence::order_not_imported;
};

using IssueSink = FunctionRef<void(const ImportIssue&)>;
using ProgressSink = FunctionRef<void(std::uint64_t bytes_done, std::uint64_t bytes_total)>;

/// The errors file: one CSV line an issue.
inline constexpr std::string_view issues_header = "line,column,order,done,reason\n";
void append_issue(std::string& out, const ImportIssue&);

struct ImportSummary {
    std::uint64_t records = 0;  ///< lines of the file, header and empty lines not counted
    std::uint64_t lines = 0;    ///< in orders and returns that will be imported
    std::uint64_t orders = 0;
    std::uint64_t returns = 0;
    std::uint64_t orders_without_customer = 0;
    std::uint64_t returns_without_customer = 0;
    std::uint64_t lines_ignored = 0;  ///< by code, by prefix, by price, without customer
    std::uint64_t lines_adjustment = 0;
    std::uint64_t orders_refused = 0;  ///< with at least one wrong line
    std::uint64_t lines_refused = 0;   ///< the lines of those
    std::uint64_t errors = 0;          ///< issues with order_not_imported
    std::uint64_t notes = 0;
    std::optional<Timestamp> first_time;
    std::optional<Timestamp> last_time;
};

/// Where the lines of the orders are, in the order in which they are yielded.
struct OrderIndex {
    struct Run {  ///< neighbouring records of one order, with those among them that are kept out
        std::uint64_t offset;
        std::uint32_t line;
        std::uint32_t records;
    };
    struct Entry {
        std::uint32_t first_run;
        std::uint32_t runs;
        bool is_return;
    };
    std::vector<Run> runs;
    std::vector<Entry> orders;
};

class OrderFile {
  public:
    /// Maps the file, reads mapping and header; every mistake of the mapping comes in one refusal.
    static Result<OrderFile> open(const std::string& path, const json::value& mapping);
    /// The same over text in memory, which must outlive it.
    static Result<OrderFile> over(std::string_view content, const json::value& mapping);

    /// First pass. Call once.
    Result<void> index(IssueSink issues);
    Result<void> index(IssueSink issues, ProgressSink progress);

    /// Orders and returns together, 0 .. count() - 1 in order of time, ties by first line: number n
    /// is the same order in every run over the same content and mapping.
    std::size_t count() const { return index_.orders.size(); }
    Result<ImportedOrder> order(std::size_t n);

    const ImportSummary& summary() const { return summary_; }
    const OrderMapping& mapping() const { return mapping_; }
    /// Content and mapping; guards resumption at a number. Reads the whole file.
    std::string fingerprint() const;
    /// Bytes that the index holds, for tests of flatness.
    std::size_t index_bytes() const;

  private:
    OrderFile(MappedFile file, std::string_view content);
    Result<void> start(const json::value& mapping);
    Result<void> read_header(Issues& issues);

    MappedFile file_;
    std::string_view content_;
    OrderMapping mapping_;
    std::string mapping_text_;
    std::vector<std::string> header_;
    std::uint64_t body_offset_ = 0;
    std::uint64_t body_line_ = 0;
    OrderIndex index_;
    ImportSummary summary_;
};

}  // namespace perennial::transfer
