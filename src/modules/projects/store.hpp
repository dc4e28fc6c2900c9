#pragma once
#include <atomic>
#include <optional>
#include <vector>

#include "modules/projects/model.hpp"
#include "platform/db/database.hpp"
#include "platform/work/batch.hpp"

namespace perennial::projects {

std::optional<Project> load_project(db::Tx&, ProjectNumber);
std::vector<Project> list_projects(db::Tx&);
json::object settings_json(const Settings&);
Settings read_settings(std::string_view text);
/// Makes the project with the next free number.
Project create_project(db::Tx&, Ids&, std::string name, Settings, bool sandbox, Timestamp now);

/// The definitions as of a version, without deleted ones.
std::vector<Definition> load_definitions(db::Tx&, ProjectNumber, std::int64_t version);
/// The version, not after this one, in which a definition changed last; 0 = none yet. Versions between
/// the two differ in the project's clock or settings only.
std::int64_t last_change(db::Tx&, ProjectNumber, std::int64_t version);
/// Writes a new version of a definition (or its deletion) and grows the project's version. The unit
/// must run alone. Fills `definition.version`.
void save_definition(db::Tx&, ProjectNumber, Definition& definition);
/// Saves name and settings, and grows the project's version.
void save_project(db::Tx&, const Project&);
/// Sets the test clock and grows the project's version.
void save_clock(db::Tx&, ProjectNumber, Timestamp clock_at);

/// Which headers a key is sent in, and which routes it opens.
enum class KeyKind : std::uint8_t {
    server,     ///< X-App-Id, X-App-Token: /v1
    client,     ///< X-Client-Application-Id, X-Client-Token: /client/v1, from trusted origins
    management  ///< X-Management-Id, X-Management-Token: /management/v1, all projects
};

struct ApiKey {
    std::string app_id;
    ProjectNumber project = 0;
    std::string name;
    Role role = Role::user;
    Timestamp created_at;
    std::optional<Timestamp> expires_at = {};
    std::optional<Timestamp> revoked_at = {};
    KeyKind kind = KeyKind::server;
    std::optional<Timestamp> rotated_at = {};
    std::optional<Timestamp> previous_until = {};  ///< until then the token before is good, too
    std::optional<Timestamp> last_used_at = {};    ///< to the hour
};

/// SHA-256 of a token; tokens have 256 random bits, so a plain hash is enough and fast to check.
std::string hash_token(std::string_view token);
std::string make_token();

/// The token is shown once, here; only its hash is stored.
std::string create_key(db::Tx&, ApiKey& key);
/// Of a project, oldest first; management keys are listed with the first project.
std::vector<ApiKey> list_keys(db::Tx&, ProjectNumber);
bool revoke_key(db::Tx&, std::string_view app_id, Timestamp now);
/// A new token, shown once; the old one is good until then.
std::string rotate_key(db::Tx&, const ApiKey&, Timestamp now, Timestamp previous_until);
/// Name, role and expiry.
void save_key(db::Tx&, const ApiKey&);
/// Remembers the use, to the hour.
void mark_key_used(db::Tx&, std::string_view app_id, Timestamp now);
/// Grows when a key of this process's database changes; whoever remembers keys forgets them then.
std::atomic<std::uint64_t>& key_generation();

struct KeyCheck {
    ApiKey key;
    std::string token_hash;
    std::string previous_hash;  ///< empty = none
    Settings settings;          ///< of the key's project
};
std::optional<KeyCheck> find_key(db::Tx&, std::string_view app_id);

/// A link that shows the first keys once (decisions.md 31).
std::string create_setup_link(db::Tx&, ProjectNumber, Timestamp now);
/// The project of an unused link, which is used up by this; nothing when unknown or used.
std::optional<ProjectNumber> use_setup_link(db::Tx&, std::string_view token, Timestamp now);

std::string_view kind_name(KeyKind);
std::optional<KeyKind> kind_from(std::string_view);
std::string_view role_name(Role);
std::optional<Role> role_from(std::string_view);

}  // namespace perennial::projects
