// The online backup: steps on the writer's own connection between batches, so that pages changed
// meanwhile reach the copy too and it never starts over.
#pragma once
#include <string>

#include "platform/db/sqlite_connection.hpp"
#include "platform/db/turn.hpp"

namespace perennial::db {

/// Copies into a file beside `file`, syncs and renames it. Refuses when `file` exists.
Result<void> back_up_sqlite(SqliteConnection& writer, Turn& turn, const std::string& file);

}  // namespace perennial::db
