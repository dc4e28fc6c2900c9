#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iostream>

#include "app/export_rows.hpp"
#include "app/import_orders.hpp"
#include "app/import_rows.hpp"
#include "cli/shell.hpp"
#include "modules/campaigns/model.hpp"
#include "modules/ledger/totals.hpp"
#include "modules/sums/store.hpp"

namespace perennial::cli {
namespace {

// Copies a project with its definitions into an empty database; its number there.
projects::ProjectNumber copy_definitions(app::Engine& from, projects::ProjectNumber number,
                                         app::Engine& to) {
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

// Members and points by program, for the end of an import.
std::string points_summary(app::Engine& engine, projects::ProjectNumber number) {
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

// Runs an import, for a check into a throw-away file (decisions.md 30). `run` says how it went on
// stdout.
int import_command(
    const CommandLine& line, bool check,
    const std::function<int(app::Engine&, projects::ProjectNumber, bool check)>& run) {
    auto opened = open(line, Use::writes_with_project);
    if (!opened) return fail(opened.error());
    auto project = pick_project(*opened->engine, line.project);
    if (!project) return fail(project.error());
    if (!check) return run(*opened->engine, project->number, false);
    const auto folder =
        std::filesystem::temp_directory_path() / fmt::format("perennial-check-{}", ::getpid());
    std::filesystem::create_directories(folder);
    CommandLine scratch = line;
    scratch.flags["data-dir"] = folder.string();
    scratch.flags["database"] = (folder / "check.db").string();
    int code = 0;
    {
        auto throw_away = open(scratch, Use::writes);
        if (!throw_away) return fail(throw_away.error());
        const auto copied = copy_definitions(*opened->engine, project->number, *throw_away->engine);
        code = run(*throw_away->engine, copied, true);
    }
    std::filesystem::remove_all(folder);
    return code;
}

int import_orders_command(const CommandLine& line, const app::ImportOptions& options, bool check) {
    return import_command(
        line, check, [&](app::Engine& engine, projects::ProjectNumber project, bool checks) {
            auto report = app::import_orders(engine, project, options);
            if (!report) return fail(report.error());
            fmt::print("{}{}{}", app::to_text(*report),
                       checks ? "Nothing was imported: this was a check.\n" : "",
                       points_summary(engine, project));
            if (checks) return 0;
            return report->refused + static_cast<std::int64_t>(report->summary.orders_refused) > 0
                       ? 3
                       : 0;
        });
}

using RowImport = Result<app::RowImportReport> (*)(app::Engine&, projects::ProjectNumber,
                                                   const app::RowImportOptions&);

int import_rows_command(const CommandLine& line, const app::RowImportOptions& options, bool check,
                        RowImport import) {
    return import_command(line, check,
                          [&](app::Engine& engine, projects::ProjectNumber project, bool checks) {
                              auto report = import(engine, project, options);
                              if (!report) return fail(report.error());
                              fmt::print("{}{}", app::to_text(*report),
                                         checks ? "Nothing was imported: this was a check.\n" : "");
                              return report->refused > 0 && !checks ? 3 : 0;
                          });
}

struct ExportWish {
    std::string kind;
    std::string fields;
    std::string order;
    std::string file;
};

json::object parameters_of(const ExportWish& wish, const exports::Object& object) {
    json::object out;
    if (!wish.order.empty()) out["order"] = wish.order;
    json::array names;
    for (std::size_t at = 0; at < wish.fields.size();) {
        const std::size_t comma = std::min(wish.fields.find(',', at), wish.fields.size());
        names.emplace_back(wish.fields.substr(at, comma - at));
        at = comma + 1;
    }
    if (names.empty())
        for (const std::string_view field : object.fields) names.emplace_back(field);
    out["fields"] = std::move(names);
    return out;
}

// The whole file goes to stdout, or to `file`.
int export_command(const CommandLine& line, const ExportWish& sent) {
    const exports::Object* object = exports::find_object(sent.kind);
    if (object == nullptr) {
        fmt::print(stderr, "perennial: there is no export of '{}'\n", sent.kind);
        return 1;
    }
    const auto wish = exports::read_wish(*object, parameters_of(sent, *object));
    if (!wish) return fail(wish.error());
    auto opened = open(line, Use::reads);
    if (!opened) return fail(opened.error());
    auto project = pick_project(*opened->engine, line.project);
    if (!project) return fail(project.error());
    std::ofstream out;
    if (!sent.file.empty()) {
        out.open(sent.file, std::ios::binary | std::ios::trunc);
        if (!out) {
            fmt::print(stderr, "perennial: cannot write {}\n", sent.file);
            return 1;
        }
    }
    std::ostream& to = sent.file.empty() ? std::cout : out;
    app::ExportRows rows(*opened->engine, project->number, *wish);
    rows.find([] { return true; });
    do to << rows.next_lines();
    while (rows.position() < rows.count());
    to.flush();
    if (!to) {
        fmt::print(stderr, "perennial: the file could not be written whole\n");
        return 1;
    }
    return 0;
}

void add_row_import(Shell& shell, CLI::App* import, const char* name, const char* help,
                    RowImport run) {
    struct Wish {
        app::RowImportOptions options;
        bool check = false;
    };
    const auto wish = std::make_shared<Wish>();
    CLI::App* rows = import->add_subcommand(name, help);
    rows->add_option("file", wish->options.file, "CSV file")->required();
    rows->add_option("--mapping", wish->options.mapping_file, "Which column is what, JSON");
    rows->add_option("--errors", wish->options.errors_file, "Where to name wrong rows");
    rows->add_flag("--check", wish->check, "Import into a throw-away database and report");
    shell.on(rows, [wish, run](const CommandLine& line) {
        return import_rows_command(line, wish->options, wish->check, run);
    });
}

void add_import(Shell& shell) {
    struct Wish {
        app::ImportOptions options;
        bool check = false;
        bool no_earn = false;
    };
    const auto wish = std::make_shared<Wish>();
    CLI::App* import = shell.app.add_subcommand("import", "Import from files");
    import->require_subcommand(1);
    CLI::App* orders = import->add_subcommand("orders", "Orders and returns from line-item CSV");
    orders->add_option("file", wish->options.file, "CSV file")->required();
    orders->add_option("--mapping", wish->options.mapping_file, "What the columns mean, JSON")
        ->required();
    orders->add_option("--errors", wish->options.errors_file, "Where to name wrong lines");
    orders->add_flag("--check", wish->check, "Import into a throw-away database and report");
    orders->add_flag("--no-earn", wish->no_earn, "Orders give no points");
    shell.on(orders, [wish](const CommandLine& line) {
        wish->options.earns = !wish->no_earn;
        return import_orders_command(line, wish->options, wish->check);
    });
    add_row_import(shell, import, "customers",
                   "Customers: create, or change those with the same source_id",
                   &app::import_customers);
    add_row_import(shell, import, "balances",
                   "Opening balances of points, each once, with the day they end",
                   &app::import_balances);
}

void add_export(Shell& shell) {
    const auto wish = std::make_shared<ExportWish>();
    CLI::App* exporting = shell.app.add_subcommand("export", "Write what is stored as CSV");
    exporting
        ->add_option("kind", wish->kind,
                     "customer, order, voucher, redemption, points_expiration or "
                     "voucher_transactions")
        ->required();
    exporting->add_option("--fields", wish->fields, "Comma-separated; all when not said");
    exporting->add_option("--order", wish->order, "A field, with a minus for descending");
    exporting->add_option("--output", wish->file, "File; else standard output");
    shell.on(exporting, [wish](const CommandLine& line) { return export_command(line, *wish); });
}

}  // namespace

void add_transfer(Shell& shell) {
    add_import(shell);
    add_export(shell);
}

}  // namespace perennial::cli
