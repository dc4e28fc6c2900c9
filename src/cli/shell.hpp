// What every command of the command line shares: its settings, the engine it opens, how it fails.
#pragma once
#include <CLI/CLI.hpp>

#include <functional>
#include <memory>
#include <string>

#include "app/app.hpp"
#include "modules/projects/store.hpp"
#include "platform/config/config.hpp"

namespace perennial::cli {

struct CommandLine {
    config::Texts flags;  ///< --listen and the other settings
    std::string project;
};

/// The options that all commands take, and the exit code of the one that runs.
class Shell {
  public:
    explicit Shell(CLI::App&);
    /// `run` gives the exit code.
    void on(CLI::App* command, std::function<int(const CommandLine&)> run);

    CLI::App& app;
    int code = 0;

  private:
    CommandLine line() const;
    std::map<std::string, std::string> given_;
    std::string project_;
};

/// Prints the error with its issues; 1.
int fail(const Error&);
Result<std::string> read_file(const std::string& path);
/// The project that a command works on: by name or "proj_…"; the first when none is named.
Result<projects::Project> pick_project(app::Engine&, const std::string& name);

struct Opened {
    config::Config config;
    std::unique_ptr<app::Engine> engine;
};
/// What a command does with the database; all but `serves` work beside a running server.
enum class Use : std::uint8_t { reads, writes, writes_with_project, serves };
Result<Opened> open(const CommandLine&, Use);

/// Each adds its commands.
void add_serving(Shell&);   ///< serve, demo, backup, restore, migrate
void add_apply(Shell&);     ///< apply
void add_transfer(Shell&);  ///< import, export
void add_ledger(Shell&);    ///< verify, statement
void add_projects(Shell&);  ///< keys, project

}  // namespace perennial::cli
