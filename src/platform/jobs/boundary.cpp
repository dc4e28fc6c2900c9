#include "platform/jobs/boundary.hpp"

#include <exception>

#include "platform/db/database.hpp"
#include "platform/log/log.hpp"
#include "platform/metrics/metrics.hpp"

namespace perennial::jobs {

bool attempt(std::string_view what, FunctionRef<void()> body) {
    try {
        body();
        return true;
    } catch (const db::Failure& failure) {
        log::warn("waits for the database", {{"what", what}, {"error", failure.what()}});
    } catch (const std::exception& broken) {
        metrics::registry()
            .counter("perennial_job_errors_total", "Unexpected errors in background work")
            .add();
        log::error("unexpected error", {{"what", what}, {"error", broken.what()}});
    }
    return false;
}

}  // namespace perennial::jobs
