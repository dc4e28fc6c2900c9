// One record of the file -> what it says, by the mapping. Every mistake of the record is found.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"
#include "modules/transfer/decimal.hpp"
#include "modules/transfer/order_mapping.hpp"
#include "modules/transfer/order_times.hpp"

namespace perennial::transfer {

struct LineFault {
    std::string column;  ///< its header
    std::string reason;
};

/// Texts point into the record, the mapping or the decoder: valid until the next record.
struct DecodedLine {
    std::string_view order_id;  ///< empty = not readable
    std::string_view customer, country, store, sku, name;
    LineKind kind = LineKind::product;
    std::string_view why_kept_out;  ///< for ignored and adjustment: the code or prefix that says so
    bool is_return = false;
    bool below_zero = false;    ///< the file's quantity is negative
    bool free = false;          ///< price (or, without one, amount) 0
    std::int64_t quantity = 0;  ///< of a return: without sign
    std::optional<Decimal> unit_price;
    std::int64_t amount = 0;  ///< the same
    Timestamp time;

    bool kept_out() const { return kind == LineKind::ignored || kind == LineKind::adjustment; }
};

class LineDecoder {
  public:
    explicit LineDecoder(const OrderMapping& mapping);

    /// False when the record has faults. The order id is there all the same when it can be read. A
    /// line that is kept out is read no further than to its order id and code.
    bool decode(std::span<const std::string_view> fields, DecodedLine& out);
    const std::vector<LineFault>& faults() const { return faults_; }

  private:
    void fault(const ColumnSource& column, std::string reason);
    void read_texts(std::span<const std::string_view> fields, DecodedLine& out);
    void read_quantity(std::span<const std::string_view> fields, DecodedLine& out);
    void read_price(std::span<const std::string_view> fields, DecodedLine& out);
    void decide_return(std::span<const std::string_view> fields, DecodedLine& out);
    void read_amount(std::span<const std::string_view> fields, DecodedLine& out);
    void read_time(std::span<const std::string_view> fields, DecodedLine& out);
    void check_signs(DecodedLine& out);
    std::string_view text(const ColumnSource& column, std::span<const std::string_view> fields,
                          std::size_t bytes_max);

    const OrderMapping* mapping_;
    TimeParser times_;
    std::string sku_;
    std::vector<LineFault> faults_;
};

}  // namespace perennial::transfer
