#include "platform/db/postgres_forms.hpp"

#include <fmt/format.h>

#include "platform/db/driver.hpp"

namespace perennial::db {

namespace {

std::vector<Oid> types_of(const ColumnTypes& types, const char* table,
                          const std::vector<std::string>& columns) {
    std::vector<Oid> out;
    for (const std::string& column : columns) {
        const auto found = types.find(column);
        if (found == types.end() || array_type_of(found->second) == 0) {
            throw Failure(Failure::Kind::error,
                          fmt::format("PostgreSQL: table {} has no column {} of a known type",
                                      table, column));
        }
        out.push_back(found->second);
    }
    return out;
}

/// "unnest($1::bigint[], $2::text[]) AS k(k_1, k_2)"
std::string arrays_text(std::span<const Oid> types) {
    std::string arrays;
    std::string names;
    for (std::size_t i = 0; i < types.size(); ++i) {
        arrays += fmt::format("{}${}::{}", i == 0 ? "" : ", ", i + 1, array_name_of(types[i]));
        names += fmt::format("{}k_{}", i == 0 ? "" : ", ", i + 1);
    }
    return fmt::format("unnest({}) AS k({})", arrays, names);
}

/// "t.a = k.k_1 AND t.b = k.k_2"
std::string key_text(std::span<const char* const> keys) {
    std::string sql;
    for (std::size_t i = 0; i < keys.size(); ++i) {
        sql += fmt::format("{}t.{} = k.k_{}", i == 0 ? "" : " AND ", keys[i], i + 1);
    }
    return sql;
}

std::string text_of(const Insert& form, std::span<const Oid> types) {
    std::string sql = fmt::format("INSERT INTO {} ({}) SELECT * FROM {}", form.table,
                                  joined(form.columns), arrays_text(types));
    if (!form.or_ignore.empty()) {
        sql += fmt::format(" ON CONFLICT ({}) DO {}", joined(form.or_ignore), conflict_text(form));
    }
    return sql;
}

std::string text_of(const Update& form, std::span<const Oid> types) {
    std::string set;
    for (std::size_t i = 0; i < form.set.size(); ++i) {
        set +=
            fmt::format("{}{} = k.k_{}", i == 0 ? "" : ", ", form.set[i], form.keys.size() + i + 1);
    }
    const std::size_t before_add = form.keys.size() + form.set.size();
    for (std::size_t i = 0; i < form.add.size(); ++i) {
        set += fmt::format("{}{} = t.{} + k.k_{}", set.empty() ? "" : ", ", form.add[i],
                           form.add[i], before_add + i + 1);
    }
    std::string sql = fmt::format("UPDATE {} AS t SET {} FROM {} WHERE {}", form.table, set,
                                  arrays_text(types), key_text(form.keys));
    if (*form.guard != '\0') sql += fmt::format(" AND ({})", form.guard);
    return sql;
}

std::string text_of(const Select& form, std::span<const Oid> types) {
    std::string columns;
    for (const char* column : form.columns) {
        columns += fmt::format("{}t.{}", columns.empty() ? "" : ", ", column);
    }
    std::string order;
    for (const char* key : form.keys) {
        order += fmt::format("{}t.{}", order.empty() ? "" : ", ", key);
    }
    // NO KEY: rows that refer to these may be written meanwhile; keys never change.
    return fmt::format("SELECT {} FROM {} AS t JOIN {} ON {} ORDER BY {}{}", columns, form.table,
                       arrays_text(types), key_text(form.keys), order,
                       form.for_update ? " FOR NO KEY UPDATE OF t" : "");
}

std::string text_of(const Delete& form, std::span<const Oid> types) {
    return fmt::format("DELETE FROM {} AS t USING {} WHERE {}", form.table, arrays_text(types),
                       key_text(form.keys));
}

std::vector<std::string> parameters_of(const Insert& form) {
    return {form.columns.begin(), form.columns.end()};
}

std::vector<std::string> parameters_of(const Update& form) {
    std::vector<std::string> columns(form.keys.begin(), form.keys.end());
    columns.insert(columns.end(), form.set.begin(), form.set.end());
    columns.insert(columns.end(), form.add.begin(), form.add.end());
    return columns;
}

std::vector<std::string> parameters_of(const Select& form) {
    return {form.keys.begin(), form.keys.end()};
}

std::vector<std::string> parameters_of(const Delete& form) {
    return {form.keys.begin(), form.keys.end()};
}

}  // namespace

template <class Form>
const PostgresForm& PostgresForms::find_or_make(const Form& form, LoadTypes load_types) {
    {
        const std::lock_guard lock(mutex_);
        if (const auto found = forms_.find(&form); found != forms_.end()) return *found->second;
    }
    auto made = std::make_unique<PostgresForm>();
    made->columns = parameters_of(form);
    made->types = types_of(load_types(form.table), form.table, made->columns);
    made->sql = text_of(form, made->types);
    const std::lock_guard lock(mutex_);
    return *forms_.try_emplace(&form, std::move(made)).first->second;
}

const PostgresForm& PostgresForms::of(const Insert& form, LoadTypes load) {
    return find_or_make(form, load);
}
const PostgresForm& PostgresForms::of(const Update& form, LoadTypes load) {
    return find_or_make(form, load);
}
const PostgresForm& PostgresForms::of(const Select& form, LoadTypes load) {
    return find_or_make(form, load);
}
const PostgresForm& PostgresForms::of(const Delete& form, LoadTypes load) {
    return find_or_make(form, load);
}

}  // namespace perennial::db
