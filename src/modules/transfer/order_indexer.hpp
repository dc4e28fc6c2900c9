// The first pass over the lines: which lines make which order, and everything that is wrong.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "modules/transfer/csv_reader.hpp"
#include "modules/transfer/line_decoder.hpp"
#include "modules/transfer/order_assembly.hpp"
#include "modules/transfer/order_mapping.hpp"

namespace perennial::transfer {

class OrderIndexer {
  public:
    OrderIndexer(const OrderMapping& mapping, IssueSink issues, ImportSummary& summary);

    void record(const CsvReader&);      ///< the reader stands on a record
    void unreadable(const CsvReader&);  ///< the reader stands on an error
    /// The reader is moved, to read the ids of orders that turn out wrong as a whole.
    OrderIndex finish(CsvReader&);

  private:
    // An order id stands as 128 bits of hash: two ids that meet are less likely than broken memory.
    using Key = std::array<std::uint64_t, 2>;
    struct KeyHash {
        std::size_t operator()(const Key& key) const { return key[0]; }
    };
    struct Order {
        Key key{};
        std::uint64_t customer = 0;  // hash, 0 = none said so far
        std::uint64_t country = 0;
        std::int64_t time_ms = 0;
        std::int64_t amount = 0;
        std::uint32_t customer_line = 0;
        std::uint32_t country_line = 0;
        std::uint32_t first_line = 0;
        std::uint32_t lines = 0;
        std::uint32_t first_run = 0;
        std::uint32_t negative_line = 0;  // the first with a quantity below 0, 0 = none
        std::uint32_t positive_line = 0;
        std::uint32_t runs = 0;
        bool is_return = false;
        bool all_free = true;
        bool out_of_range = false;
        bool two_times = false;
    };
    // A text and its hash; neighbouring lines mostly say the same.
    struct LastText {
        std::string text;
        std::uint64_t hash = 0;
        std::uint64_t of(std::string_view);
    };

    Order& order_of(const DecodedLine&);
    std::uint32_t find_or_add(const Key&, bool is_return);
    void grow_table();
    void add(Order&, const DecodedLine&, std::uint32_t line);
    void keep_out(const DecodedLine&, std::uint64_t line);
    void extend_run(std::uint32_t order, const CsvReader&);
    void refuse_order(std::string_view id);
    void settle(std::string_view id, std::uint64_t line);
    void hold_back(std::string_view id, std::uint64_t line);
    void report(std::uint64_t line, std::string column, std::string_view order, std::string reason,
                Consequence = Consequence::order_not_imported);

    bool is_stock_correction(const Order&) const;
    std::optional<LineFault> fault_of(const Order&, std::uint32_t& line) const;
    std::string id_of(const Order&, CsvReader&) const;
    bool is_refused(const Order&) const;
    void refuse_wrong_orders(CsvReader&);
    bool accept(const Order&, CsvReader&);
    OrderIndex sorted(const std::vector<std::uint32_t>& accepted);

    const OrderMapping* mapping_;
    IssueSink issues_;
    ImportSummary* summary_;
    LineDecoder decoder_;
    DecodedLine line_;

    std::vector<Order> orders_;
    std::vector<std::uint32_t> table_;  // open addressing: 1 + index into orders_, 0 = free
    std::vector<OrderIndex::Run> runs_;
    std::vector<std::uint32_t> run_orders_;
    std::unordered_set<Key, KeyHash> refused_;

    std::string last_id_;  // of the last record whose id is sure
    std::uint64_t last_line_ = 0;
    std::optional<std::uint32_t> last_order_;  // its order, when it has one; the open run's too
    bool run_open_ = false;
    LastText last_customer_;
    LastText last_country_;

    struct Unreadable {
        std::uint64_t line;
        std::string id;  // what seems to be the id, or empty
    };
    std::optional<Unreadable> unreadable_;  // not settled yet to which order it belongs
};

}  // namespace perennial::transfer
