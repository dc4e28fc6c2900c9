// The command line. Each command opens the engine, does one thing and says how it went.
#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iostream>

#include "app/app.hpp"
#include "app/apply_program.hpp"
#include "app/demo/catalog_data.hpp"
#include "app/demo/run.hpp"
#include "app/export_rows.hpp"
#include "app/import_orders.hpp"
#include "app/import_rows.hpp"
#include "app/local_api.hpp"
#include "app/restore.hpp"
#include "app/serve.hpp"
#include "app/verify.hpp"
#include "modules/projects/store.hpp"
#include "platform/log/log.hpp"

namespace {

using namespace perennial;

constexpr const char* version = "0.1.0";

int fail(const Error& error) {
    fmt::print(stderr, "perennial: {}\n", error.details.empty() ? std::string(error.code->message)
                                                                : error.details);
    for (const FieldIssue& issue : error.issues)
        fmt::print(stderr, "  {}: {}\n", issue.pointer, issue.message);
    return 1;
}

Result<std::string> read_file(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    if (!in) return refuse(error::invalid_payload, fmt::format("Cannot read {}", path));
    return std::string{std::istreambuf_iterator<char>(in), {}};
}

void configure_log(const config::Settings& settings) {
    log::configure(log::level_from(settings.log_level).value_or(log::Level::info),
                   log::format_from(settings.log_format)
                       .value_or(isatty(STDERR_FILENO) ? log::Format::text : log::Format::json));
}

// The project that a command works on: by name or "proj_…"; the first when none is named.
Result<projects::Project> pick_project(app::Engine& engine, const std::string& name) {
    std::vector<projects::Project> all;
    engine.database().read([&](db::Tx& tx) { all = projects::list_projects(tx); });
    for (const projects::Project& project : all)
        if (name.empty() || project.name == name || project.id.text() == name) return project;
    std::vector<std::string> names;
    for (const projects::Project& project : all) names.push_back(project.name);
    return refuse(error::not_found,
                  fmt::format("There is no project '{}'; there are: {}", name,
                              fmt::join(names, ", ")));
}

struct CommandLine {
    config::Texts flags;  // --listen and the other settings
    std::string project;
};

struct Opened {
    config::Config config;
    std::unique_ptr<app::Engine> engine;
};

// What a command does with the database; all but `serves` work beside a running server.
enum class Use : std::uint8_t { reads, writes, writes_with_project, serves };

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
        fmt::print("Set up: open {}/setup/{}\n        It shows the first keys, once.\n", url, token);
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
                          fmt::print("\nThe demo store runs at {}\n  Try the API: {}/docs\n", url, url);
                          fmt::print("  X-App-Id: {}\n  X-App-Token: {}\n", key.app_id, token);
                          std::fflush(stdout);
                      }});
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
    if (const json::value* wanted = program->is_object()
                                        ? program->get_object().if_contains("project")
                                        : nullptr) {
        // Zone and currency of an empty project; later they are fixed by what is stored.
        if (auto set = app::set_project(*opened->engine, project->number, *wanted); !set)
            return fail(set.error());
    }
    auto applied = app::apply_program(api, *program);
    if (!applied) return fail(applied.error());
    for (const std::string& done : applied->done) fmt::print("{}\n", done);
    return 0;
}

// Runs an import, for a check into a throw-away file (decisions.md 30). `run` says how it went on stdout.
int import_command(const CommandLine& line, bool check,
                   const std::function<int(app::Engine&, projects::ProjectNumber, bool check)>& run) {
    auto opened = open(line, Use::writes_with_project);
    if (!opened) return fail(opened.error());
    auto project = pick_project(*opened->engine, line.project);
    if (!project) return fail(project.error());
    if (!check) return run(*opened->engine, project->number, false);
    const auto folder = std::filesystem::temp_directory_path() /
                        fmt::format("perennial-check-{}", ::getpid());
    std::filesystem::create_directories(folder);
    CommandLine scratch = line;
    scratch.flags["data-dir"] = folder.string();
    scratch.flags["database"] = (folder / "check.db").string();
    int code = 0;
    {
        auto throw_away = open(scratch, Use::writes);
        if (!throw_away) return fail(throw_away.error());
        const auto copied =
            app::copy_definitions(*opened->engine, project->number, *throw_away->engine);
        code = run(*throw_away->engine, copied, true);
    }
    std::filesystem::remove_all(folder);
    return code;
}

