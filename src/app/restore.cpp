#include "app/restore.hpp"

#include <fmt/format.h>

#include <filesystem>

#include "modules/campaigns/model.hpp"
#include "modules/customers/store.hpp"
#include "modules/ledger/totals.hpp"
#include "modules/projects/store.hpp"
#include "modules/sums/store.hpp"

namespace perennial::app {
namespace {

namespace fs = std::filesystem;

const ErrorCode restore_failed{"restore_failed", ErrorKind::rejected, "Not restored"};
const ErrorCode invalid_project{"invalid_project", ErrorKind::rejected, "Invalid project"};

}  // namespace

Result<void> restore(const config::Settings& settings, const std::string& backup) {
    if (settings.is_postgres)
        return refuse(restore_failed, "A PostgreSQL database is restored with pg_restore or from "
                                      "a base backup");
    std::error_code ignored;
    if (!fs::exists(backup))
        return refuse(restore_failed, fmt::format("There is no file {}", backup));
    // SQLite takes an empty file for a new database: it would become one without anything in it.
    if (fs::is_empty(backup, ignored))
        return refuse(restore_failed, fmt::format("{} is empty", backup));
    const fs::path target(settings.database);
    const fs::path fresh = target.string() + ".restoring";
    std::error_code code;
    if (!target.parent_path().empty()) fs::create_directories(target.parent_path(), code);
    fs::remove(fresh, code);
    fs::copy_file(backup, fresh, code);
    if (code) return refuse(restore_failed, fmt::format("Cannot copy {}: {}", backup, code.message()));
    {
        // Opening it proves that it is ours and brings its schema up to date.
        db::OpenOptions options;
        options.create = false;
        auto opened = db::open(fresh.string(), options);
        std::string why = opened ? "" : opened.error().details;
        bool whole = false;
        if (opened) try {
                (*opened)->read([&](db::Tx& tx) {
                    tx.query("PRAGMA integrity_check", {},
                             [&](const db::Row& row) { whole = row.text(0) == "ok"; });
                });
            } catch (const db::Failure& failure) {
                why = failure.what();
            }
        if (!whole) {
            fs::remove(fresh, code);
            return refuse(restore_failed,
                          fmt::format("{} is no whole backup of Perennial: {}", backup,
                                      why.empty() ? "it is damaged" : why));
        }
    }
    if (fs::exists(target)) {
        // Taking the writer's lock shows that no server runs; closing folds the WAL in.
        auto running = db::open(target.string(), {});
        if (!running) {
            fs::remove(fresh, code);
            return refuse(restore_failed, running.error().details);
        }
        running->reset();
        fs::rename(target, target.string() + ".before-restore", code);
        if (code)
            return refuse(restore_failed, fmt::format("Cannot move {}: {}", target.string(),
                                                      code.message()));
        for (const char* suffix : {"-wal", "-shm"}) fs::remove(target.string() + suffix, code);
    }
    fs::rename(fresh, target, code);
    if (code)
        return refuse(restore_failed,
                      fmt::format("Cannot move the backup to {}: {}", target.string(), code.message()));
    for (const char* suffix : {"-wal", "-shm", ".lock"}) fs::remove(fresh.string() + suffix, code);
    return {};
}

Result<void> set_project(Engine& engine, projects::ProjectNumber number, const json::value& wanted) {
    Issues issues;
    JsonReader reader(wanted, issues);
    const auto zone = reader.text("timezone", 64);
    const auto currency = reader.text("currency", 3);
    if (!issues.empty()) return issues.refuse();
    if (zone) TRY_VOID(TimeZone::find(*zone));
    std::optional<projects::Project> project;
    bool used = false;
    engine.database().read([&](db::Tx& tx) {
        project = projects::load_project(tx, number);
        tx.query("SELECT 1 FROM cards WHERE project = ? LIMIT 1", {number},
                 [&](const db::Row&) { used = true; });
    });
    CHECK(project.has_value());
    projects::Settings next = project->settings;
    if (zone) next.time_zone = *zone;
    if (currency) next.currency = *currency;
    if (next.time_zone == project->settings.time_zone && next.currency == project->settings.currency)
        return {};
    if (used)
        return refuse(invalid_project,
                      fmt::format("The project has cards: its zone stays {} and its currency {}",
                                  project->settings.time_zone, project->settings.currency));
    engine.write([&](work::Batch& batch) {
        const std::string text = to_text(
            json::object{{"timezone", next.time_zone}, {"currency", next.currency}});
        batch.tx.execute("UPDATE projects SET settings = ?, version = version + 1 WHERE project = ?",
                         {text, number});
    });
    return {};
}

projects::ProjectNumber copy_definitions(Engine& from, projects::ProjectNumber number, Engine& to) {
    std::optional<projects::Project> project;
    std::vector<projects::Definition> definitions;
    from.database().read([&](db::Tx& tx) {
        project = projects::load_project(tx, number);
        CHECK(project.has_value());
        definitions = projects::load_definitions(tx, number, project->version);
    });
    projects::ProjectNumber made = 0;
    to.write([&](work::Batch& batch) {
        made = projects::create_project(batch.tx, batch.ids, project->name, project->settings,
                                        project->sandbox, batch.machine_now)
                   .number;
        for (projects::Definition& definition : definitions)
            projects::save_definition(batch.tx, made, definition);
    });
    return made;
}

std::string points_summary(Engine& engine, projects::ProjectNumber number) {
    std::string out;
    engine.database().read([&](db::Tx& tx) {
        const auto snapshot = engine.cache().load(tx, number);
        for (const campaigns::Program& program : snapshot->get<campaigns::Programs>().all) {
            const ledger::Totals moved = ledger::totals(tx, number, program.id);
            out += fmt::format("{}: {} members, {} points outstanding, {} pending\n", program.name,
                               sums::total(tx, number, "members", program.id), moved.spendable(),
                               moved.pending());
        }
    });
    return out;
}

std::optional<std::string> card_of_customer(Engine& engine, projects::ProjectNumber number,
                                            const std::string& id_or_source) {
    std::optional<std::string> out;
    engine.database().read([&](db::Tx& tx) {
        const auto customer = customers::load_customer(tx, number, id_or_source);
        if (customer && !customer->cards.empty())
            out = ledger::CardId(customer->cards.front().card).text();
    });
    return out;
}

}  // namespace perennial::app
