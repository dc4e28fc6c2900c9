#include "modules/transfer/order_mapping.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <numeric>

#include "modules/transfer/order_times.hpp"

namespace perennial::transfer {
namespace {

constexpr std::array<std::string_view, 7> kind_names{"product", "shipping", "discount",  "fee",
                                                     "gift_card", "ignore", "adjustment"};

// Letters put in, taken out or changed to get from one to the other.
std::size_t edits(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t substituted = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
            diagonal = row[j];
            row[j] = std::min({row[j] + 1, row[j - 1] + 1, substituted});
        }
    }
    return row[b.size()];
}

// Lower case letters and digits only: "Invoice No" is near "invoice_no".
std::string folded(std::string_view text) {
    std::string out;
    for (char c : text) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
        if (static_cast<unsigned char>(c) >= 0x80 || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
            out += c;
    }
    return out;
}

template <class Names>
std::string did_you_mean(std::string_view wrong, const Names& names) {
    std::string best;
    std::size_t best_edits = 3;
    const std::string wanted = folded(wrong.substr(0, 100));
    for (const auto& name : names) {
        const std::size_t count = edits(wanted, folded(std::string_view(name).substr(0, 100)));
        if (count >= best_edits || count >= std::max<std::size_t>(wanted.size(), 1)) continue;
        best_edits = count;
        best = name;
    }
    return best.empty() ? std::string() : fmt::format("; did you mean \"{}\"?", best);
}

void known_words(JsonReader& reader, std::initializer_list<std::string_view> words) {
    if (!reader.usable()) return;
    for (const auto& member : *reader.raw()) {
        const std::string_view word(member.key());
        if (std::ranges::find(words, word) == words.end())
            reader.wrong(word, "unknown", "is not known here" + did_you_mean(word, words));
    }
}

// A file written by a person explains itself: every object may carry "note".
void check_note(JsonReader& reader) { reader.text("note", 4096); }

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
            columns.wrong(name, "type", "must name a column; one value for all lines makes no sense");
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
    if (const auto i = reader.choice("encoding", encodings)) out.encoding = static_cast<Encoding>(*i);
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
    known_words(reader, {"order_id", "customer_id", "sku", "name", "quantity", "unit_price", "amount",
                         "time", "country", "store", "note"});
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
    const auto i = reader.choice("meaning", kind_names);
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

bool matches(std::string_view glob, std::string_view text) {
    std::size_t g = 0;
    std::size_t t = 0;
    std::size_t star = std::string_view::npos;  // of the last *, and where its text may begin
    std::size_t star_text = 0;
    while (t < text.size()) {
        if (g < glob.size() && glob[g] == '*') {
            star = g++;
            star_text = t;
        } else if (g < glob.size() && (glob[g] == '?' || glob[g] == text[t])) {
            ++g;
            ++t;
        } else if (star != std::string_view::npos) {
            g = star + 1;
            t = ++star_text;
        } else {
            return false;
        }
    }
    while (g < glob.size() && glob[g] == '*') ++g;
    return g == glob.size();
}

template <class Visit>
void each_source(OrderMapping& mapping, Visit visit) {
    for (ColumnSource* source :
         {&mapping.order_id, &mapping.customer_id, &mapping.sku, &mapping.name, &mapping.quantity,
          &mapping.unit_price, &mapping.amount, &mapping.time, &mapping.country, &mapping.store,
          &mapping.return_column})
        visit(*source);
    for (MetadataSource& metadata : mapping.metadata) visit(metadata.source);
}

}  // namespace

std::string_view to_text(LineKind kind) { return kind_names[static_cast<std::size_t>(kind)]; }

std::string in_case(std::string_view sku, SkuCase wanted) {
    std::string out(sku);
    for (char& c : out) {
        if (wanted == SkuCase::upper && c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
        if (wanted == SkuCase::lower && c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return out;
}

std::string_view ColumnSource::of(std::span<const std::string_view> fields) const {
    std::string_view text = constant ? std::string_view(*constant) : std::string_view();
    if (index >= 0 && static_cast<std::size_t>(index) < fields.size())
        text = fields[static_cast<std::size_t>(index)];
    const auto blank = [](char c) { return c == ' ' || (c >= '\t' && c <= '\r'); };
    while (!text.empty() && blank(text.front())) text.remove_prefix(1);
    while (!text.empty() && blank(text.back())) text.remove_suffix(1);
    return text;
}

LineKind OrderMapping::kind_of(std::string_view code) const {
    if (const auto at = codes.find(code); at != codes.end()) return at->second;
    for (const CodePattern& pattern : code_patterns)
        if (matches(pattern.glob, code)) return pattern.kind;
    return LineKind::product;
}

const OrderIdPrefix* OrderMapping::prefix_of(std::string_view id) const {
    for (const OrderIdPrefix& prefix : order_id_prefixes)
        if (id.starts_with(prefix.prefix)) return &prefix;
    return nullptr;
}

OrderMapping parse_order_mapping(const json::value& value, Issues& issues) {
    OrderMapping out;
    JsonReader body(value, issues);
    known_words(body, {"note", "csv", "numbers", "columns", "metadata", "time", "currency", "returns",
                       "sku_case", "codes", "order_id_prefixes", "zero_price", "stock_corrections",
                       "without_customer"});
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

void bind_columns(OrderMapping& mapping, std::span<const std::string_view> header, Issues& issues) {
    each_source(mapping, [&](ColumnSource& source) {
        if (source.header.empty()) return;
        for (std::size_t i = 0; i < header.size(); ++i) {
            if (header[i] != source.header) continue;
            if (source.index >= 0) {
                issues.add(source.pointer, "duplicate",
                           fmt::format("the file has the column \"{}\" twice", source.header));
                return;
            }
            source.index = static_cast<int>(i);
        }
        if (source.index < 0)
            issues.add(source.pointer, "not_found",
                       fmt::format("the file has no column \"{}\"{}", source.header,
                                   did_you_mean(source.header, header)));
    });
}

}  // namespace perennial::transfer