int import_orders_command(const CommandLine& line, const app::ImportOptions& options, bool check) {
    return import_command(line, check, [&](app::Engine& engine, projects::ProjectNumber project,
                                           bool checks) {
        auto report = app::import_orders(engine, project, options);
        if (!report) return fail(report.error());
        fmt::print("{}{}{}", app::to_text(*report),
                   checks ? "Nothing was imported: this was a check.\n" : "",
                   app::points_summary(engine, project));
        if (checks) return 0;
        return report->refused + static_cast<std::int64_t>(report->summary.orders_refused) > 0 ? 3 : 0;
    });
}

int import_rows_command(
    const CommandLine& line, const app::RowImportOptions& options, bool check,
    Result<app::RowImportReport> (*import)(app::Engine&, projects::ProjectNumber,
                                           const app::RowImportOptions&)) {
    return import_command(line, check, [&](app::Engine& engine, projects::ProjectNumber project,
                                           bool checks) {
        auto report = import(engine, project, options);
        if (!report) return fail(report.error());
        fmt::print("{}{}", app::to_text(*report),
                   checks ? "Nothing was imported: this was a check.\n" : "");
        return report->refused > 0 && !checks ? 3 : 0;
    });
}

// The whole file goes to stdout, or to `file`.
int export_command(const CommandLine& line, const std::string& kind, const std::string& fields,
                   const std::string& order, const std::string& file) {
    const exports::Object* object = exports::find_object(kind);
    if (object == nullptr) {
        fmt::print(stderr, "perennial: there is no export of '{}'\n", kind);
        return 1;
    }
    json::object parameters;
    if (!order.empty()) parameters["order"] = order;
    json::array names;
    for (std::size_t at = 0; at < fields.size();) {
        const std::size_t comma = std::min(fields.find(',', at), fields.size());
        names.emplace_back(fields.substr(at, comma - at));
        at = comma + 1;
    }
    if (names.empty())
        for (const std::string_view field : object->fields) names.emplace_back(field);
    parameters["fields"] = std::move(names);
    const auto wish = exports::read_wish(*object, parameters);
    if (!wish) return fail(wish.error());
    auto opened = open(line, Use::reads);
    if (!opened) return fail(opened.error());
    auto project = pick_project(*opened->engine, line.project);
    if (!project) return fail(project.error());
    std::ofstream out;
    if (!file.empty()) {
        out.open(file, std::ios::binary | std::ios::trunc);
        if (!out) {
            fmt::print(stderr, "perennial: cannot write {}\n", file);
            return 1;
        }
    }
    std::ostream& to = file.empty() ? std::cout : out;
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

int verify_command(const CommandLine& line, const std::string& write, const std::string& against) {
    std::string old;
    if (!against.empty()) {
        auto content = read_file(against);
        if (!content) return fail(content.error());
        old = *content;
    }
    auto opened = open(line, Use::reads);
    if (!opened) return fail(opened.error());
    const app::Verdict verdict = app::verify(opened->engine->database(), old);
    fmt::print("{} cards, {} entries, {} points, {} pending\n", verdict.cards, verdict.entries,
               verdict.points, verdict.pending);
    for (const std::string& finding : verdict.findings) fmt::print("  {}\n", finding);
    if (!write.empty()) std::ofstream(write, std::ios::binary) << verdict.checkpoint;
    if (verdict.holds()) {
        fmt::print("The ledger holds.\n");
        return 0;
    }
    fmt::print("The ledger does NOT hold: {} findings.\n", verdict.findings_count);
    return 2;
}

int statement_command(const CommandLine& line, const std::string& member, const std::string& at) {
    auto opened = open(line, Use::reads);
    if (!opened) return fail(opened.error());
    auto project = pick_project(*opened->engine, line.project);
    if (!project) return fail(project.error());
    app::LocalApi api(*opened->engine, project->number);
    std::string card = member;
    // A customer's id or source id will do: their oldest card.
    if (auto found = app::card_of_customer(*opened->engine, project->number, member)) card = *found;
    std::string target =
        "/v1/loyalties/members/" + http::percent_encode(card) + "/statement?format=text";
    if (!at.empty()) target += "&at=" + http::percent_encode(at);
    const http::Response response = api.call(http::Method::get, target);
    fmt::print("{}", response.body);
    if (response.status >= 300) fmt::print("\n");
    return response.status < 300 ? 0 : 1;
}

struct KeyWish {
    std::string name = "key";
    std::string role = "USER";
    std::string kind = "server";
    std::string app_id;
    std::string expires_at;
    std::string keep_previous_until;
};

void print_token(const projects::ApiKey& key, const std::string& token) {
    const auto [id, secret] = key.kind == projects::KeyKind::client
                                  ? std::pair("X-Client-Application-Id", "X-Client-Token")
                              : key.kind == projects::KeyKind::management
                                  ? std::pair("X-Management-Id", "X-Management-Token")
                                  : std::pair("X-App-Id", "X-App-Token");
    fmt::print("{}: {}\n{}: {}\nThe token is shown only now.\n", id, key.app_id, secret, token);
}

Result<std::optional<Timestamp>> moment(const std::string& text) {
    if (text.empty()) return std::nullopt;
    if (const auto parsed = Timestamp::parse(text)) return parsed;
    return refuse(error::invalid_payload,
                  fmt::format("'{}' is no moment, as 2036-01-31T10:00:00Z", text));
}

int create_key(app::Engine& engine, const projects::Project& project, const KeyWish& wish) {
    constexpr std::size_t management_keys_max = 5;
    const auto expires_at = moment(wish.expires_at);
    if (!expires_at) return fail(expires_at.error());
    projects::ApiKey key;
    std::string token;
    engine.write([&](work::Batch& batch) {
        key = {};
        key.kind = projects::kind_from(wish.kind).value_or(projects::KeyKind::server);
        key.project = project.number;
        key.name = wish.name;
        key.role = projects::role_from(wish.role).value_or(projects::Role::user);
        key.created_at = batch.machine_now;
        key.expires_at = *expires_at;
        token.clear();
        if (key.kind == projects::KeyKind::management) {
            std::size_t live = 0;
            for (const projects::Project& one : projects::list_projects(batch.tx))
                for (const projects::ApiKey& known : projects::list_keys(batch.tx, one.number))
                    if (known.kind == key.kind && !known.revoked_at) ++live;
            if (live >= management_keys_max) return;
        }
        token = projects::create_key(batch.tx, key);
    });
    if (token.empty())
        return fail({&error::invalid_payload,
                     "There are 5 management keys already: revoke one that is not used"});
    print_token(key, token);
    return 0;
}

int rotate_key(app::Engine& engine, const projects::Project& project, const KeyWish& wish) {
    const auto until = moment(wish.keep_previous_until);
    if (!until) return fail(until.error());
    std::optional<projects::KeyCheck> found;
    std::string token;
    engine.write([&](work::Batch& batch) {
        found = projects::find_key(batch.tx, wish.app_id);
        token.clear();
        if (found && found->key.project == project.number && !found->key.revoked_at)
            token = projects::rotate_key(batch.tx, found->key, batch.machine_now,
                                         until->value_or(batch.machine_now + day_ms));
    });
    if (token.empty())
        return fail({&error::not_found, "There is no such live key in this project"});
    print_token(found->key, token);
    return 0;
}

void print_key(const projects::ApiKey& key, Timestamp now) {
    std::string state = "active";
    if (key.expires_at) state = "until " + key.expires_at->iso();
    if (key.expires_at && *key.expires_at <= now) state = "expired";
    if (key.revoked_at) state = "revoked";
    if (key.previous_until && *key.previous_until > now)
        state += ", old token until " + key.previous_until->iso();
    fmt::print("{}  {:<10}  {:<8}  {:<20}  {}  used {}  {}\n", key.app_id,
               projects::kind_name(key.kind), projects::role_name(key.role), key.name,
               key.created_at.iso(), key.last_used_at ? key.last_used_at->iso() : "never", state);
}

int keys_command(const CommandLine& line, const std::string& action, const KeyWish& wish) {
    auto opened = open(line, action == "list" ? Use::reads : Use::writes_with_project);
    if (!opened) return fail(opened.error());
    app::Engine& engine = *opened->engine;
    auto project = pick_project(engine, line.project);
    if (!project) return fail(project.error());
    if (action == "create") return create_key(engine, *project, wish);
    if (action == "rotate") return rotate_key(engine, *project, wish);
    if (action == "revoke") {
        bool done = false;
        engine.write([&](work::Batch& batch) {
            done = projects::revoke_key(batch.tx, wish.app_id, batch.machine_now);
        });
        fmt::print("{}\n", done ? "Revoked." : "There is no such active key.");
        return done ? 0 : 1;
    }
    engine.database().read([&](db::Tx& tx) {
        for (const projects::ApiKey& key : projects::list_keys(tx, project->number))
            print_key(key, app::machine_now());
    });
    return 0;
}

int project_command(const CommandLine& line, const std::string& action, const std::string& name,
                    const std::string& zone, const std::string& currency, bool sandbox) {
    auto opened = open(line, action == "list" ? Use::reads : Use::writes);
    if (!opened) return fail(opened.error());
    app::Engine& engine = *opened->engine;
    if (action == "create") {
        if (auto known = TimeZone::find(zone); !known) return fail(known.error());
        projects::Project project;
        engine.write([&](work::Batch& batch) {
            project = projects::create_project(batch.tx, batch.ids, name, {zone, currency}, sandbox,
                                               batch.machine_now);
        });
        fmt::print("{}\n", project.id.text());
        return 0;
    }
    engine.database().read([&](db::Tx& tx) {
        for (const projects::Project& project : projects::list_projects(tx))
            fmt::print("{}  {:<24}  {}  {}{}\n", project.id.text(), project.name,
                       project.settings.time_zone, project.settings.currency,
                       project.sandbox ? "  sandbox" : "");
    });
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App cli{"Perennial: customer loyalty that a shop runs itself"};
    cli.set_version_flag("--version", version);
    cli.require_subcommand(1);
    cli.fallthrough();
    CommandLine line;
    cli.add_option("--project", line.project, "Name or id of the project; the first when not said");
    std::map<std::string, std::string> given;
    for (const config::Setting& setting : config::settings_table()) {
        std::string name(setting.name);
        std::ranges::replace(name, '_', '-');
        cli.add_option("--" + name, given[name], std::string(setting.description))
            ->group("Settings (also in the environment and the configuration file)");
    }
    cli.add_option("--config", given["config"], "Configuration file, JSON")
        ->group("Settings (also in the environment and the configuration file)");

    int code = 0;
    auto collect = [&] {
        for (const auto& [name, value] : given)
            if (cli.count("--" + name) > 0) line.flags[name] = value;
    };

    bool print_config = false;
    CLI::App* serve = cli.add_subcommand("serve", "Serve the API");
    serve->add_flag("--print-config", print_config, "Print every setting with its source, and end");
    serve->callback([&] { collect(), code = serve_command(line, print_config); });

    bool keep = false;
    bool load_only = false;
    std::uint64_t seed = 1;
    CLI::App* demo = cli.add_subcommand("demo", "Serve a demo store made up to today");
    demo->add_flag("--keep", keep, "Go on with the store of an earlier run");
    demo->add_flag("--load-only", load_only, "Make the store and end");
    demo->add_option("--seed", seed, "Another seed makes another store");
    demo->callback([&] { collect(), code = demo_command(line, !keep, seed, load_only); });

    std::string program_file;
    CLI::App* apply = cli.add_subcommand("apply", "Create or change a loyalty program from a file");
    apply->add_option("file", program_file, "program.json")->required();
    apply->callback([&] { collect(), code = apply_command(line, program_file); });

    app::ImportOptions import_options;
    bool check = false;
    bool no_earn = false;
    CLI::App* import = cli.add_subcommand("import", "Import from files");
    import->require_subcommand(1);
    CLI::App* orders = import->add_subcommand("orders", "Orders and returns from line-item CSV");
    orders->add_option("file", import_options.file, "CSV file")->required();
    orders->add_option("--mapping", import_options.mapping_file, "What the columns mean, JSON")
        ->required();
    orders->add_option("--errors", import_options.errors_file, "Where to name wrong lines");
    orders->add_flag("--check", check, "Import into a throw-away database and report");
    orders->add_flag("--no-earn", no_earn, "Orders give no points");
    orders->callback([&] {
        collect();
        import_options.earns = !no_earn;
        code = import_orders_command(line, import_options, check);
    });
    app::RowImportOptions row_options;
    const auto row_import = [&](const char* name, const char* help, auto run) {
        CLI::App* rows = import->add_subcommand(name, help);
        rows->add_option("file", row_options.file, "CSV file")->required();
        rows->add_option("--mapping", row_options.mapping_file, "Which column is what, JSON");
        rows->add_option("--errors", row_options.errors_file, "Where to name wrong rows");
        rows->add_flag("--check", check, "Import into a throw-away database and report");
        rows->callback([&line, &row_options, &check, &code, &collect, run] {
            collect();
            code = import_rows_command(line, row_options, check, run);
        });
    };
    row_import("customers", "Customers: create, or change those with the same source_id",
               &app::import_customers);
    row_import("balances", "Opening balances of points, each once, with the day they end",
               &app::import_balances);

    std::string export_kind;
    std::string export_fields;
    std::string export_order;
    std::string export_file;
    CLI::App* exporting = cli.add_subcommand("export", "Write what is stored as CSV");
    exporting->add_option("kind", export_kind,
                          "customer, order, voucher, redemption, points_expiration or "
                          "voucher_transactions")
        ->required();
    exporting->add_option("--fields", export_fields, "Comma-separated; all when not said");
    exporting->add_option("--order", export_order, "A field, with a minus for descending");
    exporting->add_option("--output", export_file, "File; else standard output");
    exporting->callback([&] {
        collect();
        code = export_command(line, export_kind, export_fields, export_order, export_file);
    });

    std::string checkpoint;
    std::string against;
    CLI::App* verify = cli.add_subcommand("verify", "Prove the ledger from its entries");
    verify->add_option("--checkpoint", checkpoint, "Write the hashes of all cards' heads here");
    verify->add_option("--against", against, "Compare with such a file");
    verify->callback([&] { collect(), code = verify_command(line, checkpoint, against); });

    std::string member;
    std::string at;
    CLI::App* statement = cli.add_subcommand("statement", "A member's statement");
    statement->add_option("member", member, "Card code, card id, or the customer's id or source id")
        ->required();
    statement->add_option("--at", at, "Balance as of this date");
    statement->callback([&] { collect(), code = statement_command(line, member, at); });

    KeyWish key;
    CLI::App* keys = cli.add_subcommand("keys", "List, create, rotate and revoke project keys");
    keys->require_subcommand(1);
    keys->add_subcommand("list", "List")->callback(
        [&] { collect(), code = keys_command(line, "list", key); });
    CLI::App* create = keys->add_subcommand("create", "Create; the token is shown once");
    create->add_option("--name", key.name, "What it is for");
    create->add_option("--role", key.role, "VIEWER, MERCHANT, USER or ADMIN")
        ->check(CLI::IsMember({"VIEWER", "MERCHANT", "USER", "ADMIN"}));
    create->add_option("--kind", key.kind, "server, client (for pages) or management")
        ->check(CLI::IsMember({"server", "client", "management"}));
    create->add_option("--expires-at", key.expires_at, "When it ends; never when not said");
    create->callback([&] { collect(), code = keys_command(line, "create", key); });
    CLI::App* rotate = keys->add_subcommand("rotate", "A new token; the old one ends later");
    rotate->add_option("app-id", key.app_id, "Id of the key")->required();
    rotate->add_option("--keep-until", key.keep_previous_until,
                       "When the old token ends; in a day when not said");
    rotate->callback([&] { collect(), code = keys_command(line, "rotate", key); });
    CLI::App* revoke = keys->add_subcommand("revoke", "Revoke");
    revoke->add_option("app-id", key.app_id, "Id of the key")->required();
    revoke->callback([&] { collect(), code = keys_command(line, "revoke", key); });

    std::string project_name;
    std::string zone = "UTC";
    std::string currency = "EUR";
    bool sandbox = false;
    CLI::App* project = cli.add_subcommand("project", "List and create projects");
    project->require_subcommand(1);
    project->add_subcommand("list", "List")->callback(
        [&] { collect(), code = project_command(line, "list", "", "", "", false); });
    CLI::App* make = project->add_subcommand("create", "Create");
    make->add_option("name", project_name, "Name")->required();
    make->add_option("--timezone", zone, "IANA name");
    make->add_option("--currency", currency, "ISO 4217");
    make->add_flag("--sandbox", sandbox, "With a test clock");
    make->callback([&] {
        collect(), code = project_command(line, "create", project_name, zone, currency, sandbox);
    });

    std::string backup_file;
    CLI::App* backup = cli.add_subcommand("backup", "Copy the running database into a file");
    backup->add_option("file", backup_file, "Target")->required();
    backup->callback([&] {
        collect();
        auto opened = open(line, Use::reads);
        if (!opened) {
            code = fail(opened.error());
            return;
        }
        if (auto done = opened->engine->database().backup_to(backup_file); !done)
            code = fail(done.error());
        else
            fmt::print("Backed up to {}\n", backup_file);
    });

    std::string restore_file;
    CLI::App* restore = cli.add_subcommand("restore", "Put a backup in the place of the database");
    restore->add_option("file", restore_file, "Backup")->required();
    restore->callback([&] {
        collect();
        auto config = config::load(line.flags, config::read_environment());
        if (!config) {
            code = fail(config.error());
            return;
        }
        if (auto done = app::restore(config->settings, restore_file); !done)
            code = fail(done.error());
        else
            fmt::print("Restored {}; run `perennial verify`.\n", config->settings.database);
    });

    CLI::App* migrate = cli.add_subcommand("migrate", "Bring the database's schema up to date");
    migrate->callback([&] {
        collect();
        auto opened = open(line, Use::writes);
        if (!opened)
            code = fail(opened.error());
        else
            fmt::print("{} is up to date.\n", opened->engine->database().describe());
    });

    try {
        cli.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return cli.exit(error);
    } catch (const db::Failure& failure) {
        fmt::print(stderr, "perennial: {}\n", failure.what());
        return 1;
    } catch (const std::exception& broken) {
        fmt::print(stderr, "perennial: {}\n", broken.what());
        return 70;
    }
    return code;
}
