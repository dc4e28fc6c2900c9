#pragma once

namespace perennial::db {

/// Mends costs of SQLite's page cache and allocator (see the source). Before the first use of SQLite; later calls
/// do nothing.
void set_up_sqlite_page_cache();

}  // namespace perennial::db
