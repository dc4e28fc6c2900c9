// Jobs that do the rows of an async action one by one (async_actions::RowWork): a slice of rows is one
// transaction together with where the next slice begins, so a killed server goes on there and does no
// row twice, and live requests come in between.
#pragma once
#include <functional>

#include "app/app.hpp"
#include "platform/jobs/workers.hpp"

namespace perennial::app {

/// What one row asks for. Its answer's body is not looked at.
using RowCommand =
    std::function<Result<projects::Command>(const json::object& row, projects::ProjectNumber)>;

/// A handler for `RowWork` of this kind.
jobs::Kind row_jobs(Engine&, std::string kind, RowCommand);

/// The commands of a slice that refused, by their index.
using Refused = std::vector<std::pair<std::size_t, Error>>;

/// Commits the commands as one slice of the job; those that refuse change nothing and hold back no other.
/// `settle` gives the position of the next slice; `also` joins the transaction. Both may be called
/// again. False: return Outcome::stopped().
[[nodiscard]] bool commit_commands(Engine&, jobs::JobContext&,
                                   const std::vector<projects::Command>&,
                                   FunctionRef<std::string(const Refused&)> settle, int percent,
                                   FunctionRef<void(work::Batch&)> also);

}  // namespace perennial::app
