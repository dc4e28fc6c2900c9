// Async actions are the API's view of jobs (api.md 14). What the compatible API does later is mostly
// done at once here; its record is written in the transaction that does it.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "modules/projects/route.hpp"
#include "platform/jobs/jobs.hpp"

namespace perennial::async_actions {

/// A row of the request that was not done, in the words of its kind: {"code": …, "reason": …}.
struct Result {
    std::string message = {};
    std::int64_t done_count = 0;
    std::vector<json::object> failed = {};
};

/// Records in this transaction that an action is finished. `type` as "VOUCHERS.IMPORT".
jobs::JobId record(const projects::Context&, std::string_view type, const Result&);
/// The job that will do the action; `kind` is its handler's.
jobs::JobId enqueue(const projects::Context&, std::string_view type, std::string kind,
                    std::string payload);
/// 202 {"async_action_id": …}
http::Response accepted(const jobs::JobId&);

/// Rows that a job does one by one, in slices; rows that cannot be done are named in the result, and
/// hold back no other.
struct RowWork {
    std::string type;  ///< of the action
    std::string kind;  ///< of the job: which rows these are
    std::vector<json::object> rows;
    std::vector<json::object> failed;  ///< known to be wrong before anything is done
    std::vector<std::int64_t> numbers;  ///< of each row in the request or file; empty = 1, 2, 3 …
};

/// Enqueues the work and answers its async_action_id. The answer waits a moment for the work to be
/// done, so that a small job is finished when the client first looks.
projects::Command command_of(RowWork, int status = 202);

/// One entry of `failed`: {row, source_id?, code, reason, errors?}.
json::object failed_row(std::int64_t row, std::string_view source_id, const Error&);

/// The JSON of a result, for handlers of jobs.
std::string result_json(const Result&);
json::object to_json(const jobs::Job&, bool with_result);

}  // namespace perennial::async_actions
