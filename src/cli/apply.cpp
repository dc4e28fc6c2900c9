#include <fmt/format.h>

#include "app/apply_program.hpp"
#include "app/local_api.hpp"
#include "cli/shell.hpp"

namespace perennial::cli {
namespace {

const ErrorCode invalid_project{"invalid_project", ErrorKind::rejected, "Invalid project"};

// {"timezone", "currency"} of a project that has no cards yet: a program's zone is fixed once it
// has a lot (decisions.md 21).
Result<void> set_project(app::Engine& engine, projects::ProjectNumber number,
                         const json::value& wanted) {
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
        tx.query("SELECT 1 FROM cards WHERE bucket >= 0 AND project = ? LIMIT 1", {number},
                 [&](const db::Row&) { used = true; });
    });
    CHECK(project.has_value());
    projects::Settings next = project->settings;
    if (zone) next.time_zone = *zone;
    if (currency) next.currency = *currency;
    if (next.time_zone == project->settings.time_zone &&
        next.currency == project->settings.currency)
        return {};
    if (used)
        return refuse(invalid_project,
                      fmt::format("The project has cards: its zone stays {} and its currency {}",
                                  project->settings.time_zone, project->settings.currency));
    engine.write([&](work::Batch& batch) {
        project->settings = next;
        projects::save_project(batch.tx, *project);
    });
    return {};
}

int apply_command(const CommandLine& line, const std::string& file) {
    auto content = read_file(file);
    if (!content) return fail(content.error());
    auto program = parse_json(*content);
    if (!program) return fail(program.error());
    auto opened = open(line, Use::writes_with_project);
    if (!opened) return fail(opened.error());
    auto project = pick_project(*opened->engine, line.project);
    if (!project) return fail(project.error());
    app::LocalApi api(*opened->engine, project->number);
    if (const json::value* wanted =
            program->is_object() ? program->get_object().if_contains("project") : nullptr) {
        // Zone and currency of an empty project; later they are fixed by what is stored.
        if (auto set = set_project(*opened->engine, project->number, *wanted); !set)
            return fail(set.error());
    }
    auto applied = app::apply_program(api, *program);
    if (!applied) return fail(applied.error());
    for (const std::string& done : applied->done) fmt::print("{}\n", done);
    return 0;
}

}  // namespace

void add_apply(Shell& shell) {
    const auto file = std::make_shared<std::string>();
    CLI::App* apply =
        shell.app.add_subcommand("apply", "Create or change a loyalty program from a file");
    apply->add_option("file", *file, "program.json")->required();
    shell.on(apply, [file](const CommandLine& line) { return apply_command(line, *file); });
}

}  // namespace perennial::cli
