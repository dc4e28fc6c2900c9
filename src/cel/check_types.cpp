#include <algorithm>

#include "cel/checker.hpp"

namespace perennial::cel {
namespace {

using enum Kind;

bool is_exact(const Type& type) {
    return type.kind == decimal || type.kind == integer || type.kind == unsigned_integer;
}

std::optional<Type> sum_type(Operator op, const Type& left, const Type& right) {
    const Kind a = left.kind;
    const Kind b = right.kind;
    const bool add = op == Operator::add;
    if (a == timestamp && b == duration) return timestamp;
    if (a == duration && b == timestamp && add) return timestamp;
    if (a == duration && b == duration) return duration;
    if (a == timestamp && b == timestamp && !add) return duration;
    if (!add || a != b) return std::nullopt;
    if (a == string || a == bytes) return a;
    if (a == list) return Type::list(join(left.element_type(), right.element_type()));
    return std::nullopt;
}

std::optional<Type> arithmetic_type(Operator op, const Type& left, const Type& right) {
    if (left.is_dyn() || right.is_dyn()) return dyn;
    if (op == Operator::add || op == Operator::subtract)
        if (const auto sum = sum_type(op, left, right)) return sum;
    if (left.kind == decimal || right.kind == decimal) {
        if (!is_exact(left) || !is_exact(right) || op == Operator::modulo) return std::nullopt;
        return decimal;
    }
    if (left.kind != right.kind || !left.is_number()) return std::nullopt;
    if (op == Operator::modulo && left.kind == floating) return std::nullopt;
    return left.kind;
}

bool may_order(const Type& left, const Type& right) {
    if (left.is_dyn() || right.is_dyn()) return true;
    if (left.is_number() && right.is_number()) return true;
    constexpr Kind ordered[] = {boolean, string, bytes, timestamp, duration};
    return left.kind == right.kind && std::ranges::find(ordered, left.kind) != std::end(ordered);
}

/// Letters changed, left out, put in or swapped with their neighbour; case counts for nothing.
std::size_t edits(std::string_view a, std::string_view b) {
    const auto same = [&](std::size_t i, std::size_t j) { return (a[i] | 0x20) == (b[j] | 0x20); };
    std::vector<std::size_t> before_last;
    std::vector<std::size_t> last;
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        before_last = std::move(last);
        last = row;
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            row[j] = std::min({last[j] + 1, row[j - 1] + 1,
                               last[j - 1] + (same(i - 1, j - 1) ? 0u : 1u)});
            const bool swapped = i > 1 && j > 1 && same(i - 1, j - 2) && same(i - 2, j - 1);
            if (swapped) row[j] = std::min(row[j], before_last[j - 2] + 1);
        }
    }
    return row[b.size()];
}

}  // namespace

bool may_equal(const Type& left, const Type& right) {
    if (left.is_dyn() || right.is_dyn()) return true;
    // An optional is none or has a value, and is never null itself.
    if (left.kind == null || right.kind == null)
        return left.kind != optional && right.kind != optional;
    if (left.is_number() && right.is_number()) return true;
    if (left.kind != right.kind) return false;
    if (left.kind == structure) return left.structure == right.structure;
    if (left.kind == map && !may_equal(left.key_type(), right.key_type())) return false;
    if (left.kind == list || left.kind == map || left.kind == optional)
        return may_equal(left.element_type(), right.element_type());
    return true;
}

std::optional<Type> operator_type(Operator op, const Type& left, const Type& right) {
    switch (op) {
        case Operator::equal:
        case Operator::not_equal:
            if (may_equal(left, right)) return boolean;
            return std::nullopt;
        case Operator::less:
        case Operator::less_equal:
        case Operator::greater:
        case Operator::greater_equal:
            if (may_order(left, right)) return boolean;
            return std::nullopt;
        case Operator::in:
            if (right.is_dyn()) return boolean;
            if (right.kind == list && may_equal(left, right.element_type())) return boolean;
            if (right.kind == map && may_equal(left, right.key_type())) return boolean;
            return std::nullopt;
        case Operator::index:
            if (left.is_dyn()) return dyn;
            if (left.kind == list && (right.kind == integer || right.is_dyn()))
                return left.element_type();
            if (left.kind == map && may_equal(right, left.key_type())) return left.element_type();
            return std::nullopt;
        default: return arithmetic_type(op, left, right);
    }
}

Type join(const Type& a, const Type& b) {
    if (a.open) return b;
    if (b.open) return a;
    if (a.kind == null && b.kind != null) return b.or_null();
    if (b.kind == null && a.kind != null) return a.or_null();
    if (a == b) return a.nullable ? a : b;
    if (a.kind == list && b.kind == list)
        return Type::list(join(a.element_type(), b.element_type()));
    if (a.kind == optional && b.kind == optional)
        return Type::optional(join(a.element_type(), b.element_type()));
    if (a.kind == map && b.kind == map)
        return Type::map(join(a.key_type(), b.key_type()), join(a.element_type(), b.element_type()));
    return dyn;
}

std::string_view closest(std::string_view written, std::span<const std::string_view> candidates) {
    std::string_view best;
    std::size_t best_edits = std::max<std::size_t>(1, written.size() / 3);
    for (const std::string_view candidate : candidates) {
        if (candidate.size() > written.size() + best_edits) continue;
        const std::size_t needed = edits(written, candidate);
        if (needed > best_edits || (needed == best_edits && !best.empty())) continue;
        if (needed >= candidate.size()) continue;
        best = candidate;
        best_edits = needed;
    }
    return best;
}

}  // namespace perennial::cel
