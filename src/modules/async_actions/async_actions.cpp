#include "modules/async_actions/async_actions.hpp"

#include <boost/json.hpp>

#include "platform/jobs/finished.hpp"
#include "platform/jobs/parts.hpp"

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

// What a slice of the work is: a few thousand small rows a second, and live traffic in between.
constexpr std::size_t slice_rows = 200;
constexpr std::size_t slice_bytes = 128 * 1024;
constexpr std::int64_t answer_waits_ms = 500;

std::vector<std::string> slices_of(const RowWork& work) {
    std::vector<std::string> out;
    std::string text;
    std::size_t count = 0;
    const auto flush = [&] {
        if (count > 0) out.push_back("[" + text + "]");
        text.clear();
        count = 0;
    };
    for (std::size_t i = 0; i < work.rows.size(); ++i) {
        if (count > 0) text += ',';
        text += to_text(json::object{
            {"row", work.numbers.empty() ? static_cast<std::int64_t>(i) + 1 : work.numbers[i]},
            {"body", work.rows[i]}});
        if (++count == slice_rows || text.size() >= slice_bytes) flush();
    }
    flush();
    return out;
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

projects::Command command_of(RowWork work, int status) {
    struct Shared {
        std::string type;
        std::string kind;
        std::vector<std::string> slices;
        std::string payload;
        jobs::JobKey job;
    };
    auto shared = std::make_shared<Shared>();
    shared->slices = slices_of(work);
    json::array failed;
    for (json::object& one : work.failed) failed.push_back(std::move(one));
    shared->payload = to_text(json::object{{"rows", work.rows.size()},
                                           {"slices", shared->slices.size()},
                                           {"failed", std::move(failed)}});
    shared->type = std::move(work.type);
    shared->kind = std::move(work.kind);
    projects::Command command;
    command.run = [shared, status](const projects::Context& context) {
        const jobs::JobId id = enqueue(context, shared->type, shared->kind, shared->payload);
        auto& parts = context.batch.get<jobs::PartSet>();
        for (std::size_t i = 0; i < shared->slices.size(); ++i)
            parts.add(context.project, id, static_cast<std::int64_t>(i), shared->slices[i]);
        shared->job = {context.project, id};
        http::Response response = accepted(id);
        response.status = status;
        return perennial::Result<http::Response>(std::move(response));
    };
    command.after = [shared] { jobs::finished_jobs().wait(shared->job, answer_waits_ms); };
    return command;
}

json::object failed_row(std::int64_t row, std::string_view source_id, const Error& error) {
    json::object out{{"row", row}};
    if (!source_id.empty()) out["source_id"] = source_id;
    out["code"] = error.code->key;
    out["reason"] = error.details.empty() ? error.code->message : std::string_view(error.details);
    if (!error.issues.empty()) {
        json::array issues;
        for (const FieldIssue& issue : error.issues)
            issues.push_back(json::object{{"pointer", issue.pointer},
                                          {"key", issue.key},
                                          {"message", issue.message}});
        out["errors"] = std::move(issues);
    }
    return out;
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
