#pragma once
#include "base/error.hpp"
#include "platform/config/config.hpp"

namespace perennial::cli {

/// Puts a backup in the place of the configured SQLite database: checks it, copies it beside,
/// renames. The database that was there stays as FILE.before-restore. Refuses: not SQLite, a
/// running server, no backup of ours, damaged.
Result<void> restore(const config::Settings&, const std::string& backup);

}  // namespace perennial::cli
