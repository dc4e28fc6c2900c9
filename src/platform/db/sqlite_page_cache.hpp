#pragma once

namespace perennial::db {

/// Mends a cost of SQLite's page cache (see the source). Before the first use of SQLite; later calls
/// do nothing.
void set_up_sqlite_page_cache();

}  // namespace perennial::db
