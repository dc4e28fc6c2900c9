#include <fmt/format.h>

#include <condition_variable>
#include <filesystem>

#include "app/app.hpp"
#include "app/idempotency.hpp"
#include "modules/members/commands.hpp"
#include "modules/members/profile.hpp"
#include "modules/projects/store.hpp"
#include "platform/http/error_response.hpp"
#include "platform/http/server.hpp"
#include "platform/log/log.hpp"

namespace perennial::app {
namespace {

Error error_of(const db::Failure& failure) {
    switch (failure.kind()) {
        case db::Failure::Kind::disk_full:
            return {&error::service_unavailable,
                    "The disk is full: nothing was changed, reading goes on. Free some space; writing "
                    "starts again by itself"};
        case db::Failure::Kind::retry:
        case db::Failure::Kind::connection:
        case db::Failure::Kind::unknown:
        case db::Failure::Kind::unavailable:
            return {&error::service_unavailable,
                    "The database does not answer. Repeat the request with the same Idempotency-Key"};
        default: return {&error::internal_error, failure.what()};
    }
}

// One queued command with its answer; the unit's steps and `done` share it.
struct Ticket {
    Engine::Wish wish;
    Engine::Done done;
    Engine::Outcome outcome;
    bool refused_late = false;
};

void run_ticket(Ticket& ticket, projects::Cache& cache, work::Batch& batch) {
    Engine::Wish& wish = ticket.wish;
    ticket.outcome = {};
    ticket.refused_late = false;
    auto& keys = batch.get<IdempotencySet>();
    if (!wish.idempotency_key.empty()) {
        if (const StoredAnswer* stored =
                keys.find(wish.project, wish.idempotency_key)) {
            if (stored->request_hash == wish.request_hash) {
                ticket.outcome.response = http::json_response(stored->body, stored->status);
                ticket.outcome.replayed = true;
            } else {
                ticket.outcome.response = http::error_response(
                    {&error::idempotency_conflict,
                     "Use a new key for a new request, or repeat the old one unchanged"},
                    wish.request_id);
            }
            return;
        }
    }
    const projects::SnapshotPtr& snapshot =
        batch.get<projects::Set>().snapshot(wish.project);
    const Timestamp now = snapshot->project().now(batch.machine_now);
    const projects::Context context{batch,      snapshot, wish.project,
                                    wish.actor, wish.at.value_or(now),
                                    now,        cache,    wish.request_id};
    auto result = wish.command.run(context);
    // A profile may be changed by customers' own routes, orders and events: rules see it here.
    for (const customers::Customer* changed : batch.get<customers::Set>().take_changed_profiles())
        if (snapshot->get<earning::Rules>().needs_profile)
            members::profile_changed(context, *changed);
    ticket.outcome.response = result ? *std::move(result)
                                     : http::error_response(result.error(), wish.request_id);
    if (!wish.idempotency_key.empty() && ticket.outcome.response.status < 500)
        keys.store(wish.project, wish.idempotency_key,
                   {wish.request_hash, ticket.outcome.response.status,
                    ticket.outcome.response.body});
}

}  // namespace

Timestamp machine_now() {
    return {std::chrono::duration_cast<std::chrono::milliseconds>(
                std::chrono::system_clock::now().time_since_epoch())
                .count()};
}

Result<std::unique_ptr<Engine>> Engine::open(const config::Settings& settings, Access access) {
    const bool read_only = access == Access::reader;
    db::OpenOptions options;
    options.read_only = read_only;
    options.exclusive = access == Access::server;
    options.readers = static_cast<int>(settings.worker_threads);
    options.writers = static_cast<int>(settings.committers);
    options.buckets = static_cast<int>(settings.buckets);
    options.cache_mb = static_cast<int>(settings.sqlite_cache_mb);
    if (!settings.is_postgres && !read_only) {
        std::error_code code;
        const auto folder = std::filesystem::path(settings.database).parent_path();
        if (!folder.empty()) std::filesystem::create_directories(folder, code);
        if (code)
            return refuse(error::service_unavailable,
                          fmt::format("Cannot make the data folder {}: {}", folder.string(),
                                      code.message()));
    }
    TRY(database, db::open(settings.database, options));
    return std::make_unique<Engine>(std::move(database), settings);
}

Engine::Engine(std::unique_ptr<db::Database> database, const config::Settings& settings)
    : public_url_(settings.public_url), database_(std::move(database)) {
    work::CommitterOptions options;
    options.threads = static_cast<int>(settings.committers);
    options.batch_max_units = static_cast<int>(settings.batch_max_commands);
    options.batch_max_ms = static_cast<int>(settings.batch_max_ms);
    options.answering = [](FunctionRef<void()> answer_all) {
        const http::GatheredAnswers gathered;
        answer_all();
    };
    committer_ = std::make_unique<work::Committer>(*database_, ids_, machine_now, options);
}

Engine::~Engine() = default;

bool Engine::submit(Wish wish, Done done) {
    auto ticket = std::make_shared<Ticket>();
    ticket->wish = std::move(wish);
    ticket->done = std::move(done);
    work::Unit unit;
    unit.alone = ticket->wish.command.alone;
    unit.lane = ticket->wish.command.lane;
    unit.want = [this, ticket](work::Batch& batch) {
        const Wish& w = ticket->wish;
        batch.get<projects::Set>().want(cache_, w.project);
        if (!w.idempotency_key.empty())
            batch.get<IdempotencySet>().want(w.project, w.idempotency_key);
        if (w.command.want) w.command.want(batch);
    };
    if (ticket->wish.command.want_more)
        unit.want_more = [ticket](work::Batch& batch) { ticket->wish.command.want_more(batch); };
    unit.run = [this, ticket](work::Batch& batch) {
        try {
            run_ticket(*ticket, cache_, batch);
        } catch (const projects::LateRefusal& refusal) {
            // Facts have been changed: the committer must roll the transaction back.
            ticket->refused_late = true;
            ticket->outcome.response =
                http::error_response(refusal.error, ticket->wish.request_id);
            throw db::Failure(db::Failure::Kind::error, "refused after facts had been changed");
        }
    };
    unit.done = [ticket](const db::Failure* failure) {
        if (failure != nullptr && !ticket->refused_late) {
            const Error error = error_of(*failure);
            if (error.code == &error::internal_error)
                log::error("command failed", {{"request_id", ticket->wish.request_id},
                                              {"reason", failure->what()}});
            ticket->outcome.response = http::error_response(error, ticket->wish.request_id);
        }
        ticket->done(std::move(ticket->outcome));
    };
    return committer_->submit(std::move(unit), ticket->wish.turn);
}

http::Response Engine::run(Wish wish) {
    std::mutex mutex;
    std::condition_variable changed;
    std::optional<http::Response> answer;
    while (!submit(wish, [&](Outcome outcome) {
        const std::lock_guard lock(mutex);
        answer = std::move(outcome.response);
        changed.notify_one();
    }))
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return answer.has_value(); });
    return std::move(*answer);
}

void Engine::write(std::function<void(work::Batch&)> body) {
    work::Unit unit;
    unit.alone = true;
    unit.want = [](work::Batch&) {};
    unit.run = std::move(body);
    committer_->run(std::move(unit));
}

}  // namespace perennial::app
