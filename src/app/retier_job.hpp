// The job that looks at every card of a program and, unless it is a preview, moves it to its tier. The
// reckoning is done on a reader; the writer only checks that the card has not moved on since.
#pragma once
#include "app/app.hpp"
#include "platform/jobs/workers.hpp"

namespace perennial::app {

jobs::Kind retier_job(Engine&);

}  // namespace perennial::app
