#include "modules/async_actions/async_actions.hpp"

#include <boost/json.hpp>

namespace perennial::async_actions {
namespace {

jobs::NewJob new_job(const projects::Context& context, std::string_view type) {
    return {.project = context.project,
            .place = place_of(context.request_id),
            .kind = {},
            .action = std::string(type),
            .request_id = std::string(context.request_id),
            .created_at = context.recorded_at};
}

std::string_view status_of(jobs::JobState state) {
    switch (state) {
        case jobs::JobState::waiting: return "ENQUEUED";
        case jobs::JobState::running: return "IN_PROGRESS";
        case jobs::JobState::done: return "DONE";
        case jobs::JobState::failed: return "FAILED";
    }
    return "";
}

std::string_view operation_status_of(jobs::JobState state) {
    switch (state) {
        case jobs::JobState::done: return "SUCCESS";
        case jobs::JobState::failed: return "FAILED";
        default: return "UNKNOWN";
    }
}

}  // namespace

jobs::JobId record(const projects::Context& context, std::string_view type, const Result& result) {
    return context.batch.get<jobs::JobSet>().record_finished(
        context.batch, new_job(context, type), result_json(result), true);
}

jobs::JobId enqueue(const projects::Context& context, std::string_view type, std::string kind,
                    std::string payload) {
    jobs::NewJob job = new_job(context, type);
    job.kind = std::move(kind);
    job.payload = std::move(payload);
    return context.batch.get<jobs::JobSet>().enqueue(context.batch, std::move(job));
}

http::Response accepted(const jobs::JobId& id) {
    return http::json_response(to_text(json::object{{"async_action_id", id.text()}}), 202);
}

std::string result_json(const Result& result) {
    json::array failed;
    for (const json::object& one : result.failed) failed.push_back(one);
    return to_text(json::object{{"message", result.message},
                                {"failed", std::move(failed)},
                                {"done_count", result.done_count},
                                {"failed_count", result.failed.size()}});
}

json::object to_json(const jobs::Job& job, bool with_result) {
    json::object out{{"id", job.key.id.text()},
                     {"type", job.action},
                     {"status", status_of(job.state)}};
    if (with_result)
        out["result"] = job.result.empty() ? json::value() : json::parse(job.result);
    out["created_at"] = job.created_at.iso();
    out["updated_at"] = job.updated_at ? json::value(job.updated_at->iso()) : json::value();
    out["operation_status"] = operation_status_of(job.state);
    out["request_id"] = job.request_id;
    out["progress"] = job.progress;
    out["processing_time"] = job.took_ms;
    out["object"] = "async_action";
    return out;
}

}  // namespace perennial::async_actions
