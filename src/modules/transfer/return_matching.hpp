// Which line of which earlier order a returned line gives back (decisions.md 16): the customer's
// latest earlier line of the SKU with enough left; one line must suffice; of lines of the same
// time, the later line of the file.
//
//   bought                             returned in March
//   order 1, Jan: MUG x 6 (left 6)     MUG x 2 -> order 2, which has 1 left then
//   order 2, Feb: MUG x 3 (left 3)     MUG x 2 -> order 1 (order 2 has too few), 4 left
//                                      MUG x 5 -> unmatched: no one line has 5
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/time.hpp"

namespace perennial::transfer {

/// A line that a customer bought; the caller gives all that may match, in any order.
struct BoughtLine {
    Timestamp order_time;
    std::uint32_t order = 0;  ///< the caller's number of the order
    std::uint32_t line = 0;   ///< the caller's number of the line in it
    std::string_view sku;     ///< in one case, as the mapping made it
    std::int64_t quantity_left = 0;
    std::uint64_t sequence = 0;  ///< grows with the place in the file: its line number will do
};

struct ReturnedLine {
    std::string_view sku;
    std::int64_t quantity = 0;  ///< above 0
};

/// Index into `bought`, or nothing. A line counts as earlier when its order's time is not after
/// `returned_at`; the caller leaves out what comes after the return at the same moment.
std::optional<std::size_t> match_returned_line(std::span<const BoughtLine> bought,
                                               const ReturnedLine& returned, Timestamp returned_at);

/// All lines of one return in file order, each taking from `quantity_left` what it matched.
std::vector<std::optional<std::size_t>> match_return(std::span<BoughtLine> bought,
                                                     std::span<const ReturnedLine> returned,
                                                     Timestamp returned_at);

}  // namespace perennial::transfer
