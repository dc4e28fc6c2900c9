#include "cli/shell.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>

#include "app/serve.hpp"
#include "platform/log/log.hpp"

namespace perennial::cli {
namespace {

void configure_log(const config::Settings& settings) {
    log::configure(log::level_from(settings.log_level).value_or(log::Level::info),
                   log::format_from(settings.log_format)
                       .value_or(isatty(STDERR_FILENO) ? log::Format::text : log::Format::json));
}

}  // namespace

Shell::Shell(CLI::App& cli) : app(cli) {
    app.require_subcommand(1);
    app.fallthrough();
    app.add_option("--project", project_, "Name or id of the project; the first when not said");
    for (const config::Setting& setting : config::settings_table()) {
        std::string name(setting.name);
        std::ranges::replace(name, '_', '-');
        app.add_option("--" + name, given_[name], std::string(setting.description))
            ->group("Settings (also in the environment and the configuration file)");
    }
    app.add_option("--config", given_["config"], "Configuration file, JSON")
        ->group("Settings (also in the environment and the configuration file)");
}

void Shell::on(CLI::App* command, std::function<int(const CommandLine&)> run) {
    command->callback([this, run = std::move(run)] { code = run(line()); });
}

CommandLine Shell::line() const {
    CommandLine out{{}, project_};
    for (const auto& [name, value] : given_)
        if (app.count("--" + name) > 0) out.flags[name] = value;
    return out;
}

int fail(const Error& error) {
    fmt::print(stderr, "perennial: {}\n",
               error.details.empty() ? std::string(error.code->message) : error.details);
    for (const FieldIssue& issue : error.issues)
        fmt::print(stderr, "  {}: {}\n", issue.pointer, issue.message);
    return 1;
}

Result<std::string> read_file(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    if (!in) return refuse(error::invalid_payload, fmt::format("Cannot read {}", path));
    return std::string{std::istreambuf_iterator<char>(in), {}};
}

Result<projects::Project> pick_project(app::Engine& engine, const std::string& name) {
    std::vector<projects::Project> all;
    engine.database().read([&](db::Tx& tx) { all = projects::list_projects(tx); });
    for (const projects::Project& project : all)
        if (name.empty() || project.name == name || project.id.text() == name) return project;
    std::vector<std::string> names;
    for (const projects::Project& project : all) names.push_back(project.name);
    return refuse(error::not_found, fmt::format("There is no project '{}'; there are: {}", name,
                                                fmt::join(names, ", ")));
}

Result<Opened> open(const CommandLine& line, Use use) {
    Opened out;
    TRY(config, config::load(line.flags, config::read_environment()));
    out.config = std::move(config);
    configure_log(out.config.settings);
    for (const std::string& warning : out.config.warnings) log::warn(warning);
    using Access = app::Engine::Access;
    TRY(engine, app::Engine::open(out.config.settings, use == Use::serves  ? Access::server
                                                       : use == Use::reads ? Access::reader
                                                                           : Access::tool));
    out.engine = std::move(engine);
    if (use == Use::writes_with_project) app::ensure_project(*out.engine, "shop", {}, false);
    return out;
}

}  // namespace perennial::cli
