#include "modules/transfer/order_assembly.hpp"

#include <fmt/format.h>

#include <boost/json.hpp>

#include "base/value.hpp"
#include "modules/transfer/errors.hpp"
#include "modules/transfer/line_decoder.hpp"
#include "modules/transfer/order_indexer.hpp"

namespace perennial::transfer {
namespace {

std::string_view trimmed(std::string_view text) {
    const auto from = text.find_first_not_of(" \t\r\n");
    if (from == std::string_view::npos) return {};
    return text.substr(from, text.find_last_not_of(" \t\r\n") - from + 1);
}

std::unexpected<Error> changed(std::uint64_t line) {
    return refuse(error::file_changed,
                  fmt::format("Line {} is not what it was when the file was indexed.", line));
}

void take_first(std::string& out, std::string_view text) {
    if (out.empty()) out = text;
}

}  // namespace

std::int64_t ImportedOrder::amount() const {
    std::int64_t sum = 0;  // the indexer has checked its range
    for (const ImportedLine& line : lines) sum += line.amount;
    return sum;
}

std::string_view to_text(Consequence consequence) {
    switch (consequence) {
        case Consequence::order_not_imported:
            return "order not imported";
        case Consequence::line_kept_out:
            return "line kept out";
        case Consequence::order_kept_out:
            return "order kept out";
        case Consequence::note:
            return "imported";
    }
    CHECK(false);
}

void append_issue(std::string& out, const ImportIssue& issue) {
    out += std::to_string(issue.line);
    for (std::string_view field : {std::string_view(issue.column), std::string_view(issue.order),
                                   to_text(issue.consequence), std::string_view(issue.reason)}) {
        out += ',';
        append_csv_field(out, field);
    }
    out += '\n';
}

OrderFile::OrderFile(MappedFile file, std::string_view content)
    : file_(std::move(file)), content_(content) {}

Result<OrderFile> OrderFile::open(const std::string& path, const json::value& mapping) {
    TRY(file, MappedFile::open(path));
    const std::string_view content = file.text();
    OrderFile out(std::move(file), content);
    TRY_VOID(out.start(mapping));
    return out;
}

Result<OrderFile> OrderFile::over(std::string_view content, const json::value& mapping) {
    OrderFile out({}, content);
    TRY_VOID(out.start(mapping));
    return out;
}

Result<void> OrderFile::start(const json::value& mapping) {
    TRY_VOID(check_is_csv(content_));
    Issues issues;
    mapping_ = parse_order_mapping(mapping, issues);
    mapping_text_ = perennial::to_text(mapping);
    TRY_VOID(read_header(issues));
    if (!issues.empty()) return issues.refuse();
    return {};
}

Result<void> OrderFile::read_header(Issues& issues) {
    CsvReader reader(content_, mapping_.csv);
    const CsvReader::Step step = reader.next();
    if (step == CsvReader::Step::end) return refuse(error::file_not_csv, "The file has no header.");
    if (step == CsvReader::Step::error)
        return refuse(
            error::file_not_csv,
            fmt::format("The header cannot be read: line {}, character {}: {}", reader.error().line,
                        reader.error().column, reader.error().reason));
    std::vector<std::string_view> names;
    for (std::string_view name : reader.fields()) names.push_back(trimmed(name));
    header_.assign(names.begin(), names.end());
    body_offset_ = reader.position();
    body_line_ = reader.position_line();
    for (char other : {',', ';', '\t', '|'})
        if (names.size() == 1 && names[0].find(other) != std::string_view::npos)
            issues.add("/csv/delimiter", "conflict",
                       fmt::format("the header holds '{}' and no '{}'",
                                   other == '\t' ? "tab" : std::string(1, other),
                                   mapping_.csv.delimiter == '\t'
                                       ? "tab"
                                       : std::string(1, mapping_.csv.delimiter)));
    bind_columns(mapping_, names, issues);
    return {};
}

Result<void> OrderFile::index(IssueSink issues) {
    return index(issues, [](std::uint64_t, std::uint64_t) {});
}

Result<void> OrderFile::index(IssueSink issues, ProgressSink progress) {
    CHECK(index_.orders.empty());
    OrderIndexer indexer(mapping_, issues, summary_);
    CsvReader reader(content_, mapping_.csv);
    reader.expect_fields(header_.size());
    reader.seek(body_offset_, body_line_);
    constexpr std::uint64_t progress_bytes = 1 << 20;
    std::uint64_t next_progress = progress_bytes;
    while (true) {
        const CsvReader::Step step = reader.next();
        if (step == CsvReader::Step::end) break;
        if (reader.position_line() > UINT32_MAX)
            return refuse(error::file_unreadable,
                          "The file has more than 4 thousand million lines.");
        if (step == CsvReader::Step::error)
            indexer.unreadable(reader);
        else
            indexer.record(reader);
        if (reader.position() >= next_progress) {
            progress(reader.position(), content_.size());
            next_progress = reader.position() + progress_bytes;
        }
    }
    index_ = indexer.finish(reader);
    progress(content_.size(), content_.size());
    return {};
}

Result<ImportedOrder> OrderFile::order(std::size_t n) {
    CHECK(n < index_.orders.size());
    const OrderIndex::Entry& entry = index_.orders[n];
    ImportedOrder out;
    out.is_return = entry.is_return;
    CsvReader reader(content_, mapping_.csv);
    reader.expect_fields(header_.size());
    LineDecoder decoder(mapping_);
    DecodedLine line;
    for (std::uint32_t r = 0; r < entry.runs; ++r) {
        const OrderIndex::Run& run = index_.runs[entry.first_run + r];
        reader.seek(run.offset, run.line);
        for (std::uint32_t i = 0; i < run.records; ++i) {
            if (reader.next() != CsvReader::Step::record || !decoder.decode(reader.fields(), line))
                return changed(reader.line());
            if (line.kept_out()) continue;
            if (out.lines.empty()) {
                out.source_id = line.order_id;
                out.time = line.time;
            } else if (line.order_id != out.source_id || line.is_return != out.is_return) {
                return changed(reader.line());
            }
            out.time = std::min(out.time, line.time);
            if (!out.customer && !line.customer.empty()) out.customer = line.customer;
            take_first(out.country, line.country);
            take_first(out.store, line.store);
            for (const MetadataSource& metadata : mapping_.metadata) {
                const std::string_view text = metadata.source.of(reader.fields());
                if (!text.empty() && !out.metadata.contains(metadata.key))
                    out.metadata[metadata.key] = text;
            }
            out.lines.push_back({reader.line(), std::string(line.sku), std::string(line.name),
                                 line.quantity, line.unit_price, line.amount, line.kind});
        }
    }
    if (out.lines.empty()) return changed(index_.runs[entry.first_run].line);
    return out;
}

std::string OrderFile::fingerprint() const {
    return fmt::format("{}-{}", transfer::fingerprint(content_),
                       transfer::fingerprint(mapping_text_));
}

std::size_t OrderFile::index_bytes() const {
    return index_.runs.capacity() * sizeof(OrderIndex::Run) +
           index_.orders.capacity() * sizeof(OrderIndex::Entry);
}

}  // namespace perennial::transfer
