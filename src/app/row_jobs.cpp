#include "app/row_jobs.hpp"

#include "modules/async_actions/async_actions.hpp"
#include "platform/jobs/parts.hpp"
#include "platform/metrics/metrics.hpp"

namespace perennial::app {
namespace {

constexpr std::size_t failures_listed_max = 1000;

metrics::Counter& rows_counter(std::string_view outcome) {
    return metrics::registry().counter("perennial_job_rows_total",
                                       "Rows of bulk changes and imports, by outcome",
                                       {{"outcome", std::string(outcome)}});
}

// Where a job of rows stands, as its position says.
struct Progress {
    std::int64_t next = 0;  ///< slice
    std::int64_t done = 0;
    std::int64_t failed_count = 0;
    json::array failed;

    void add_failed(json::object row) {
        ++failed_count;
        if (failed.size() < failures_listed_max) failed.push_back(std::move(row));
    }
    std::string text() const {
        return to_text(json::object{
            {"next", next}, {"done", done}, {"failed_count", failed_count}, {"failed", failed}});
    }
};

Progress progress_of(const jobs::Job& job, const json::object& payload) {
    Progress out;
    if (job.position.empty()) {
        for (const json::value& row : payload.at("failed").as_array()) out.add_failed(row.as_object());
        return out;
    }
    const json::value stored = json::parse(job.position);
    out.next = stored.at("next").as_int64();
    out.done = stored.at("done").as_int64();
    out.failed_count = stored.at("failed_count").as_int64();
    out.failed = stored.at("failed").as_array();
    return out;
}

std::string result_text(const Progress& progress) {
    std::string message =
        fmt::format("{} done, {} failed", progress.done, progress.failed_count);
    if (progress.failed_count > static_cast<std::int64_t>(progress.failed.size()))
        message += fmt::format("; the first {} failures are listed", progress.failed.size());
    return to_text(json::object{{"message", message},
                                {"failed", progress.failed},
                                {"done_count", progress.done},
                                {"failed_count", progress.failed_count}});
}

std::string source_of(const json::object& row) {
    const json::value* source = row.if_contains("source_id");
    return source != nullptr && source->is_string() ? std::string(source->get_string())
                                                    : std::string();
}

jobs::Outcome run_rows(Engine& engine, jobs::JobContext& job, const RowCommand& command_of_row) {
    const json::value payload = json::parse(job.job().payload);
    const std::int64_t slices = payload.at("slices").as_int64();
    const jobs::JobKey key = job.job().key;
    Progress progress = progress_of(job.job(), payload.as_object());
    while (progress.next < slices) {
        std::optional<std::string> part;
        engine.database().read([&](db::Tx& tx) {
            part = jobs::load_part(tx, key.project, key.id, progress.next);
        });
        CHECK(part.has_value());
        const json::value rows = json::parse(*part);
        std::vector<projects::Command> commands;
        std::vector<const json::value*> row_of;
        const Progress before = progress;
        std::vector<json::object> unreadable;
        for (const json::value& row : rows.as_array()) {
            auto command = command_of_row(row.at("body").as_object(), key.project);
            if (command) {
                commands.push_back(*std::move(command));
                row_of.push_back(&row);
            } else {
                unreadable.push_back(async_actions::failed_row(
                    row.at("row").as_int64(), source_of(row.at("body").as_object()),
                    command.error()));
            }
        }
        const auto settle = [&](const Refused& refused) {
            progress = before;
            for (const json::object& one : unreadable) progress.add_failed(one);
            for (const auto& [i, error] : refused)
                progress.add_failed(async_actions::failed_row(
                    row_of[i]->at("row").as_int64(), source_of(row_of[i]->at("body").as_object()),
                    error));
            progress.done += std::ssize(commands) - std::ssize(refused);
            ++progress.next;
            return progress.text();
        };
        const auto drop_part = [&](work::Batch& batch) {
            batch.get<jobs::PartSet>().remove(key.project, key.id, before.next);
        };
        const int percent = static_cast<int>((before.next + 1) * 100 / slices);
        const bool held = commit_commands(engine, job, commands, settle, percent, drop_part);
        if (!held) return jobs::Outcome::stopped();
        rows_counter("done").add(static_cast<std::uint64_t>(progress.done - before.done));
        rows_counter("failed").add(
            static_cast<std::uint64_t>(progress.failed_count - before.failed_count));
    }
    return jobs::Outcome::done(result_text(progress));
}

}  // namespace

bool commit_commands(Engine& engine, jobs::JobContext& job,
                     const std::vector<projects::Command>& commands,
                     FunctionRef<std::string(const Refused&)> settle, int percent,
                     FunctionRef<void(work::Batch&)> also) {
    const projects::ProjectNumber project = job.job().key.project;
    const std::string request_id = job.job().request_id;
    const projects::Actor actor{"job", projects::Role::admin, "API"};
    // Refusals that came after changes: those commands are left out of the next try.
    std::map<std::size_t, Error> late;
    for (;;) {
        std::optional<std::size_t> refused_late;
        std::string reached;
        const auto live = [&](auto&& each) {
            for (std::size_t i = 0; i < commands.size(); ++i)
                if (!late.contains(i)) each(i);
        };
        work::Unit unit;
        unit.lane = job.job().key.id.place();
        unit.want = [&](work::Batch& batch) {
            batch.get<projects::Set>().want(engine.cache(), project);
            live([&](std::size_t i) {
                if (commands[i].want) commands[i].want(batch);
            });
        };
        unit.want_more = [&](work::Batch& batch) {
            live([&](std::size_t i) {
                if (commands[i].want_more) commands[i].want_more(batch);
            });
        };
        unit.run = [&](work::Batch& batch) {
            const projects::SnapshotPtr& snapshot = batch.get<projects::Set>().snapshot(project);
            const Timestamp now = snapshot->project().now(batch.machine_now);
            const projects::Context context{batch, snapshot,       project,   actor,
                                            now,   now,            engine.cache(), request_id};
            Refused refused(late.begin(), late.end());
            live([&](std::size_t i) {
                try {
                    if (auto result = commands[i].run(context); !result)
                        refused.emplace_back(i, result.error());
                } catch (const projects::LateRefusal& refusal) {
                    refused_late = i;
                    late[i] = refusal.error;
                    throw db::Failure(db::Failure::Kind::error,
                                      "a row refused after facts had been changed");
                }
            });
            also(batch);
            reached = settle(refused);
        };
        try {
            const auto position = [&] { return reached; };
            return job.commit(std::move(unit), FunctionRef<std::string()>(position), percent);
        } catch (const db::Failure&) {
            if (!refused_late) throw;
        }
    }
}

jobs::Kind row_jobs(Engine& engine, std::string kind, RowCommand command_of_row) {
    return {std::move(kind), [&engine, command = std::move(command_of_row)](jobs::JobContext& job) {
                return run_rows(engine, job, command);
            }};
}

}  // namespace perennial::app
