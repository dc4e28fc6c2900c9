#include "platform/config/config.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <charconv>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <thread>

#include "base/json.hpp"

namespace perennial::config {
namespace {

constexpr std::string_view environment_prefix = "PERENNIAL_";
constexpr std::int64_t day_in_ms = 86'400'000;
constexpr std::int64_t gigabyte = 1'073'741'824;

constexpr ErrorCode invalid_settings{"invalid_settings", ErrorKind::invalid, "Invalid settings"};

constexpr std::array table{
    Setting{"listen", Type::text, "127.0.0.1:8080", "",
            "Address and port to serve on; port 0 takes a free one"},
    Setting{"data_dir", Type::text, "data", "", "Folder of the embedded database and of files"},
    Setting{"database", Type::text, "", "",
            "Path of a SQLite file, or postgresql://…; empty = DATA_DIR/perennial.db"},
    Setting{"public_url", Type::text, "", "",
            "How people reach the server, for links; empty = http:// and the listen address"},
    Setting{"log_level", Type::choice, "info", "", "Least level that is logged",
            "debug|info|warn|error|off"},
    Setting{"log_format", Type::choice, "auto", "", "auto = text on a terminal, else json",
            "auto|json|text"},
    Setting{"max_body_bytes",
            Type::integer,
            "1048576",
            "bytes",
            "Largest request body",
            {},
            1024,
            gigabyte},
    Setting{"import_max_body_bytes",
            Type::integer,
            "10485760",
            "bytes",
            "Largest request body of an import",
            {},
            1024,
            gigabyte},
    Setting{"header_timeout_ms",
            Type::integer,
            "10000",
            "ms",
            "Time for a request's header to arrive",
            {},
            100,
            day_in_ms},
    Setting{"body_timeout_ms",
            Type::integer,
            "30000",
            "ms",
            "Time for a request's body to arrive, and a second more for each 8 KiB",
            {},
            100,
            day_in_ms},
    Setting{"idle_timeout_ms",
            Type::integer,
            "75000",
            "ms",
            "How long a connection may stay open unused",
            {},
            100,
            day_in_ms},
    Setting{"stop_timeout_ms",
            Type::integer,
            "10000",
            "ms",
            "How long a stop waits for requests in flight",
            {},
            0,
            day_in_ms},
    Setting{"max_connections",
            Type::integer,
            "10000",
            "connections",
            "Open connections; more are answered 503",
            {},
            1,
            1'000'000},
    Setting{"max_pipelined",
            Type::integer,
            "64",
            "requests",
            "Unanswered requests of one connection",
            {},
            1,
            10'000},
    Setting{"io_threads",
            Type::integer,
            "1",
            "threads",
            "Threads that read and write sockets",
            {},
            1,
            64},
    Setting{"worker_threads",
            Type::integer,
            "0",
            "threads",
            "Threads for reading requests; 0 = one a core, at least 2",
            {},
            0,
            1024},
    Setting{"committers",
            Type::integer,
            "0",
            "threads",
            "Threads that write; 0 = 1 on SQLite, one a core (2 to 4) on PostgreSQL; SQLite takes 1 only",
            {},
            0,
            256},
    Setting{"batch_max_commands",
            Type::integer,
            "256",
            "commands",
            "Most commands in one transaction",
            {},
            1,
            10'000},
    Setting{"batch_max_ms",
            Type::integer,
            "5",
            "ms",
            "Longest a transaction goes on taking commands",
            {},
            0,
            10'000},
    Setting{"jobs_retention_days",
            Type::integer,
            "30",
            "days",
            "How long finished async actions and the files of exports are kept",
            {},
            1,
            3650},
    Setting{"jobs_lease_seconds",
            Type::integer,
            "60",
            "seconds",
            "After how long another server goes on with the job of one that was killed",
            {},
            1,
            3600},
    Setting{"webhook_allow_private", Type::boolean, "false", "",
            "Whether webhooks may go to private and loopback addresses"},
    Setting{"calls_per_minute",
            Type::integer,
            "2000000",
            "calls",
            "Of one key, in each server process; a project may set less; 0 = no limit",
            {},
            0,
            1'000'000'000},
    Setting{"client_calls_per_5_s",
            Type::integer,
            "5",
            "calls",
            "Of one address with client-side keys, in five seconds; 0 = no limit",
            {},
            0,
            1'000'000'000},
    Setting{"client_address_header", Type::text, "", "",
            "Header in which the proxy in front names the client, as X-Forwarded-For: its last "
            "address counts; empty = the peer's own"},
    Setting{"sqlite_cache_mb",
            Type::integer,
            "64",
            "MB",
            "Page cache of the SQLite writer",
            {},
            1,
            1'048'576},
    Setting{"buckets",
            Type::integer,
            "0",
            "buckets",
            "Fixed when a database is made; 0 = 1 on SQLite, 256 on PostgreSQL",
            {},
            0,
            32'767},
};

using Problems = std::vector<FieldIssue>;

void add(Problems& problems, std::string where, std::string_view key, std::string message) {
    problems.push_back({std::move(where), std::string(key), std::move(message)});
}

const Setting* find_setting(std::string_view name) {
    const auto found = std::ranges::find(table, name, &Setting::name);
    return found == table.end() ? nullptr : &*found;
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j < row.size(); ++j) row[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
            diagonal = row[j];
            row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
        }
    }
    return row.back();
}

std::string unknown_setting(std::string_view name) {
    const Setting* nearest = nullptr;
    std::size_t least = 4;  // farther off, it is no slip of the pen
    for (const Setting& setting : table) {
        const std::size_t distance = edit_distance(name, setting.name);
        if (distance < least) least = distance, nearest = &setting;
    }
    return nearest ? fmt::format("is not a setting; did you mean {}?", nearest->name)
                   : std::string("is not a setting; --print-config lists them");
}

std::optional<std::int64_t> to_integer(std::string_view text) {
    std::int64_t number = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, code] = std::from_chars(text.data(), end, number);
    if (code != std::errc() || stop != end) return std::nullopt;
    return number;
}

std::optional<bool> to_boolean(std::string_view text) {
    for (const std::string_view yes : {"true", "1", "yes", "on"})
        if (text == yes) return true;
    for (const std::string_view no : {"false", "0", "no", "off"})
        if (text == no) return false;
    return std::nullopt;
}

bool is_choice(std::string_view choices, std::string_view value) {
    while (!choices.empty()) {
        const auto bar = choices.find('|');
        if (choices.substr(0, bar) == value) return true;
        choices.remove_prefix(bar == std::string_view::npos ? choices.size() : bar + 1);
    }
    return false;
}

/// Nothing when the value fits, else what it must be.
std::optional<std::string> what_is_wrong(const Setting& setting, std::string_view value) {
    switch (setting.type) {
        case Type::text:
            return std::nullopt;
        case Type::integer: {
            const auto number = to_integer(value);
            if (number && *number >= setting.min && *number <= setting.max) return std::nullopt;
            return fmt::format("must be an integer from {} to {}{}{}", setting.min, setting.max,
                               setting.unit.empty() ? "" : " ", setting.unit);
        }
        case Type::boolean:
            if (to_boolean(value)) return std::nullopt;
            return "must be true or false";
        case Type::choice:
            if (is_choice(setting.choices, value)) return std::nullopt;
            return fmt::format("must be one of {}", setting.choices);
    }
    return std::nullopt;
}

class Values {
  public:
    explicit Values(Problems& problems) : problems_(problems) {
        for (const Setting& setting : table)
            origins_.push_back(
                {&setting, std::string(setting.default_value), Source::default_value});
    }

    void set(const Setting& setting, std::string value, Source source, const std::string& where) {
        if (auto wrong = what_is_wrong(setting, value))
            return add(problems_, where, "value", *std::move(wrong));
        Origin& origin = of(setting.name);
        origin.value = std::move(value);
        origin.source = source;
    }

    Origin& of(std::string_view name) {
        const Setting* setting = find_setting(name);
        CHECK(setting != nullptr);
        return origins_[static_cast<std::size_t>(setting - table.data())];
    }
    const std::string& text(std::string_view name) { return of(name).value; }
    std::int64_t integer(std::string_view name) { return to_integer(text(name)).value_or(0); }
    bool boolean(std::string_view name) { return to_boolean(text(name)).value_or(false); }

    /// Where the default depends on others: 0 or empty becomes what it came to.
    void resolve(std::string_view name, std::string_view unset, std::string value) {
        Origin& origin = of(name);
        if (origin.value == unset) origin.value = std::move(value);
    }

    std::vector<Origin> take() { return std::move(origins_); }

  private:
    Problems& problems_;
    std::vector<Origin> origins_;
};

void read_file(const std::string& path, Values& values, Problems& problems) {
    std::ifstream file(path, std::ios::binary);
    const std::string text((std::istreambuf_iterator<char>(file)),
                           std::istreambuf_iterator<char>());
    if (!file.is_open()) return add(problems, path, "file", "cannot be read");
    const auto parsed = parse_json(text);
    if (!parsed) return add(problems, path, "file", parsed.error().details);
    if (!parsed->is_object()) return add(problems, path, "file", "must hold one JSON object");
    for (const auto& member : parsed->get_object()) {
        const std::string name(member.key());
        const std::string where = fmt::format("{}: {}", path, name);
        const Setting* setting = find_setting(name);
        if (!setting) {
            add(problems, where, "unknown", unknown_setting(name));
        } else if (member.value().is_string()) {
            values.set(*setting, std::string(member.value().get_string()), Source::file, where);
        } else if (member.value().is_int64() || member.value().is_bool()) {
            values.set(*setting, to_text(member.value()), Source::file, where);
        } else {
            add(problems, where, "value", "must be a text, an integer, true or false");
        }
    }
}

std::string name_of_flag(std::string_view flag) {
    std::string name(flag);
    std::ranges::replace(name, '-', '_');
    return name;
}

/// "host:port", "[::1]:port"; an empty host means every address.
bool split_listen(std::string_view listen, Settings& settings) {
    const auto colon = listen.rfind(':');
    if (colon == std::string_view::npos) return false;
    std::string_view host = listen.substr(0, colon);
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    const auto port = to_integer(listen.substr(colon + 1));
    if (!port || *port < 0 || *port > 65'535) return false;
    settings.listen_host = host.empty() ? "0.0.0.0" : std::string(host);
    settings.listen_port = static_cast<std::uint16_t>(*port);
    return true;
}

bool is_postgres_url(std::string_view database) {
    return database.starts_with("postgresql://") || database.starts_with("postgres://");
}

Settings settle(Values& values, Problems& problems) {
    Settings settings;
    values.resolve("database", "", values.text("data_dir") + "/perennial.db");
    const bool is_postgres = is_postgres_url(values.text("database"));
    if (!is_postgres && values.text("database").find("://") != std::string::npos)
        add(problems, "database", "value", "must be a path or begin with postgresql://");
    // Port 0 becomes a port when the server listens: until then nobody knows the address.
    const bool any_port = values.text("listen").ends_with(":0");
    if (!any_port) values.resolve("public_url", "", "http://" + values.text("listen"));
    std::string url = values.text("public_url");
    if (!url.empty() && !url.starts_with("http://") && !url.starts_with("https://"))
        add(problems, "public_url", "value", "must begin with http:// or https://");
    while (url.ends_with('/')) url.pop_back();
    if (!split_listen(values.text("listen"), settings))
        add(problems, "listen", "value", "must be host:port, as 127.0.0.1:8080 or [::1]:8080");
    values.resolve("log_format", "auto", ::isatty(STDERR_FILENO) == 1 ? "text" : "json");
    values.resolve("worker_threads", "0",
                   std::to_string(std::max(2U, std::thread::hardware_concurrency())));
    // One a core: more make smaller batches, and each batch costs a sync and ten round trips.
    const unsigned cores = std::clamp(std::thread::hardware_concurrency(), 2U, 4U);
    values.resolve("committers", "0", is_postgres ? std::to_string(cores) : "1");
    values.resolve("buckets", "0", is_postgres ? "256" : "1");
    if (!is_postgres && values.integer("committers") != 1)
        add(problems, "committers", "value", "must be 1 on SQLite");

    settings.listen = values.text("listen");
    settings.data_dir = values.text("data_dir");
    settings.database = values.text("database");
    settings.is_postgres = is_postgres;
    settings.public_url = std::move(url);
    settings.log_level = values.text("log_level");
    settings.log_format = values.text("log_format");
    settings.max_body_bytes = values.integer("max_body_bytes");
    settings.import_max_body_bytes = values.integer("import_max_body_bytes");
    settings.header_timeout_ms = values.integer("header_timeout_ms");
    settings.body_timeout_ms = values.integer("body_timeout_ms");
    settings.idle_timeout_ms = values.integer("idle_timeout_ms");
    settings.stop_timeout_ms = values.integer("stop_timeout_ms");
    settings.max_connections = values.integer("max_connections");
    settings.max_pipelined = values.integer("max_pipelined");
    settings.io_threads = values.integer("io_threads");
    settings.worker_threads = values.integer("worker_threads");
    settings.committers = values.integer("committers");
    settings.batch_max_commands = values.integer("batch_max_commands");
    settings.batch_max_ms = values.integer("batch_max_ms");
    settings.jobs_retention_days = values.integer("jobs_retention_days");
    settings.jobs_lease_seconds = values.integer("jobs_lease_seconds");
    settings.webhook_allow_private = values.boolean("webhook_allow_private");
    settings.calls_per_minute = values.integer("calls_per_minute");
    settings.client_calls_per_5_s = values.integer("client_calls_per_5_s");
    settings.client_address_header = values.text("client_address_header");
    settings.sqlite_cache_mb = values.integer("sqlite_cache_mb");
    settings.buckets = values.integer("buckets");
    return settings;
}

std::string file_named_by(const Texts& flags, const Texts& environment) {
    if (const auto flag = flags.find("config"); flag != flags.end()) return flag->second;
    const auto variable = environment.find("PERENNIAL_CONFIG");
    return variable == environment.end() ? std::string() : variable->second;
}

Error as_error(Problems problems) {
    std::string details;
    for (const FieldIssue& problem : problems) {
        if (!details.empty()) details += "\n";
        details += fmt::format("{} {}", problem.pointer, problem.message);
    }
    Error error{&invalid_settings, std::move(details)};
    error.issues = std::move(problems);
    return error;
}

std::string_view name_of(Source source) {
    switch (source) {
        case Source::default_value:
            return "default";
        case Source::file:
            return "file";
        case Source::environment:
            return "environment";
        case Source::flag:
            return "flag";
    }
    return "";
}

}  // namespace

std::string Setting::environment_name() const {
    std::string out(environment_prefix);
    for (const char c : name) out += c >= 'a' && c <= 'z' ? static_cast<char>(c - ('a' - 'A')) : c;
    return out;
}

std::span<const Setting> settings_table() {
    return table;
}

Texts read_environment() {
    Texts texts;
    for (char** one = ::environ; one && *one; ++one) {
        const std::string_view text(*one);
        const auto equals = text.find('=');
        if (!text.starts_with(environment_prefix) || equals == std::string_view::npos) continue;
        texts.emplace(text.substr(0, equals), text.substr(equals + 1));
    }
    return texts;
}

Result<Config> load(const Texts& flags, const Texts& environment) {
    Config config;
    Problems problems;
    Values values(problems);

    config.file = file_named_by(flags, environment);
    if (!config.file.empty()) read_file(config.file, values, problems);

    Texts known_variables{{"PERENNIAL_CONFIG", ""}};
    for (const Setting& setting : table) {
        const std::string variable = setting.environment_name();
        known_variables.emplace(variable, "");
        if (const auto found = environment.find(variable); found != environment.end())
            values.set(setting, found->second, Source::environment, variable);
    }
    for (const auto& [variable, value] : environment)
        if (!known_variables.contains(variable))
            config.warnings.push_back(fmt::format("{} is no setting and is ignored", variable));

    for (const auto& [flag, value] : flags) {
        const std::string name = name_of_flag(flag);
        if (name == "config") continue;
        if (const Setting* setting = find_setting(name))
            values.set(*setting, value, Source::flag, "--" + flag);
        else
            add(problems, "--" + flag, "unknown", unknown_setting(name));
    }

    config.settings = settle(values, problems);
    if (!problems.empty()) return std::unexpected(as_error(std::move(problems)));
    config.origins = values.take();
    return config;
}

std::string mask_password(std::string_view database_url) {
    const std::string_view all = database_url;
    std::string masked(all);
    if (const auto scheme = all.find("://"); scheme != std::string_view::npos) {
        const auto begin = scheme + 3;
        // Up to the last @ before the parameters: rather mask too much than half a password.
        const auto at = all.substr(0, all.find('?', begin)).rfind('@');
        const auto colon = all.find(':', begin);
        if (at != std::string_view::npos && at > begin && colon < at)
            masked.replace(colon + 1, at - colon - 1, "***");
    }
    // libpq also takes it as a parameter: ?password=…
    for (std::size_t from = 0;;) {
        const auto found = masked.find("password=", from);
        if (found == std::string::npos) return masked;
        const auto begin = found + std::string_view("password=").size();
        const auto end = masked.find('&', begin);
        masked.replace(begin, end == std::string::npos ? end : end - begin, "***");
        from = begin;
    }
}

std::string print(const Config& config) {
    std::string out;
    if (!config.file.empty()) out += fmt::format("# file: {}\n", config.file);
    for (const Origin& origin : config.origins) {
        const Setting& setting = *origin.setting;
        const std::string value =
            setting.name == "database" ? mask_password(origin.value) : origin.value;
        const std::string unit = setting.unit.empty() ? "" : fmt::format(" {}", setting.unit);
        out += fmt::format(
            "{:<22} = {:<28} # {}{}\n", setting.name, value + unit, name_of(origin.source),
            origin.source == Source::default_value ? fmt::format(": {}", setting.description)
                                                   : std::string());
    }
    return out;
}

}  // namespace perennial::config
