#include "app/clockwork.hpp"

#include "app/idempotency.hpp"
#include "modules/exports/store.hpp"
#include "modules/projects/store.hpp"
#include "modules/rewards/redemption_store.hpp"
#include "platform/jobs/parts.hpp"
#include "platform/jobs/timers.hpp"
#include "platform/log/log.hpp"

namespace perennial::app {
namespace {

constexpr std::int64_t forget_every_ms = hour_ms;
constexpr std::int64_t failures_kept_ms = 90 * day_ms;
constexpr std::int64_t failures_max = 10'000;  // removed in one go

}  // namespace

Clockwork::Clockwork(Engine& engine, std::int64_t jobs_kept_ms)
    : engine_(engine), jobs_kept_ms_(jobs_kept_ms), thread_([this] { run(); }) {}

Clockwork::~Clockwork() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    changed_.notify_all();
    thread_.join();
}

void Clockwork::run() {
    std::unique_lock lock(mutex_);
    while (!stopping_) {
        lock.unlock();
        bool all = true;
        try {
            all = tick();
        } catch (const db::Failure& failure) {
            log::warn("timers wait for the database", {{"reason", failure.what()}});
        }
        lock.lock();
        if (all) changed_.wait_for(lock, std::chrono::seconds(1), [this] { return stopping_; });
    }
}

bool Clockwork::is_stopping() {
    const std::lock_guard lock(mutex_);
    return stopping_;
}

bool Clockwork::tick() {
    const Timestamp now = machine_now();
    std::vector<projects::ProjectNumber> due;
    engine_.database().read([&](db::Tx& tx) {
        for (const projects::Project& project : projects::list_projects(tx)) {
            // Test clocks fire only when they are advanced.
            if (project.clock_at) continue;
            const auto next = jobs::next_due(tx, project.number);
            if (next && *next <= now) due.push_back(project.number);
        }
    });
    bool all = true;
    for (projects::ProjectNumber project : due) {
        const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(1);
        const auto is_over = [&] { return std::chrono::steady_clock::now() >= until; };
        // What could not be done is tried again after the sleep.
        if (!engine_.fire_timers(project, [&] { return !is_over() && !is_stopping(); }) && is_over())
            all = false;
    }
    if (now.ms - forgotten_at_.ms >= forget_every_ms) {
        forgotten_at_ = now;
        engine_.write([&](work::Batch& batch) {
            forget_old_answers(batch.tx, now);
            rewards::forget_failures(batch.tx, now + -failures_kept_ms, failures_max);
        });
        engine_.write([&](work::Batch& batch) {
            exports::forget_expired(batch.tx, now);
            // Files of exports live a week, whatever becomes of their jobs.
            jobs::forget_jobs_before(batch.tx, now + -jobs_kept_ms_,
                                     now + -std::max(jobs_kept_ms_, 30 * day_ms));
        });
    }
    return all;
}

}  // namespace perennial::app
