#include <fmt/format.h>

#include "cli/shell.hpp"

namespace perennial::cli {
namespace {

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

int revoke_key(app::Engine& engine, const KeyWish& wish) {
    bool done = false;
    engine.write([&](work::Batch& batch) {
        done = projects::revoke_key(batch.tx, wish.app_id, batch.machine_now);
    });
    fmt::print("{}\n", done ? "Revoked." : "There is no such active key.");
    return done ? 0 : 1;
}

using KeyAction = int (*)(app::Engine&, const projects::Project&, const KeyWish&);

int change_keys(const CommandLine& line, const KeyWish& wish, KeyAction action) {
    auto opened = open(line, Use::writes_with_project);
    if (!opened) return fail(opened.error());
    auto project = pick_project(*opened->engine, line.project);
    if (!project) return fail(project.error());
    return action(*opened->engine, *project, wish);
}

int list_keys(const CommandLine& line) {
    auto opened = open(line, Use::reads);
    if (!opened) return fail(opened.error());
    auto project = pick_project(*opened->engine, line.project);
    if (!project) return fail(project.error());
    opened->engine->database().read([&](db::Tx& tx) {
        for (const projects::ApiKey& key : projects::list_keys(tx, project->number))
            print_key(key, app::machine_now());
    });
    return 0;
}

struct ProjectWish {
    std::string name;
    std::string zone = "UTC";
    std::string currency = "EUR";
    bool sandbox = false;
};

int create_project(const CommandLine& line, const ProjectWish& wish) {
    auto opened = open(line, Use::writes);
    if (!opened) return fail(opened.error());
    if (auto known = TimeZone::find(wish.zone); !known) return fail(known.error());
    projects::Project project;
    opened->engine->write([&](work::Batch& batch) {
        project =
            projects::create_project(batch.tx, batch.ids, wish.name, {wish.zone, wish.currency},
                                     wish.sandbox, batch.machine_now);
    });
    fmt::print("{}\n", project.id.text());
    return 0;
}

int list_projects(const CommandLine& line) {
    auto opened = open(line, Use::reads);
    if (!opened) return fail(opened.error());
    opened->engine->database().read([&](db::Tx& tx) {
        for (const projects::Project& project : projects::list_projects(tx))
            fmt::print("{}  {:<24}  {}  {}{}\n", project.id.text(), project.name,
                       project.settings.time_zone, project.settings.currency,
                       project.sandbox ? "  sandbox" : "");
    });
    return 0;
}

void add_keys(Shell& shell) {
    const auto wish = std::make_shared<KeyWish>();
    const auto changes = [&shell, wish](CLI::App* command, KeyAction action) {
        shell.on(command, [wish, action](const CommandLine& line) {
            return change_keys(line, *wish, action);
        });
    };
    CLI::App* keys =
        shell.app.add_subcommand("keys", "List, create, rotate and revoke project keys");
    keys->require_subcommand(1);
    shell.on(keys->add_subcommand("list", "List"), list_keys);
    CLI::App* create = keys->add_subcommand("create", "Create; the token is shown once");
    create->add_option("--name", wish->name, "What it is for");
    create->add_option("--role", wish->role, "VIEWER, MERCHANT, USER or ADMIN")
        ->check(CLI::IsMember({"VIEWER", "MERCHANT", "USER", "ADMIN"}));
    create->add_option("--kind", wish->kind, "server, client (for pages) or management")
        ->check(CLI::IsMember({"server", "client", "management"}));
    create->add_option("--expires-at", wish->expires_at, "When it ends; never when not said");
    changes(create, create_key);
    CLI::App* rotate = keys->add_subcommand("rotate", "A new token; the old one ends later");
    rotate->add_option("app-id", wish->app_id, "Id of the key")->required();
    rotate->add_option("--keep-until", wish->keep_previous_until,
                       "When the old token ends; in a day when not said");
    changes(rotate, rotate_key);
    CLI::App* revoke = keys->add_subcommand("revoke", "Revoke");
    revoke->add_option("app-id", wish->app_id, "Id of the key")->required();
    changes(revoke, [](app::Engine& engine, const projects::Project&, const KeyWish& key) {
        return revoke_key(engine, key);
    });
}

}  // namespace

void add_projects(Shell& shell) {
    add_keys(shell);
    const auto wish = std::make_shared<ProjectWish>();
    CLI::App* project = shell.app.add_subcommand("project", "List and create projects");
    project->require_subcommand(1);
    shell.on(project->add_subcommand("list", "List"), list_projects);
    CLI::App* create = project->add_subcommand("create", "Create");
    create->add_option("name", wish->name, "Name")->required();
    create->add_option("--timezone", wish->zone, "IANA name");
    create->add_option("--currency", wish->currency, "ISO 4217");
    create->add_flag("--sandbox", wish->sandbox, "With a test clock");
    shell.on(create, [wish](const CommandLine& line) { return create_project(line, *wish); });
}

}  // namespace perennial::cli
