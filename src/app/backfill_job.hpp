// What a migration left to do, as jobs: bounded slices, resumed where a killed server was.
#pragma once
#include "app/app.hpp"
#include "platform/jobs/workers.hpp"

namespace perennial::app {

jobs::Kind backfill_job(Engine&);
/// Turns the rows of `backfills` into jobs; each becomes one, however many servers start.
void start_backfills(Engine&);

}  // namespace perennial::app
