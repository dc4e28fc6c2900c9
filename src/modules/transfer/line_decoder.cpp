#include "modules/transfer/line_decoder.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/value.hpp"

namespace perennial::transfer {
namespace {

constexpr std::size_t id_bytes_max = 255;
constexpr std::size_t text_bytes_max = 1024;

// "6" and "6.00", not "1.5".
std::optional<std::int64_t> whole(const Decimal& number) {
    std::int64_t value = number.digits;
    for (int i = 0; i < number.scale; ++i) {
        if (value % 10 != 0) return std::nullopt;
        value /= 10;
    }
    return value;
}

}  // namespace

LineDecoder::LineDecoder(const OrderMapping& mapping)
    : mapping_(&mapping), times_(mapping.time_formats, mapping.zone ? &*mapping.zone : nullptr) {}

void LineDecoder::fault(const ColumnSource& column, std::string reason) {
    faults_.push_back({column.header, std::move(reason)});
}

std::string_view LineDecoder::text(const ColumnSource& column,
                                   std::span<const std::string_view> fields,
                                   std::size_t bytes_max) {
    const std::string_view out = column.of(fields);
    if (out.size() <= bytes_max) return out;
    fault(column, fmt::format("has {} bytes; the limit is {}", out.size(), bytes_max));
    return {};
}

bool LineDecoder::decode(std::span<const std::string_view> fields, DecodedLine& out) {
    faults_.clear();
    out = {};
    out.order_id = text(mapping_->order_id, fields, id_bytes_max);
    if (out.order_id.empty() && faults_.empty()) fault(mapping_->order_id, "is empty");
    if (const OrderIdPrefix* prefix = mapping_->prefix_of(out.order_id);
        prefix != nullptr && !out.order_id.empty()) {
        out.kind = prefix->kind;
        out.why_kept_out = prefix->prefix;
        return faults_.empty();
    }
    read_texts(fields, out);
    if (out.kept_out()) {
        out.why_kept_out = out.sku;
        return faults_.empty();
    }
    read_quantity(fields, out);
    read_price(fields, out);
    decide_return(fields, out);
    read_amount(fields, out);
    read_time(fields, out);
    if (faults_.empty()) check_signs(out);
    return faults_.empty();
}

void LineDecoder::read_texts(std::span<const std::string_view> fields, DecodedLine& out) {
    out.sku = text(mapping_->sku, fields, id_bytes_max);
    if (out.sku.empty()) {
        if (mapping_->sku.of(fields).empty()) fault(mapping_->sku, "is empty");
    } else if (mapping_->sku_case != SkuCase::keep) {
        sku_ = in_case(out.sku, mapping_->sku_case);
        out.sku = sku_;
    }
    out.kind = mapping_->kind_of(out.sku);
    if (out.kept_out()) return;
    out.customer = text(mapping_->customer_id, fields, id_bytes_max);
    out.name = text(mapping_->name, fields, text_bytes_max);
    out.country = text(mapping_->country, fields, id_bytes_max);
    out.store = text(mapping_->store, fields, id_bytes_max);
    for (const MetadataSource& metadata : mapping_->metadata)
        text(metadata.source, fields, text_bytes_max);
}

void LineDecoder::read_quantity(std::span<const std::string_view> fields, DecodedLine& out) {
    const std::string_view written = mapping_->quantity.of(fields);
    const auto number = parse_decimal(written, mapping_->numbers);
    if (!number) return fault(mapping_->quantity, number.error());
    const auto quantity = whole(*number);
    if (!quantity)
        return fault(mapping_->quantity,
                     fmt::format("'{}' is not a whole number", excerpt(written)));
    out.quantity = *quantity;
    out.below_zero = *quantity < 0;
    if (*quantity == 0) fault(mapping_->quantity, "is 0");
}

void LineDecoder::read_price(std::span<const std::string_view> fields, DecodedLine& out) {
    if (!mapping_->unit_price.given()) return;
    const auto price = parse_decimal(mapping_->unit_price.of(fields), mapping_->numbers);
    if (!price) return fault(mapping_->unit_price, price.error());
    out.unit_price = *price;
    out.free = price->digits == 0;
}

void LineDecoder::decide_return(std::span<const std::string_view> fields, DecodedLine& out) {
    switch (mapping_->returns) {
        case ReturnRule::none:
            break;
        case ReturnRule::order_id_prefix:
            out.is_return = out.order_id.starts_with(mapping_->return_prefix);
            break;
        case ReturnRule::negative_quantity:
            out.is_return = out.below_zero;
            break;
        case ReturnRule::column_value:
            out.is_return =
                std::ranges::find(mapping_->return_values, mapping_->return_column.of(fields)) !=
                mapping_->return_values.end();
            break;
    }
}

void LineDecoder::read_amount(std::span<const std::string_view> fields, DecodedLine& out) {
    const ColumnSource& column = mapping_->amount.given() ? mapping_->amount : mapping_->unit_price;
    Decimal number;
    std::int64_t times = 1;
    if (mapping_->amount.given()) {
        const auto amount = parse_decimal(mapping_->amount.of(fields), mapping_->numbers);
        if (!amount) return fault(column, amount.error());
        number = *amount;
        if (!mapping_->unit_price.given()) out.free = number.digits == 0;
    } else {
        if (!out.unit_price) return;
        number = *out.unit_price;
        times = out.quantity;
    }
    const auto amount = minor_units(number, times, mapping_->currency_decimals);
    if (!amount || !fits(out.quantity)) return fault(column, "the amount is out of range");
    out.amount = *amount;
    if (!out.is_return) return;
    // A half is rounded away from zero, so the sign may be turned after rounding.
    const bool magnitude = mapping_->amount.given() && out.kind != LineKind::discount;
    if (magnitude ? out.amount < 0 : out.below_zero) out.amount = -out.amount;
    if (out.below_zero) out.quantity = -out.quantity;
}

void LineDecoder::read_time(std::span<const std::string_view> fields, DecodedLine& out) {
    const std::string_view written = mapping_->time.of(fields);
    if (const auto time = times_.parse(written))
        out.time = *time;
    else if (written.empty())
        fault(mapping_->time, "is empty");
    else
        fault(mapping_->time,
              fmt::format("'{}' is not a time of the form \"{}\"", excerpt(written),
                          mapping_->time_formats.empty() ? std::string_view()
                                                         : mapping_->time_formats.front()->name));
}

void LineDecoder::check_signs(DecodedLine& out) {
    if (out.kind == LineKind::discount) return;
    if (!out.is_return && out.below_zero) {
        // Without customer and price it may be a stock correction: the whole order tells.
        if (!out.free || !out.customer.empty())
            fault(mapping_->quantity, fmt::format("{} outside a return", out.quantity));
        return;
    }
    if (out.amount < 0)
        return fault(mapping_->amount.given() ? mapping_->amount : mapping_->unit_price,
                     "is below 0 in a line that is no discount");
    if (!out.free) return;
    if (mapping_->zero_price == ZeroPrice::error)
        fault(mapping_->unit_price, "is 0");
    else if (mapping_->zero_price == ZeroPrice::ignore) {
        out.kind = LineKind::ignored;
        out.why_kept_out = "price 0";
    }
}

}  // namespace perennial::transfer
