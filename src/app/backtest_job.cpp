#include "app/backtest_job.hpp"

#include <fmt/format.h>

#include <chrono>

#include "app/flows/backtest.hpp"
#include "modules/campaigns/document.hpp"
#include "modules/projects/store.hpp"
#include "modules/sums/store.hpp"

namespace perennial::app {
namespace {

constexpr auto slice_time = std::chrono::seconds(1);

/// What the job's payload asks for, made again by each server that goes on with it.
struct Backtest {
    ledger::ProgramId program;
    Timestamp from, to, now;
    projects::SnapshotPtr today;
    projects::SnapshotPtr change;
    std::vector<flows::Group> groups;
};

Backtest backtest_of(Engine& engine, const jobs::Job& job) {
    const json::value parsed = json::parse(job.payload);
    const json::object& payload = parsed.as_object();
    Backtest out;
    const auto program = ledger::ProgramId::parse(campaigns::text_of(payload, "program"));
    CHECK(program.has_value());
    out.program = *program;
    out.from = {payload.at("from").as_int64()};
    out.to = {payload.at("to").as_int64()};
    out.now = {payload.at("now").as_int64()};
    engine.database().read([&](db::Tx& tx) {
        out.today = engine.cache().load_at(tx, job.key.project, payload.at("version").as_int64());
    });
    const projects::Definition* definition =
        out.today->find(projects::definition_kind::campaign, out.program);
    CHECK(definition != nullptr);
    auto change = flows::change_program(*out.today, *definition,
                                        payload.at("changes").as_object(), out.now);
    // It was accepted by the same functions.
    CHECK(change.has_value());
    out.change = *std::move(change);
    Issues issues;
    JsonReader reader(parsed, issues);
    out.groups = flows::read_groups(reader);
    return out;
}

jobs::Outcome run(Engine& engine, jobs::JobContext& job) {
    const projects::ProjectNumber project = job.job().key.project;
    const Backtest backtest = backtest_of(engine, job.job());
    const flows::Book today(backtest.today, backtest.program);
    const flows::Book change(backtest.change, backtest.program);
    const flows::BacktestSums::Scene scene{today, change, backtest.groups, backtest.now};
    flows::Books books(engine.cache(), project, backtest.program);
    flows::BacktestSums sums = flows::BacktestSums::from_position(job.job().position);
    std::int64_t all = 0;
    engine.database().read([&](db::Tx& tx) {
        all = sums::total(tx, project, "members", backtest.program);
    });
    const bool entries = change.needs_entries || today.needs_entries;
    flows::Replayed one;
    bool done = false;
    while (!done) {
        const auto slice_began = std::chrono::steady_clock::now();
        while (!done && std::chrono::steady_clock::now() - slice_began < slice_time) {
            flows::BacktestSums next;
            engine.database().read([&](db::Tx& tx) {
                next = sums;
                auto histories = flows::load_histories(tx, project, backtest.program, next.after,
                                                       flows::members_a_read, entries);
                done = next.after.id.is_nil();
                const auto book_of = [&](std::int64_t version) -> const flows::Book& {
                    return books.at(tx, version);
                };
                for (flows::History& history : histories) {
                    // By age: whoever follows joined after the period, too.
                    if (history.card.created_at >= backtest.to) {
                        done = true;
                        break;
                    }
                    const flows::ReplayWish wish{backtest.from, backtest.to, change, true,
                                                 next.budgets};
                    flows::replay(history, wish, book_of, backtest.now, one);
                    next.add(history, one, scene);
                    books.trim();
                }
            });
            sums = std::move(next);
        }
        if (done) break;
        work::Unit unit;
        unit.lane = job.job().key.id.place();
        unit.want = [&](work::Batch& batch) {
            batch.get<projects::Set>().want(engine.cache(), project);
        };
        unit.run = [](work::Batch&) {};
        const auto percent = static_cast<int>(std::min<std::int64_t>(
            99, sums.members() * 100 / std::max<std::int64_t>(1, all)));
        if (!job.commit(std::move(unit), sums.position(), percent)) return jobs::Outcome::stopped();
    }
    json::object result = sums.result(scene);
    result["message"] = fmt::format("{} members looked at; nothing is changed", sums.members());
    result["done_count"] = sums.members();
    result["failed_count"] = 0;
    result["failed"] = json::array();
    return jobs::Outcome::done(to_text(result));
}

}  // namespace

jobs::Kind backtest_job(Engine& engine) {
    return {std::string(flows::backtest_job_kind),
            [&engine](jobs::JobContext& job) { return run(engine, job); }};
}

}  // namespace perennial::app
