#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>

#include "modules/transfer/near_miss.hpp"
#include "modules/transfer/order_mapping.hpp"
#include "modules/transfer/order_times.hpp"

namespace perennial::transfer {
namespace {

void known_words(JsonReader& reader, std::initializer_list<std::string_view> words) {
    if (!reader.usable()) return;
    for (const auto& member : *reader.raw()) {
        const std::string_view word(member.key());
        if (std::ranges::find(words, word) == words.end())
            reader.wrong(word, "unknown", "is not known here" + did_you_mean(word, words));
    }
}

// A file written by a person explains itself: every object may carry "note".
void check_note(JsonReader& reader) {
    reader.text("note", 4096);
}

enum class May : std::uint8_t { column_only, be_constant };

ColumnSource column_source(JsonReader& columns, std::string_view name, May may) {
    ColumnSource out;
    if (!columns.has(name)) return out;
    out.pointer = columns.pointer() + "/";
    for (char c : name) out.pointer += c == '~' ? "~0" : c == '/' ? "~1" : std::string(1, c);
    if (columns.raw()->at(name).is_object()) {
        JsonReader constant = columns.reader(name);
        known_words(constant, {"value", "note"});
        check_note(constant);
        constant.require("value");
        out.constant = constant.text("value", 1024);
        if (may == May::column_only)
            columns.wrong(name, "type",
                          "must name a column; one value for all lines makes no sense");
        return out;
    }
    out.header = columns.text(name, 1024).value_or("");
    if (out.header.empty() && columns.raw()->at(name).is_string())
        columns.wrong(name, "required", "must name a column, or be {\"value\": …}");
    return out;
}

void read_csv(JsonReader reader, CsvFormat& out) {
    known_words(reader, {"delimiter", "encoding", "note"});
    check_note(reader);
    constexpr std::array<std::string_view, 5> delimiters{",", ";", "\t", "|", "tab"};
    constexpr std::array delimiter_bytes{',', ';', '\t', '|', '\t'};
    if (const auto i = reader.choice("delimiter", delimiters)) out.delimiter = delimiter_bytes[*i];
    constexpr std::array<std::string_view, 3> encodings{"utf-8", "windows-1252", "iso-8859-1"};
    if (const auto i = reader.choice("encoding", encodings))
        out.encoding = static_cast<Encoding>(*i);
}

void read_numbers(JsonReader reader, NumberFormat& out) {
    known_words(reader, {"decimal_mark", "thousands_mark", "note"});
    check_note(reader);
    constexpr std::array<std::string_view, 2> decimal_marks{".", ","};
    if (const auto i = reader.choice("decimal_mark", decimal_marks))
        out.decimal_mark = decimal_marks[*i][0];
    constexpr std::array<std::string_view, 5> thousands_marks{"", ",", ".", " ", "'"};
    if (const auto i = reader.choice("thousands_mark", thousands_marks))
        out.thousands_mark = *i == 0 ? '\0' : thousands_marks[*i][0];
    if (out.thousands_mark == out.decimal_mark)
        reader.wrong("thousands_mark", "conflict", "must differ from the decimal mark");
}

void read_columns(JsonReader reader, OrderMapping& out) {
    known_words(reader, {"order_id", "customer_id", "sku", "name", "quantity", "unit_price",
                         "amount", "time", "country", "store", "note"});
    check_note(reader);
    for (const char* name : {"order_id", "sku", "quantity", "time"}) reader.require(name);
    out.order_id = column_source(reader, "order_id", May::column_only);
    out.customer_id = column_source(reader, "customer_id", May::column_only);
    out.sku = column_source(reader, "sku", May::be_constant);
    out.name = column_source(reader, "name", May::be_constant);
    out.quantity = column_source(reader, "quantity", May::be_constant);
    out.unit_price = column_source(reader, "unit_price", May::be_constant);
    out.amount = column_source(reader, "amount", May::column_only);
    out.time = column_source(reader, "time", May::column_only);
    out.country = column_source(reader, "country", May::be_constant);
    out.store = column_source(reader, "store", May::be_constant);
    if (reader.usable() && !reader.has("unit_price") && !reader.has("amount"))
        reader.wrong("unit_price", "required", "is required where no column holds the amount");
    const std::array<std::pair<std::string_view, const ColumnSource*>, 2> numbers{
        {{"quantity", &out.quantity}, {"unit_price", &out.unit_price}}};
    for (const auto& [name, source] : numbers)
        if (source->constant && !parse_decimal(*source->constant, out.numbers))
            reader.wrong(name, "format", "must hold a number as its value");
}

void read_metadata(JsonReader& body, OrderMapping& out) {
    JsonReader reader = body.reader("metadata");
    if (!reader.usable()) return;
    for (const auto& member : *reader.raw()) {
        const std::string key(member.key());
        out.metadata.push_back({key, column_source(reader, key, May::be_constant)});
    }
}

const TimeFormat* time_format(std::string_view name) {
    for (const TimeFormat& format : time_formats())
        if (format.name == name) return &format;
    return nullptr;
}

std::string time_format_names() {
    std::vector<std::string_view> names;
    for (const TimeFormat& format : time_formats()) names.push_back(format.name);
    return fmt::format("must be one of \"{}\"", fmt::join(names, "\", \""));
}

void read_time(JsonReader reader, OrderMapping& out) {
    known_words(reader, {"format", "zone", "note"});
    check_note(reader);
    reader.require("format");
    if (reader.has("format") && reader.raw()->at("format").is_array()) {
        const json::array* formats = reader.array("format", 8);
        for (std::size_t i = 0; formats != nullptr && i < formats->size(); ++i) {
            const json::value& value = (*formats)[i];
            const TimeFormat* format =
                value.is_string() ? time_format(value.get_string()) : nullptr;
            if (format == nullptr)
                reader.wrong("format", "enum", fmt::format("item {} {}", i, time_format_names()));
            else
                out.time_formats.push_back(format);
        }
        if (formats != nullptr && formats->empty())
            reader.wrong("format", "required", "must name a format");
    } else if (const auto name = reader.text("format", 64)) {
        if (const TimeFormat* format = time_format(*name))
            out.time_formats.push_back(format);
        else
            reader.wrong("format", "enum", time_format_names());
    }
    if (const auto name = reader.text("zone", 64)) {
        if (auto zone = TimeZone::find(*name))
            out.zone = *std::move(zone);
        else
            reader.wrong("zone", "invalid_time_zone", zone.error().details);
    }
    const bool needs_zone = std::ranges::any_of(out.time_formats, [](const TimeFormat* format) {
        return format->order != DateOrder::iso && !format->has_zone();
    });
    if (needs_zone && !reader.has("zone"))
        reader.wrong("zone", "required",
                     "is required, as the times say none; for example \"Europe/London\"");
}

void read_currency(JsonReader reader, OrderMapping& out) {
    known_words(reader, {"code", "decimals", "note"});
    check_note(reader);
    reader.require("code");
    reader.require("decimals");
    if (const auto code = reader.text("code", 16)) {
        const bool letters =
            std::ranges::all_of(*code, [](char c) { return c >= 'A' && c <= 'Z'; });
        if (code->size() != 3 || !letters)
            reader.wrong("code", "format", "must be three capital letters such as GBP");
        out.currency = *code;
    }
    if (const auto decimals = reader.integer("decimals", 0, 4))
        out.currency_decimals = static_cast<int>(*decimals);
}

void read_return_values(JsonReader& reader, OrderMapping& out) {
    reader.require("values");
    const json::array* values = reader.array("values", 100);
    for (std::size_t i = 0; values != nullptr && i < values->size(); ++i) {
        if ((*values)[i].is_string())
            out.return_values.emplace_back((*values)[i].get_string());
        else
            reader.wrong("values", "type", fmt::format("item {} must be a string", i));
    }
    if (values != nullptr && values->empty())
        reader.wrong("values", "required", "must hold the values that mean a return");
}

void read_returns(JsonReader reader, OrderMapping& out) {
    if (!reader.usable()) return;
    known_words(reader, {"prefix", "negative_quantity", "column", "values", "note"});
    check_note(reader);
    const int ways = int{reader.has("prefix")} + int{reader.has("negative_quantity")} +
                     int{reader.has("column")};
    if (ways != 1)
        reader.issues().add(reader.pointer(), "conflict",
                            "must have one of \"prefix\", \"negative_quantity\" and \"column\"");
    if (const auto prefix = reader.text("prefix", 64)) {
        out.returns = ReturnRule::order_id_prefix;
        out.return_prefix = *prefix;
        if (prefix->empty()) reader.wrong("prefix", "required", "must not be empty");
    }
    if (const auto negative = reader.boolean("negative_quantity"); negative && *negative)
        out.returns = ReturnRule::negative_quantity;
    if (reader.has("column")) {
        out.returns = ReturnRule::column_value;
        out.return_column = column_source(reader, "column", May::column_only);
        read_return_values(reader, out);
    } else if (reader.has("values")) {
        reader.wrong("values", "conflict", "goes with \"column\" only");
    }
}

std::optional<LineKind> read_meaning(JsonReader& reader) {
    reader.require("meaning");
    const auto i = reader.choice("meaning", line_kind_words());
    return i ? std::optional(static_cast<LineKind>(*i)) : std::nullopt;
}

void read_code(JsonReader reader, OrderMapping& out) {
    if (!reader.usable()) return;
    known_words(reader, {"code", "pattern", "meaning", "note"});
    check_note(reader);
    const auto code = reader.text("code", 255);
    const auto pattern = reader.text("pattern", 255);
    const auto kind = read_meaning(reader);
    if (reader.has("code") == reader.has("pattern"))
        reader.issues().add(reader.pointer(), "conflict",
                            "must have either \"code\" or \"pattern\"");
    if ((code && code->empty()) || (pattern && pattern->empty()))
        reader.issues().add(reader.pointer(), "required", "must not be empty");
    if (code) {
        const auto [at, added] =
            out.codes.emplace(in_case(*code, out.sku_case), kind.value_or(LineKind::product));
        if (!added)
            reader.wrong("code", "duplicate",
                         fmt::format("\"{}\" has a meaning already", at->first));
    }
    if (pattern)
        out.code_patterns.push_back(
            {in_case(*pattern, out.sku_case), kind.value_or(LineKind::product)});
}

void read_order_id_prefix(JsonReader reader, OrderMapping& out) {
    if (!reader.usable()) return;
    known_words(reader, {"prefix", "meaning", "note"});
    check_note(reader);
    reader.require("prefix");
    const auto prefix = reader.text("prefix", 64);
    const auto kind = read_meaning(reader);
    if (prefix && prefix->empty()) reader.wrong("prefix", "required", "must not be empty");
    if (kind && *kind != LineKind::ignored && *kind != LineKind::adjustment)
        reader.wrong("meaning", "enum", "must be ignore or adjustment for a whole order");
    if (prefix && *prefix == out.return_prefix && out.returns == ReturnRule::order_id_prefix)
        reader.wrong("prefix", "conflict", "means returns already");
    out.order_id_prefixes.push_back({prefix.value_or(""), kind.value_or(LineKind::adjustment)});
}

template <class Choice, std::size_t count>
void read_choice(JsonReader& body, std::string_view name,
                 const std::array<std::string_view, count>& names, Choice& out) {
    if (const auto i = body.choice(name, names)) out = static_cast<Choice>(*i);
}

}  // namespace

OrderMapping parse_order_mapping(const json::value& value, Issues& issues) {
    OrderMapping out;
    JsonReader body(value, issues);
    known_words(body, {"note", "csv", "numbers", "columns", "metadata", "time", "currency",
                       "returns", "sku_case", "codes", "order_id_prefixes", "zero_price",
                       "stock_corrections", "without_customer"});
    check_note(body);
    for (const char* name : {"columns", "time", "currency"}) body.require(name);
    if (body.has("csv")) read_csv(body.reader("csv"), out.csv);
    if (body.has("numbers")) read_numbers(body.reader("numbers"), out.numbers);
    if (body.has("columns")) read_columns(body.reader("columns"), out);
    if (body.has("metadata")) read_metadata(body, out);
    if (body.has("time")) read_time(body.reader("time"), out);
    if (body.has("currency")) read_currency(body.reader("currency"), out);
    if (body.has("returns")) read_returns(body.reader("returns"), out);
    read_choice(body, "sku_case", std::array<std::string_view, 3>{"keep", "upper", "lower"},
                out.sku_case);
    if (const json::array* codes = body.array("codes", 10'000))
        for (std::size_t i = 0; i < codes->size(); ++i) read_code(body.item("codes", i), out);
    if (const json::array* prefixes = body.array("order_id_prefixes", 100))
        for (std::size_t i = 0; i < prefixes->size(); ++i)
            read_order_id_prefix(body.item("order_id_prefixes", i), out);
    read_choice(body, "zero_price", std::array<std::string_view, 3>{"keep", "ignore", "error"},
                out.zero_price);
    read_choice(body, "stock_corrections",
                std::array<std::string_view, 3>{"none", "adjustment", "ignore"},
                out.stock_corrections);
    read_choice(body, "without_customer", std::array<std::string_view, 2>{"keep", "ignore"},
                out.without_customer);
    return out;
}

}  // namespace perennial::transfer
