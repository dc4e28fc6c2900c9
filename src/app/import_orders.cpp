#include "app/import_orders.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iostream>
#include <semaphore>

#include "app/flows/place_order.hpp"
#include "app/flows/return_lines.hpp"
#include "app/import_parts.hpp"
#include "platform/log/log.hpp"

namespace perennial::app {
namespace {

constexpr std::ptrdiff_t in_flight_max = 1024;
constexpr std::size_t save_progress_every = 2000;

flows::PlaceOrder order_of(transfer::ImportedOrder& imported, bool earns) {
    flows::PlaceOrder out;
    out.earns = earns;
    flows::OrderInput& in = out.input;
    in.source_id = std::move(imported.source_id);
    in.status = orders::Status::paid;
    in.created_at = imported.time;
    in.metadata = std::move(imported.metadata);
    if (!imported.country.empty()) (*in.metadata)["country"] = imported.country;
    if (!imported.store.empty()) (*in.metadata)["store"] = imported.store;
    if (imported.customer) in.customer.source_id = *imported.customer;
    in.items.emplace();
    for (transfer::ImportedLine& line : imported.lines) {
        flows::ItemInput item;
        item.has_price = item.has_amount = true;
        item.item.sku_source_id = std::move(line.sku);
        item.names.sku_source_id = item.item.sku_source_id;
        item.item.name = std::move(line.name);
        item.item.quantity = line.quantity;
        item.item.amount = Money(line.amount);
        item.item.price =
            Money(line.quantity > 0 ? divide(line.amount, line.quantity, Rounding::half_up) : 0);
        item.item.line = static_cast<std::int64_t>(line.line);
        if (line.unit_price) item.item.metadata["unit_price"] = line.unit_price->text();
        if (line.kind != transfer::LineKind::product)
            item.item.metadata["kind"] = json::string_view(transfer::to_text(line.kind));
        in.items->push_back(std::move(item));
    }
    return out;
}

struct Tally {
    std::mutex mutex;
    std::int64_t orders = 0;
    std::int64_t returns = 0;
    std::int64_t refused = 0;
    std::int64_t unmatched = 0;
    std::int64_t points_taken_back = 0;
    std::vector<transfer::ImportIssue> issues;
    std::optional<std::string> failure;
};

std::int64_t stored_progress(db::Database& database, projects::ProjectNumber project,
                             const std::string& fingerprint) {
    std::int64_t done = 0;
    database.read([&](db::Tx& tx) {
        tx.query("SELECT done FROM imports WHERE project = ? AND fingerprint = ?",
                 {project, fingerprint}, [&](const db::Row& row) { done = row.integer(0); });
    });
    return done;
}

void save_progress(Engine& engine, projects::ProjectNumber project,
                   const std::string& fingerprint, std::int64_t done) {
    engine.write([&](work::Batch& batch) {
        if (batch.tx.execute("UPDATE imports SET done = ?, updated_at = ? WHERE project = ? AND "
                             "fingerprint = ?",
                             {done, batch.machine_now, project, fingerprint}) == 0)
            batch.tx.execute(
                "INSERT INTO imports (project, fingerprint, kind, done, report, created_at, "
                "updated_at) VALUES (?, ?, 'orders', ?, '{}', ?, ?)",
                {project, fingerprint, done, batch.machine_now, batch.machine_now});
    });
}

}  // namespace

Result<ImportReport> import_orders(Engine& engine, projects::ProjectNumber project,
                                   const ImportOptions& options) {
    const auto start = std::chrono::steady_clock::now();
    ImportReport report;
    TRY(mapping, read_json_file(options.mapping_file));
    TRY(file, transfer::OrderFile::open(options.file, mapping));
    ErrorsFile errors(options.errors_file.empty() ? options.file + ".errors.csv"
                                                  : options.errors_file);
    ProgressBar bar(options.progress);
    TRY_VOID(file.index([&](const transfer::ImportIssue& issue) { errors.add(issue); },
                        [&](std::uint64_t done, std::uint64_t total) {
                            bar.show("reading", done, total);
                        }));
    report.summary = file.summary();
    const std::string fingerprint = file.fingerprint();
    report.resumed_at = std::min(stored_progress(engine.database(), project, fingerprint),
                                 static_cast<std::int64_t>(file.count()));

    Tally tally;
    std::counting_semaphore<in_flight_max> room(in_flight_max);
    const projects::Actor actor{"import", projects::Role::admin, "IMPORT"};
    auto settle = [&](const std::string& name, std::uint64_t line, const Engine::Outcome& outcome) {
        if (outcome.response.status >= 500) {
            tally.failure = outcome.response.body;
        } else if (outcome.response.status >= 300) {
            ++tally.refused;
            std::string reason = outcome.response.body;
            if (auto body = parse_json(reason); body && body->is_object())
                if (const json::value* details = body->get_object().if_contains("details"))
                    reason = std::string(details->as_string());
            tally.issues.push_back({line, "", name, reason,
                                    transfer::Consequence::order_not_imported});
        }
    };
    const std::size_t count = file.count();
    const std::size_t done = static_cast<std::size_t>(report.resumed_at);
    for (std::size_t n = done; n < count; ++n) {
        TRY(imported, file.order(n));
        Engine::Wish wish;
        wish.project = project;
        wish.actor = actor;
        wish.request_id = "v-import";
        wish.at = imported.time;
        const std::string name = imported.source_id;
        const std::uint64_t first_line = imported.lines.empty() ? 0 : imported.lines[0].line;
        Engine::Done on_done;
        if (imported.is_return) {
            auto command = std::make_shared<flows::ReturnByCustomer>();
            command->source_id = imported.source_id;
            command->time = imported.time;
            if (imported.customer) command->customer.source_id = *imported.customer;
            for (const transfer::ImportedLine& line : imported.lines)
                command->lines.push_back(
                    {line.sku, line.quantity, static_cast<std::int64_t>(line.line)});
            if (!imported.customer) {
                const std::lock_guard lock(tally.mutex);
                tally.unmatched += static_cast<std::int64_t>(imported.lines.size());
                continue;
            }
            auto shared_report = std::make_shared<flows::ReturnReport>();
            wish.command.lane = place_of(command->customer.source_id);
            wish.command.want = [command, project](work::Batch& batch) {
                flows::want(*command, batch, project);
            };
            wish.command.want_more = [command, project](work::Batch& batch) {
                flows::want_more(*command, batch, project);
            };
            wish.command.run = [command, shared_report](const projects::Context& context)
                -> Result<http::Response> {
                *shared_report = flows::return_by_customer(*command, context);
                return http::no_content();
            };
            on_done = [&, name, first_line, command, shared_report](Engine::Outcome outcome) {
                {
                    const std::lock_guard lock(tally.mutex);
                    settle(name, first_line, outcome);
                    if (outcome.response.status < 300) ++tally.returns;
                    tally.unmatched +=
                        static_cast<std::int64_t>(shared_report->unmatched.size());
                    tally.points_taken_back += shared_report->taken.points.value;
                    for (std::int64_t line : shared_report->unmatched)
                        tally.issues.push_back(
                            {static_cast<std::uint64_t>(line), "", name,
                             "returned, but no earlier order of the customer has enough of it in "
                             "one line",
                             transfer::Consequence::note});
                }
                room.release();
            };
        } else {
            auto command = std::make_shared<const flows::PlaceOrder>(
                order_of(imported, options.earns));
            wish.command.lane = command->input.customer.source_id.empty()
                                    ? place_of(command->input.source_id)
                                    : place_of(command->input.customer.source_id);
            wish.command.want = [command, project](work::Batch& batch) {
                flows::want(*command, batch, project);
            };
            wish.command.want_more = [command, project](work::Batch& batch) {
                flows::want_more(*command, batch, project);
            };
            wish.command.run =
                [command](const projects::Context& context) -> Result<http::Response> {
                TRY_VOID(flows::place_order(*command, context));
                return http::no_content();
            };
            on_done = [&, name, first_line](Engine::Outcome outcome) {
                {
                    const std::lock_guard lock(tally.mutex);
                    settle(name, first_line, outcome);
                    if (outcome.response.status < 300) ++tally.orders;
                }
                room.release();
            };
        }
        room.acquire();
        CHECK(engine.submit(std::move(wish), std::move(on_done)));
        if ((n + 1 - done) % save_progress_every == 0) {
            engine.committer().drain();
            if (tally.failure) break;
            save_progress(engine, project, fingerprint, static_cast<std::int64_t>(n + 1));
        }
        bar.show("importing", n + 1, count);
    }
    engine.committer().drain();
    if (tally.failure)
        return refuse(import_failed, fmt::format("The database stopped the import: {}. Run it again: "
                                                 "it goes on where it was",
                                                 *tally.failure));
    save_progress(engine, project, fingerprint, static_cast<std::int64_t>(count));
    for (const transfer::ImportIssue& issue : tally.issues) errors.add(issue);
    report.orders = tally.orders;
    report.returns = tally.returns;
    report.refused = tally.refused;
    report.lines_unmatched = tally.unmatched;
    report.points_taken_back = tally.points_taken_back;
    if (errors.count() > 0) report.errors_file = errors.path();
    report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    return report;
}

std::string to_text(const ImportReport& r) {
    std::string out = fmt::format(
        "{} lines read, {} orders ({} without a customer) and {} returns in them\n"
        "{} orders placed, {} returns booked in {:.1f} s",
        r.summary.records, r.summary.orders, r.summary.orders_without_customer, r.summary.returns,
        r.orders, r.returns, r.seconds);
    if (r.resumed_at > 0) out += fmt::format("; {} were there from an earlier run", r.resumed_at);
    out += fmt::format("\n{} points taken back; {} returned lines match no earlier order\n",
                       r.points_taken_back, r.lines_unmatched);
    out += fmt::format("{} orders refused; {} lines ignored, {} bookkeeping lines kept out\n",
                       r.refused + static_cast<std::int64_t>(r.summary.orders_refused),
                       r.summary.lines_ignored, r.summary.lines_adjustment);
    if (!r.errors_file.empty()) out += fmt::format("details: {}\n", r.errors_file);
    return out;
}

}  // namespace perennial::app
