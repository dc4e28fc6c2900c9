// What the command line does besides serving.
#pragma once
#include "app/app.hpp"

namespace perennial::app {

/// Puts a backup in the place of the configured SQLite database: checks it, copies it beside, renames.
/// The database that was there stays as FILE.before-restore. Refuses: not SQLite, a running server,
/// no backup of ours, damaged.
Result<void> restore(const config::Settings&, const std::string& backup);

/// {"timezone", "currency"} of a project that has no cards yet: a program's zone is fixed once it has
/// a lot (decisions.md 21).
Result<void> set_project(Engine&, projects::ProjectNumber, const json::value& wanted);

/// Copies a project with its definitions into an empty database; its number there.
projects::ProjectNumber copy_definitions(Engine& from, projects::ProjectNumber, Engine& to);

/// Members and points by program, for the end of an import.
std::string points_summary(Engine&, projects::ProjectNumber);

/// The id of a customer's oldest card; nothing when there is no such customer or card.
std::optional<std::string> card_of_customer(Engine&, projects::ProjectNumber,
                                            const std::string& id_or_source);

}  // namespace perennial::app
