#include "modules/transfer/return_matching.hpp"

#include <tuple>

namespace perennial::transfer {

std::optional<std::size_t> match_returned_line(std::span<const BoughtLine> bought,
                                               const ReturnedLine& returned,
                                               Timestamp returned_at) {
    std::optional<std::size_t> best;
    for (std::size_t i = 0; i < bought.size(); ++i) {
        const BoughtLine& line = bought[i];
        if (line.sku != returned.sku || line.quantity_left < returned.quantity ||
            line.order_time > returned_at)
            continue;
        if (!best || std::tuple(line.order_time, line.sequence) >
                         std::tuple(bought[*best].order_time, bought[*best].sequence))
            best = i;
    }
    return best;
}

std::vector<std::optional<std::size_t>> match_return(std::span<BoughtLine> bought,
                                                     std::span<const ReturnedLine> returned,
                                                     Timestamp returned_at) {
    std::vector<std::optional<std::size_t>> out;
    out.reserve(returned.size());
    for (const ReturnedLine& line : returned) {
        CHECK(line.quantity > 0);
        out.push_back(match_returned_line(bought, line, returned_at));
        if (out.back()) bought[*out.back()].quantity_left -= line.quantity;
    }
    return out;
}

}  // namespace perennial::transfer
