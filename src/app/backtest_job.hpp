// The job that replays all members of a program, some at a time on a reader; what was added up so far is
// its position.
#pragma once
#include "app/app.hpp"
#include "platform/jobs/workers.hpp"

namespace perennial::app {

jobs::Kind backtest_job(Engine&);

}  // namespace perennial::app
