#pragma once
#include <optional>
#include <vector>

#include "modules/projects/model.hpp"
#include "platform/db/database.hpp"
#include "platform/work/batch.hpp"

namespace perennial::projects {

std::optional<Project> load_project(db::Tx&, ProjectNumber);
std::vector<Project> list_projects(db::Tx&);
/// Makes the project with the next free number.
Project create_project(db::Tx&, Ids&, std::string name, Settings, bool sandbox, Timestamp now);

/// The definitions as of a version, without deleted ones.
std::vector<Definition> load_definitions(db::Tx&, ProjectNumber, std::int64_t version);
/// Writes a new version of a definition (or its deletion) and grows the project's version. The unit
/// must run alone. Fills `definition.version`.
void save_definition(db::Tx&, ProjectNumber, Definition& definition);
/// Sets the test clock and grows the project's version.
void save_clock(db::Tx&, ProjectNumber, Timestamp clock_at);

struct ApiKey {
    std::string app_id;
    ProjectNumber project = 0;
    std::string name;
    Role role = Role::user;
    Timestamp created_at;
    std::optional<Timestamp> expires_at;
    std::optional<Timestamp> revoked_at;
};

/// SHA-256 of a token; tokens have 256 random bits, so a plain hash is enough and fast to check.
std::string hash_token(std::string_view token);
std::string make_token();

/// The token is shown once, here; only its hash is stored.
std::string create_key(db::Tx&, ApiKey& key);
std::vector<ApiKey> list_keys(db::Tx&, ProjectNumber);
bool revoke_key(db::Tx&, std::string_view app_id, Timestamp now);
struct KeyCheck {
    ApiKey key;
    std::string token_hash;
};
std::optional<KeyCheck> find_key(db::Tx&, std::string_view app_id);

/// A link that shows the first keys once (decisions.md 31).
std::string create_setup_link(db::Tx&, ProjectNumber, Timestamp now);
/// The project of an unused link, which is used up by this; nothing when unknown or used.
std::optional<ProjectNumber> use_setup_link(db::Tx&, std::string_view token, Timestamp now);

std::string_view role_name(Role);
std::optional<Role> role_from(std::string_view);

}  // namespace perennial::projects
