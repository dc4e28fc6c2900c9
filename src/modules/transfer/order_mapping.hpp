// What the columns and codes of a shop's line-item CSV mean. One JSON file, written by a person:
// every mistake in it is named at once, unknown words included. examples/online-retail/mapping.json
// shows most of it, its README the rest.
#pragma once
#include <boost/json/fwd.hpp>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/error.hpp"
#include "base/json.hpp"
#include "base/time.hpp"
#include "modules/transfer/csv_reader.hpp"
#include "modules/transfer/decimal.hpp"

namespace perennial::transfer {

/// What a line is. The first five are lines of the order and count in its amount; `ignored` lines
/// are dropped, `adjustment` lines (bookkeeping) are kept out, counted and listed.
enum class LineKind : std::uint8_t {
    product,
    shipping,
    discount,
    fee,
    gift_card,
    ignored,
    adjustment
};
std::span<const std::string_view> line_kind_words();  ///< of the mapping, in the enum's order
std::string_view to_text(LineKind);

/// A column of the file, or a constant in its place; neither = not given.
struct ColumnSource {
    std::string header;
    std::optional<std::string> constant;
    std::string pointer;  ///< where the mapping names it
    int index = -1;       ///< in the header, once checked

    bool given() const { return !header.empty() || constant.has_value(); }
    /// The column's field, or the constant, without the blanks around it; empty when not given.
    std::string_view of(std::span<const std::string_view> fields) const;
};

struct TimeFormat;  // one of time_formats() in order_times.hpp

struct MetadataSource {
    std::string key;
    ColumnSource source;
};

enum class ReturnRule : std::uint8_t { none, order_id_prefix, negative_quantity, column_value };
enum class ZeroPrice : std::uint8_t { keep, ignore, error };
enum class StockCorrections : std::uint8_t { none, adjustment, ignore };
enum class WithoutCustomer : std::uint8_t { keep, ignore };
enum class SkuCase : std::uint8_t { keep, upper, lower };

/// Only ASCII letters have a case here.
std::string in_case(std::string_view sku, SkuCase);

struct CodePattern {
    std::string glob;  ///< * = any text, ? = one character
    LineKind kind;
};

struct OrderIdPrefix {
    std::string prefix;
    LineKind kind;  ///< adjustment or ignored
};

struct StringHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view s) const { return std::hash<std::string_view>{}(s); }
};

struct OrderMapping {
    CsvFormat csv;
    NumberFormat numbers;

    ColumnSource order_id, customer_id, sku, name, quantity, unit_price, amount, time, country,
        store;
    std::vector<MetadataSource> metadata;  ///< of the order: its first line that has a value

    std::vector<const TimeFormat*> time_formats;  ///< the first that fits
    std::optional<TimeZone> zone;
    std::string currency;  ///< "GBP"
    int currency_decimals = 2;

    ReturnRule returns = ReturnRule::none;
    std::string return_prefix;
    ColumnSource return_column;
    std::vector<std::string> return_values;

    SkuCase sku_case = SkuCase::keep;
    std::unordered_map<std::string, LineKind, StringHash, std::equal_to<>> codes;
    std::vector<CodePattern> code_patterns;  ///< asked in order, after `codes`
    std::vector<OrderIdPrefix> order_id_prefixes;
    ZeroPrice zero_price = ZeroPrice::keep;
    /// What an order is that has no customer and no line that costs anything (goods found, lost or
    /// broken). `none`: an order like others, and quantities below 0 in it are errors.
    StockCorrections stock_corrections = StockCorrections::none;
    WithoutCustomer without_customer = WithoutCustomer::keep;

    LineKind kind_of(std::string_view sku) const;  ///< the SKU in its normalised case
    const OrderIdPrefix* prefix_of(std::string_view order_id) const;
};

/// All mistakes go to `issues`; what is returned is usable only when there are none, but its `csv`
/// always is, so that the header can be read and checked in the same breath.
OrderMapping parse_order_mapping(const json::value& body, Issues& issues);

/// Finds the columns in the header; names near misses.
void bind_columns(OrderMapping& mapping, std::span<const std::string_view> header, Issues& issues);

}  // namespace perennial::transfer
