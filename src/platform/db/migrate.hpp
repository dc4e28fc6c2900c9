// Forward migrations: migrations/NNNN_<module>_<what>.sql, embedded in the binary at build time.
// One text for both databases with these words: $int (INTEGER | bigint), $small (INTEGER |
// smallint), $text (TEXT | text COLLATE "C"), $blob (BLOB | bytea), $clustered (WITHOUT ROWID,
// STRICT | nothing), $updated (the same | WITH (fillfactor = 80): rows that change often). Statements end with a line-final ';'.
#pragma once
#include <span>
#include <string>
#include <string_view>

#include "platform/db/database.hpp"

namespace perennial::db {

struct Migration {
    int number;
    std::string_view name;  ///< "0001_base"
    std::string_view sql;
};

/// All migrations of this binary, by number (generated at build time from migrations/).
std::span<const Migration> migrations();

/// The text for one dialect.
std::string translate(std::string_view sql, Dialect);

}  // namespace perennial::db
