#include "platform/db/driver.hpp"

#include <algorithm>
#include <numeric>

namespace perennial::db {

bool value_less(const Value& a, const Value& b) {
    if (a.kind != b.kind) return a.kind < b.kind;
    if (a.kind == Value::Kind::integer) return a.integer < b.integer;
    return a.bytes < b.bytes;
}

namespace {

bool row_less(std::span<const Value> a, std::span<const Value> b) {
    return std::ranges::lexicographical_compare(a, b, value_less);
}

bool has_null(std::span<const Value> row) {
    return std::ranges::any_of(row, [](const Value& v) { return v.kind == Value::Kind::null; });
}

}  // namespace

std::vector<std::size_t> distinct_in_key_order(const Rows& keys) {
    std::vector<std::size_t> order;
    order.reserve(keys.count());
    for (std::size_t i = 0; i < keys.count(); ++i) {
        if (!has_null(keys.row(i))) order.push_back(i);
    }
    const auto less = [&](std::size_t a, std::size_t b) {
        return row_less(keys.row(a), keys.row(b));
    };
    const auto not_after = [&](std::size_t a, std::size_t b) { return !less(a, b); };
    if (std::ranges::adjacent_find(order, not_after) == order.end()) return order;
    std::ranges::sort(order, less);
    const auto repeated = std::ranges::unique(order, not_after);
    order.erase(repeated.begin(), repeated.end());
    return order;
}

std::vector<std::size_t> in_given_order(const Rows& rows) {
    std::vector<std::size_t> order(rows.count());
    std::iota(order.begin(), order.end(), std::size_t{0});
    return order;
}

std::vector<std::size_t> in_key_order(const Rows& rows, std::size_t keys) {
    const auto less = [&](std::size_t a, std::size_t b) {
        return row_less(rows.row(a).first(keys), rows.row(b).first(keys));
    };
    auto order = in_given_order(rows);
    std::ranges::sort(order, less);
    for (std::size_t i = 1; i < order.size(); ++i) CHECK(less(order[i - 1], order[i]));
    return order;
}

std::string joined(std::span<const char* const> names, std::string_view separator) {
    std::string out;
    for (const char* name : names) {
        if (!out.empty()) out += separator;
        out += name;
    }
    return out;
}

std::string conflict_text(const Insert& form) {
    if (form.or_add.empty()) return "NOTHING";
    std::string sql;
    for (const char* column : form.or_add) {
        sql += fmt::format("{} {} = {}.{} + excluded.{}", sql.empty() ? "UPDATE SET" : ",", column,
                           form.table, column, column);
    }
    return sql;
}

bool starts_with_word(std::string_view sql, std::string_view word) {
    const auto start = sql.find_first_not_of(" \t\r\n(");
    if (start == std::string_view::npos || sql.size() - start < word.size()) return false;
    sql.remove_prefix(start);
    const auto upper = [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; };
    for (std::size_t i = 0; i < word.size(); ++i) {
        if (upper(sql[i]) != upper(word[i])) return false;
    }
    return sql.size() == word.size() || sql[word.size()] <= ' ' || sql[word.size()] == '(';
}

bool changes_rows(std::string_view sql) {
    return starts_with_word(sql, "insert") || starts_with_word(sql, "update") ||
           starts_with_word(sql, "delete") || starts_with_word(sql, "with");
}

}  // namespace perennial::db
