// The kinds of background work that this server does: one list.
#pragma once
#include "app/app.hpp"
#include "platform/jobs/workers.hpp"

namespace perennial::app {

std::vector<jobs::Kind> job_kinds(Engine&, const config::Settings&);

}  // namespace perennial::app
