#pragma once
#include "app/app.hpp"
#include "platform/jobs/workers.hpp"

namespace perennial::app {

inline constexpr std::string_view export_job = "export";

/// Writes the file of an export, a part a slice. After a kill it begins anew: what was found is gone.
jobs::Kind export_jobs(Engine&);

}  // namespace perennial::app
