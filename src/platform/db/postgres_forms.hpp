// The SQL of the bulk forms on PostgreSQL: one statement with an array a column. The arrays' types
// come from the catalog, so that columns of nulls have one too.
#pragma once
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "platform/db/postgres_values.hpp"

namespace perennial::db {

struct PostgresForm {
    std::string sql;
    std::vector<std::string> columns;  ///< of the rows of parameters, for messages
    std::vector<Oid> types;            ///< of these columns
};

/// Column types by name.
using ColumnTypes = std::map<std::string, Oid, std::less<>>;

/// Shared by the connections of one database.
class PostgresForms {
  public:
    using LoadTypes = FunctionRef<ColumnTypes(const char* table)>;

    const PostgresForm& of(const Insert&, LoadTypes);
    const PostgresForm& of(const Update&, LoadTypes);
    const PostgresForm& of(const Select&, LoadTypes);
    const PostgresForm& of(const Delete&, LoadTypes);

  private:
    template <class Form>
    const PostgresForm& find_or_make(const Form&, LoadTypes);

    std::mutex mutex_;
    std::unordered_map<const void*, std::unique_ptr<PostgresForm>> forms_;
};

}  // namespace perennial::db
