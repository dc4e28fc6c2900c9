#include <fmt/format.h>

#include <filesystem>

#include "app/demo/catalog_data.hpp"
#include "app/demo/run.hpp"
#include "app/serve.hpp"
#include "cli/restore.hpp"
#include "cli/shell.hpp"
#include "cli/version.hpp"

namespace perennial::cli {
namespace {

// A link that shows the first keys, while the project has none.
void print_setup_link(app::Engine& engine, const std::string& url) {
    std::string token;
    engine.write([&](work::Batch& batch) {
        token.clear();
        for (const projects::Project& project : projects::list_projects(batch.tx))
            if (projects::list_keys(batch.tx, project.number).empty()) {
                token = projects::create_setup_link(batch.tx, project.number, batch.machine_now);
                return;
            }
    });
    if (!token.empty())
        fmt::print("Set up: open {}/setup/{}\n        It shows the first keys, once.\n", url,
                   token);
}

int serve_command(const CommandLine& line, bool print_config) {
    if (print_config) {
        auto config = config::load(line.flags, config::read_environment());
        if (!config) return fail(config.error());
        fmt::print("{}", config::print(*config));
        return 0;
    }
    auto opened = open(line, Use::serves);
    if (!opened) return fail(opened.error());
    app::Engine& engine = *opened->engine;
    app::ensure_project(engine, "shop", {}, false);
    return app::serve(engine, opened->config.settings, {[&](const std::string& url) {
                          fmt::print("Perennial {} runs at {}\n", version, url);
                          print_setup_link(engine, opened->config.settings.public_url.empty()
                                                       ? url
                                                       : opened->config.settings.public_url);
                          std::fflush(stdout);
                      }});
}

int demo_command(CommandLine line, bool fresh, std::uint64_t seed, bool load_only) {
    auto config = config::load(line.flags, config::read_environment());
    if (!config) return fail(config.error());
    const config::Settings& settings = config->settings;
    if (fresh && !settings.is_postgres) {
        std::error_code ignored;
        for (const char* suffix : {"", "-wal", "-shm", ".lock"})
            std::filesystem::remove(settings.database + suffix, ignored);
    }
    auto opened = open(line, Use::serves);
    if (!opened) return fail(opened.error());
    app::Engine& engine = *opened->engine;
    projects::Settings project_settings{std::string(app::demo::project_zone),
                                        std::string(app::demo::currency)};
    if (app::ensure_project(engine, "Perennial Coffee", project_settings, false)) {
        auto project = pick_project(engine, "");
        if (!project) return fail(project.error());
        fmt::print("Loading the demo store …\n");
        std::fflush(stdout);
        auto loaded = app::demo::load(engine, project->number, seed, app::machine_now());
        if (!loaded) return fail(loaded.error());
        fmt::print("{} actions of eighteen months in {:.1f} s\n", loaded->actions, loaded->seconds);
    }
    if (load_only) return 0;
    projects::ApiKey key;
    std::string token;
    engine.write([&](work::Batch& batch) {
        key = {};
        key.project = projects::list_projects(batch.tx).front().number;
        key.name = "demo";
        key.role = projects::Role::admin;
        key.created_at = batch.machine_now;
        token = projects::create_key(batch.tx, key);
    });
    return app::serve(engine, opened->config.settings, {[&](const std::string& url) {
                          fmt::print("\nThe demo store runs at {}\n  Try the API: {}/docs\n", url,
                                     url);
                          fmt::print("  X-App-Id: {}\n  X-App-Token: {}\n", key.app_id, token);
                          std::fflush(stdout);
                      }});
}

int backup_command(const CommandLine& line, const std::string& file) {
    auto opened = open(line, Use::reads);
    if (!opened) return fail(opened.error());
    if (auto done = opened->engine->database().backup_to(file); !done) return fail(done.error());
    fmt::print("Backed up to {}\n", file);
    return 0;
}

int restore_command(const CommandLine& line, const std::string& file) {
    auto config = config::load(line.flags, config::read_environment());
    if (!config) return fail(config.error());
    if (auto done = restore(config->settings, file); !done) return fail(done.error());
    fmt::print("Restored {}; run `perennial verify`.\n", config->settings.database);
    return 0;
}

int migrate_command(const CommandLine& line) {
    auto opened = open(line, Use::writes);
    if (!opened) return fail(opened.error());
    fmt::print("{} is up to date.\n", opened->engine->database().describe());
    return 0;
}

}  // namespace

void add_serving(Shell& shell) {
    CLI::App* serve = shell.app.add_subcommand("serve", "Serve the API");
    const auto print_config = std::make_shared<bool>(false);
    serve->add_flag("--print-config", *print_config,
                    "Print every setting with its source, and end");
    shell.on(serve, [print_config](const CommandLine& line) {
        return serve_command(line, *print_config);
    });

    struct Demo {
        bool keep = false;
        bool load_only = false;
        std::uint64_t seed = 1;
    };
    const auto demo = std::make_shared<Demo>();
    CLI::App* command = shell.app.add_subcommand("demo", "Serve a demo store made up to today");
    command->add_flag("--keep", demo->keep, "Go on with the store of an earlier run");
    command->add_flag("--load-only", demo->load_only, "Make the store and end");
    command->add_option("--seed", demo->seed, "Another seed makes another store");
    shell.on(command, [demo](const CommandLine& line) {
        return demo_command(line, !demo->keep, demo->seed, demo->load_only);
    });

    const auto file = std::make_shared<std::string>();
    CLI::App* backup = shell.app.add_subcommand("backup", "Copy the running database into a file");
    backup->add_option("file", *file, "Target")->required();
    shell.on(backup, [file](const CommandLine& line) { return backup_command(line, *file); });
    CLI::App* restore =
        shell.app.add_subcommand("restore", "Put a backup in the place of the database");
    restore->add_option("file", *file, "Backup")->required();
    shell.on(restore, [file](const CommandLine& line) { return restore_command(line, *file); });
    shell.on(shell.app.add_subcommand("migrate", "Bring the database's schema up to date"),
             migrate_command);
}

}  // namespace perennial::cli
