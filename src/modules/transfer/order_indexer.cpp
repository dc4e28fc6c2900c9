#include "modules/transfer/order_indexer.hpp"

#include <fmt/format.h>
#include <sodium/crypto_shorthash_siphash24.h>

#include <algorithm>
#include <tuple>

#include "base/json.hpp"
#include "base/value.hpp"

namespace perennial::transfer {
namespace {

using HashKey = std::array<unsigned char, crypto_shorthash_siphashx24_KEYBYTES>;

std::array<std::uint64_t, 2> hash_of(std::string_view text) {
    static constexpr HashKey key{};
    std::array<std::uint64_t, 2> out{};
    crypto_shorthash_siphashx24(reinterpret_cast<unsigned char*>(out.data()),
                                reinterpret_cast<const unsigned char*>(text.data()), text.size(),
                                key.data());
    return out;
}

// Where one id may be an order and a return, the two differ in one bit of the key.
std::array<std::uint64_t, 2> variant(std::array<std::uint64_t, 2> key, bool is_return) {
    key[1] ^= std::uint64_t{is_return};
    return key;
}

// What the reader could only guess at is no id.
std::string_view sure_id(std::string_view id) {
    return is_valid_utf8(id) && id.find("\xEF\xBF\xBD") == std::string_view::npos
               ? id
               : std::string_view();
}

}  // namespace

OrderIndexer::OrderIndexer(const OrderMapping& mapping, IssueSink issues, ImportSummary& summary)
    : mapping_(&mapping), issues_(issues), summary_(&summary), decoder_(mapping), table_(1024) {}

std::uint64_t OrderIndexer::LastText::of(std::string_view said) {
    if (said.empty()) return 0;
    if (said != text) {
        text = said;
        hash = hash_of(said)[0] | 1;  // 0 means none
    }
    return hash;
}

void OrderIndexer::report(std::uint64_t line, std::string column, std::string_view order,
                          std::string reason, Consequence consequence) {
    if (consequence == Consequence::order_not_imported) ++summary_->errors;
    if (consequence == Consequence::note) ++summary_->notes;
    issues_({line, std::move(column), std::string(order), std::move(reason), consequence});
}

void OrderIndexer::refuse_order(std::string_view id) {
    refused_.insert(hash_of(id));
}

void OrderIndexer::hold_back(std::string_view id, std::uint64_t line) {
    if (!refused_.insert(hash_of(id)).second) return;
    report(line, {}, id,
           fmt::format("line {} cannot be read and may belong to this order", unreadable_->line));
}

// An unreadable line with the id of a neighbour belongs to it; any other may belong to either.
void OrderIndexer::settle(std::string_view id, std::uint64_t line) {
    if (!unreadable_) return;
    if (unreadable_->id.empty() || unreadable_->id != id) {
        if (!last_id_.empty()) hold_back(last_id_, last_line_);
        if (!id.empty()) hold_back(id, line);
    }
    unreadable_.reset();
}

void OrderIndexer::unreadable(const CsvReader& reader) {
    ++summary_->records;
    ++summary_->lines_refused;
    const CsvError& error = reader.error();
    const std::string_view id = sure_id(mapping_->order_id.of(reader.fields()));
    report(error.line, fmt::format("character {}", error.column), id, error.reason);
    if (!id.empty()) refuse_order(id);
    run_open_ = false;
    if (!id.empty() && id == last_id_) return;
    if (unreadable_ && (unreadable_->id.empty() || unreadable_->id != id)) settle({}, 0);
    unreadable_ = Unreadable{reader.line(), std::string(id)};
}

void OrderIndexer::record(const CsvReader& reader) {
    ++summary_->records;
    const bool good = decoder_.decode(reader.fields(), line_);
    if (!good) {
        ++summary_->lines_refused;
        for (const LineFault& fault : decoder_.faults())
            report(reader.line(), fault.column, line_.order_id, fault.reason);
        run_open_ = false;
    }
    if (line_.order_id.empty()) {
        settle({}, 0);
        unreadable_ = Unreadable{reader.line(), {}};
        return;
    }
    if (unreadable_) settle(line_.order_id, reader.line());
    const bool same_id = line_.order_id == last_id_;
    if (!same_id) {
        last_id_ = line_.order_id;
        last_order_.reset();
        run_open_ = false;
    }
    last_line_ = reader.line();
    if (!good) return refuse_order(line_.order_id);
    if (line_.kept_out()) {
        keep_out(line_, reader.line());
        if (run_open_) ++runs_.back().records;
        return;
    }
    Order& order = order_of(line_);
    extend_run(*last_order_, reader);
    add(order, line_, static_cast<std::uint32_t>(reader.line()));
}

OrderIndexer::Order& OrderIndexer::order_of(const DecodedLine& line) {
    if (!last_order_ || orders_[*last_order_].is_return != line.is_return) {
        last_order_ = find_or_add(variant(hash_of(line.order_id), line.is_return), line.is_return);
        run_open_ = false;
    }
    return orders_[*last_order_];
}

std::uint32_t OrderIndexer::find_or_add(const Key& key, bool is_return) {
    if (orders_.size() * 2 >= table_.size()) grow_table();
    std::size_t slot = key[0] & (table_.size() - 1);
    for (; table_[slot] != 0; slot = (slot + 1) & (table_.size() - 1))
        if (orders_[table_[slot] - 1].key == key) return table_[slot] - 1;
    Order order;
    order.key = key;
    order.is_return = is_return;
    orders_.push_back(order);
    table_[slot] = static_cast<std::uint32_t>(orders_.size());
    return table_[slot] - 1;
}

void OrderIndexer::grow_table() {
    table_.assign(table_.size() * 2, 0);
    for (std::uint32_t i = 0; i < orders_.size(); ++i) {
        std::size_t slot = orders_[i].key[0] & (table_.size() - 1);
        while (table_[slot] != 0) slot = (slot + 1) & (table_.size() - 1);
        table_[slot] = i + 1;
    }
}

void OrderIndexer::extend_run(std::uint32_t order, const CsvReader& reader) {
    if (run_open_) {
        ++runs_.back().records;
        return;
    }
    runs_.push_back({reader.offset(), static_cast<std::uint32_t>(reader.line()), 1});
    run_orders_.push_back(order);
    if (orders_[order].runs++ == 0)
        orders_[order].first_run = static_cast<std::uint32_t>(runs_.size() - 1);
    run_open_ = true;
}

void OrderIndexer::keep_out(const DecodedLine& line, std::uint64_t number) {
    if (line.kind == LineKind::ignored) {
        ++summary_->lines_ignored;
        return;
    }
    ++summary_->lines_adjustment;
    report(number, {}, line.order_id, fmt::format("bookkeeping: {}", line.why_kept_out),
           Consequence::line_kept_out);
}

void OrderIndexer::add(Order& order, const DecodedLine& line, std::uint32_t number) {
    const auto differs = [&](const ColumnSource& column, std::uint64_t hash, std::uint64_t& had,
                             std::uint32_t& had_line, std::string_view said) {
        if (had == 0 && hash != 0) {
            had = hash;
            had_line = number;
        } else if (hash != 0 && hash != had) {
            report(number, column.header, line.order_id,
                   fmt::format("'{}', but line {} of the same order says another", excerpt(said),
                               had_line));
            refuse_order(line.order_id);
        }
    };
    differs(mapping_->customer_id, last_customer_.of(line.customer), order.customer,
            order.customer_line, line.customer);
    differs(mapping_->country, last_country_.of(line.country), order.country, order.country_line,
            line.country);
    if (order.lines++ == 0) {
        order.first_line = number;
        order.time_ms = line.time.ms;
    } else if (order.time_ms != line.time.ms) {
        if (!order.two_times)
            report(
                number, mapping_->time.header, line.order_id,
                fmt::format("another time than in line {}; the earliest counts", order.first_line),
                Consequence::note);
        order.two_times = true;
        order.time_ms = std::min(order.time_ms, line.time.ms);
    }
    std::uint32_t& signed_line = line.below_zero ? order.negative_line : order.positive_line;
    if (signed_line == 0 && line.kind != LineKind::discount) signed_line = number;
    order.all_free = order.all_free && line.free;
    // Both lie within 2^53, so the sum cannot overflow.
    if (fits(order.amount + line.amount))
        order.amount += line.amount;
    else
        order.out_of_range = true;
}

bool OrderIndexer::is_refused(const Order& order) const {
    return refused_.contains(variant(order.key, order.is_return));
}

bool OrderIndexer::is_stock_correction(const Order& order) const {
    return order.customer == 0 && order.all_free &&
           mapping_->stock_corrections != StockCorrections::none;
}

std::string OrderIndexer::id_of(const Order& order, CsvReader& reader) const {
    const OrderIndex::Run& run = runs_[order.first_run];
    reader.seek(run.offset, run.line);
    if (reader.next() != CsvReader::Step::record) return {};
    return std::string(mapping_->order_id.of(reader.fields()));
}

std::optional<LineFault> OrderIndexer::fault_of(const Order& order, std::uint32_t& line) const {
    line = order.first_line;
    if (is_stock_correction(order)) return std::nullopt;
    if (order.negative_line != 0 && !order.is_return) {
        line = order.negative_line;
        return LineFault{mapping_->quantity.header, "below 0 outside a return"};
    }
    if (order.is_return && order.negative_line != 0 && order.positive_line != 0) {
        line = std::max(order.negative_line, order.positive_line);
        return LineFault{mapping_->quantity.header,
                         fmt::format("the sign differs from line {} of the same return",
                                     std::min(order.negative_line, order.positive_line))};
    }
    if (order.out_of_range)
        return LineFault{{}, "the lines together are out of the range of amounts"};
    if (order.amount < 0) return LineFault{{}, "the discounts are more than what they are on"};
    return std::nullopt;
}

void OrderIndexer::refuse_wrong_orders(CsvReader& reader) {
    for (const Order& order : orders_) {
        std::uint32_t line = 0;
        const auto fault = fault_of(order, line);
        if (!fault) continue;
        report(line, fault->column, id_of(order, reader), fault->reason);
        refused_.insert(variant(order.key, order.is_return));
    }
}

bool OrderIndexer::accept(const Order& order, CsvReader& reader) {
    if (is_refused(order)) {
        summary_->lines_refused += order.lines;
        return false;
    }
    if (is_stock_correction(order)) {
        if (mapping_->stock_corrections == StockCorrections::ignore) {
            summary_->lines_ignored += order.lines;
            return false;
        }
        summary_->lines_adjustment += order.lines;
        report(order.first_line, {}, id_of(order, reader),
               "stock correction: no customer and no price", Consequence::order_kept_out);
        return false;
    }
    if (order.customer == 0 && mapping_->without_customer == WithoutCustomer::ignore) {
        summary_->lines_ignored += order.lines;
        return false;
    }
    summary_->lines += order.lines;
    ++(order.is_return ? summary_->returns : summary_->orders);
    if (order.customer == 0)
        ++(order.is_return ? summary_->returns_without_customer
                           : summary_->orders_without_customer);
    const Timestamp time{order.time_ms};
    summary_->first_time = std::min(summary_->first_time.value_or(time), time);
    summary_->last_time = std::max(summary_->last_time.value_or(time), time);
    return true;
}

OrderIndex OrderIndexer::finish(CsvReader& reader) {
    settle({}, 0);
    refuse_wrong_orders(reader);
    summary_->orders_refused = refused_.size();
    std::vector<std::uint32_t> accepted;
    for (std::uint32_t i = 0; i < orders_.size(); ++i)
        if (accept(orders_[i], reader)) accepted.push_back(i);
    return sorted(accepted);
}

OrderIndex OrderIndexer::sorted(const std::vector<std::uint32_t>& accepted) {
    std::vector<std::uint32_t> by_time = accepted;
    std::ranges::sort(by_time, [&](std::uint32_t a, std::uint32_t b) {
        return std::tuple(orders_[a].time_ms, orders_[a].first_line) <
               std::tuple(orders_[b].time_ms, orders_[b].first_line);
    });
    OrderIndex out;
    out.orders.reserve(by_time.size());
    std::uint32_t first_run = 0;
    for (std::uint32_t i : by_time) {
        Order& order = orders_[i];
        out.orders.push_back({first_run, order.runs, order.is_return});
        order.first_run = first_run;  // from here on: where its next run goes
        first_run += order.runs;
    }
    std::vector<bool> wanted(orders_.size());
    for (std::uint32_t i : accepted) wanted[i] = true;
    out.runs.resize(first_run);
    for (std::size_t r = 0; r < runs_.size(); ++r)
        if (const std::uint32_t i = run_orders_[r]; wanted[i])
            out.runs[orders_[i].first_run++] = runs_[r];
    return out;
}

}  // namespace perennial::transfer
