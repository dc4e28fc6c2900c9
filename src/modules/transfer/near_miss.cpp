#include "modules/transfer/near_miss.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <vector>

namespace perennial::transfer {
namespace {

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
        if (static_cast<unsigned char>(c) >= 0x80 || (c >= 'a' && c <= 'z') ||
            (c >= '0' && c <= '9'))
            out += c;
    }
    return out;
}

}  // namespace

std::string did_you_mean(std::string_view wrong, std::span<const std::string_view> words) {
    std::string best;
    std::size_t best_edits = 3;
    const std::string wanted = folded(wrong.substr(0, 100));
    for (std::string_view name : words) {
        const std::size_t count = edits(wanted, folded(name.substr(0, 100)));
        if (count >= best_edits || count >= std::max<std::size_t>(wanted.size(), 1)) continue;
        best_edits = count;
        best = name;
    }
    return best.empty() ? std::string() : fmt::format("; did you mean \"{}\"?", best);
}

}  // namespace perennial::transfer
