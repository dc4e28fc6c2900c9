// Settings from flags > environment > one JSON file > defaults, all declared in one table.
#pragma once
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace perennial::config {

enum class Type : std::uint8_t { text, integer, boolean, choice };

struct Setting {
    std::string_view name;  ///< as in the file; the flag is --name with hyphens
    Type type;
    std::string_view default_value;  ///< as text
    std::string_view unit;           ///< "ms", "bytes", "" …
    std::string_view description;
    std::string_view choices = {};  ///< of a choice: "debug|info|warn"
    std::int64_t min = 0;           ///< of an integer
    std::int64_t max = 0;

    std::string environment_name() const;  ///< PERENNIAL_LISTEN
};

std::span<const Setting> settings_table();

struct Settings {
    std::string listen;
    std::string listen_host;  ///< from listen
    std::uint16_t listen_port = 0;
    std::string data_dir;
    std::string database;  ///< path of the SQLite file, or postgresql://…
    bool is_postgres = false;
    std::string public_url;  ///< no slash at the end; not set: "http://" + listen, with port 0: empty
    std::string log_level;
    std::string log_format;
    std::int64_t max_body_bytes = 0;
    std::int64_t import_max_body_bytes = 0;
    std::int64_t header_timeout_ms = 0;
    std::int64_t body_timeout_ms = 0;
    std::int64_t idle_timeout_ms = 0;
    std::int64_t stop_timeout_ms = 0;
    std::int64_t max_connections = 0;
    std::int64_t max_pipelined = 0;
    std::int64_t io_threads = 0;
    std::int64_t worker_threads = 0;  ///< resolved: never 0
    std::int64_t committers = 0;      ///< resolved: never 0
    std::int64_t batch_max_commands = 0;
    std::int64_t batch_max_ms = 0;
    std::int64_t jobs_retention_days = 0;
    std::int64_t jobs_lease_seconds = 0;
    bool webhook_allow_private = false;
    std::int64_t calls_per_minute = 0;         ///< of one server key; 0 = no limit
    std::int64_t client_calls_per_5_s = 0;     ///< of one address with client keys; 0 = no limit
    std::string client_address_header;         ///< set by the proxy in front; empty = none
    std::int64_t sqlite_cache_mb = 0;
    std::int64_t buckets = 0;  ///< resolved: never 0; only read when a database is made
};

enum class Source : std::uint8_t { default_value, file, environment, flag };

struct Origin {
    const Setting* setting = nullptr;
    std::string value;  ///< as given, or what the default came to
    Source source = Source::default_value;
};

struct Config {
    Settings settings;
    std::vector<Origin> origins;  ///< in the order of the table
    std::string file;             ///< path of the file read, or empty
    std::vector<std::string> warnings;
};

using Texts = std::map<std::string, std::string>;

/// The process's variables that begin with PERENNIAL_.
Texts read_environment();

/// `flags` are named with hyphens or underscores, without dashes in front; `config` (or
/// PERENNIAL_CONFIG) names the file. Refuses unknown flags and keys and wrong values, all at once.
/// An unknown variable is only a warning: orchestrators inject variables of their own.
Result<Config> load(const Texts& flags, const Texts& environment);

/// What --print-config prints: name, value, source and unit; the password of a database URL masked.
std::string print(const Config&);

/// A database URL without its password, for logs.
std::string mask_password(std::string_view database_url);

}  // namespace perennial::config
