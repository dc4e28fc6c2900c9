#include "modules/transfer/order_mapping.hpp"

#include <fmt/format.h>

#include <array>

#include "modules/transfer/near_miss.hpp"

namespace perennial::transfer {
namespace {

constexpr std::array<std::string_view, 7> kind_words{"product",   "shipping", "discount",  "fee",
                                                     "gift_card", "ignore",   "adjustment"};

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

std::span<const std::string_view> line_kind_words() {
    return kind_words;
}

std::string_view to_text(LineKind kind) {
    return kind_words[static_cast<std::size_t>(kind)];
}

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
