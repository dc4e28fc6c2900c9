#include "modules/projects/store.hpp"

#include <openssl/sha.h>
#include <sodium.h>

namespace perennial::projects {
namespace {

constexpr std::string_view project_columns =
    "SELECT project, id, name, settings, sandbox, clock_at, version, created_at FROM projects";

Project read_project(const db::Row& row) {
    Project project;
    project.number = static_cast<ProjectNumber>(row.integer(0));
    project.id = row.id<ProjectId>(1);
    project.name = row.text(2);
    const json::value settings = json::parse(json::string_view(row.text(3)));
    project.settings.time_zone = std::string(settings.at("timezone").as_string());
    project.settings.currency = std::string(settings.at("currency").as_string());
    project.sandbox = row.boolean(4);
    project.clock_at = row.time_or_null(5);
    project.version = row.integer(6);
    project.created_at = row.time(7);
    return project;
}

std::string random_hex(std::size_t bytes) {
    std::string raw(bytes, '\0');
    randombytes_buf(raw.data(), raw.size());
    std::string out(bytes * 2 + 1, '\0');
    sodium_bin2hex(out.data(), out.size(), reinterpret_cast<const unsigned char*>(raw.data()),
                   raw.size());
    out.pop_back();
    return out;
}

}  // namespace

std::optional<Project> load_project(db::Tx& tx, ProjectNumber number) {
    static const std::string sql = std::string(project_columns) + " WHERE project = ?";
    std::optional<Project> out;
    tx.query(sql, {number}, [&](const db::Row& row) { out = read_project(row); });
    return out;
}

std::vector<Project> list_projects(db::Tx& tx) {
    static const std::string sql = std::string(project_columns) + " ORDER BY project";
    std::vector<Project> out;
    tx.query(sql, {}, [&](const db::Row& row) { out.push_back(read_project(row)); });
    return out;
}

Project create_project(db::Tx& tx, Ids& ids, std::string name, Settings settings, bool sandbox,
                       Timestamp now) {
    Project project;
    tx.query("SELECT coalesce(max(project), 0) + 1 FROM projects", {}, [&](const db::Row& row) {
        project.number = static_cast<ProjectNumber>(row.integer(0));
    });
    project.id = ids.make<ProjectId>(now.ms, place_of(name));
    project.name = std::move(name);
    project.settings = std::move(settings);
    project.sandbox = sandbox;
    project.version = 1;
    project.created_at = now;
    const std::string text = to_text(json::object{{"timezone", project.settings.time_zone},
                                                  {"currency", project.settings.currency}});
    tx.execute(
        "INSERT INTO projects (project, id, name, settings, sandbox, clock_at, version, "
        "created_at) VALUES (?, ?, ?, ?, ?, NULL, 1, ?)",
        {project.number, project.id, project.name, text, sandbox, now});
    return project;
}

std::vector<Definition> load_definitions(db::Tx& tx, ProjectNumber number, std::int64_t version) {
    std::vector<Definition> out;
    tx.query(
        "SELECT d.kind, d.id, d.parent, d.name, d.doc, d.version, d.created_at, d.updated_at "
        "FROM definitions d WHERE d.project = ? AND d.deleted = 0 AND d.version = "
        "(SELECT max(e.version) FROM definitions e WHERE e.project = d.project AND "
        "e.kind = d.kind AND e.id = d.id AND e.version <= ?) ORDER BY d.kind, d.id",
        {number, version}, [&](const db::Row& row) {
            Definition definition;
            definition.kind = row.text(0);
            definition.id = row.id(1);
            definition.parent = row.id(2);
            definition.name = row.text(3);
            definition.doc = json::parse(json::string_view(row.text(4))).as_object();
            definition.version = row.integer(5);
            definition.created_at = row.time(6);
            definition.updated_at = row.time_or_null(7);
            out.push_back(std::move(definition));
        });
    return out;
}

void save_definition(db::Tx& tx, ProjectNumber number, Definition& definition) {
    // The update takes the row's lock first: versions of one project are written in turn.
    tx.execute("UPDATE projects SET version = version + 1 WHERE project = ?", {number});
    tx.query("SELECT version FROM projects WHERE project = ?", {number},
             [&](const db::Row& row) { definition.version = row.integer(0); });
    const std::string doc = to_text(definition.doc);
    tx.execute(
        "INSERT INTO definitions (project, kind, id, version, parent, name, doc, deleted, "
        "created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        {number, definition.kind, definition.id, definition.version,
         db::Value::id_or_null(definition.parent), definition.name, doc, definition.deleted,
         definition.created_at, definition.updated_at});
}

void save_clock(db::Tx& tx, ProjectNumber number, Timestamp clock_at) {
    tx.execute("UPDATE projects SET clock_at = ?, version = version + 1 WHERE project = ?",
               {clock_at, number});
}

std::string hash_token(std::string_view token) {
    std::string hash(SHA256_DIGEST_LENGTH, '\0');
    SHA256(reinterpret_cast<const unsigned char*>(token.data()), token.size(),
           reinterpret_cast<unsigned char*>(hash.data()));
    return hash;
}

std::string make_token() { return random_hex(32); }

std::string create_key(db::Tx& tx, ApiKey& key) {
    if (key.app_id.empty()) key.app_id = random_hex(16);
    std::string token = make_token();
    const std::string hash = hash_token(token);
    tx.execute(
        "INSERT INTO api_keys (app_id, project, token_hash, name, kind, role, created_at, "
        "expires_at, revoked_at) VALUES (?, ?, ?, ?, 'server', ?, ?, ?, NULL)",
        {key.app_id, key.project, db::Value::blob(hash), key.name, role_name(key.role),
         key.created_at, key.expires_at});
    return token;
}

std::vector<ApiKey> list_keys(db::Tx& tx, ProjectNumber number) {
    std::vector<ApiKey> out;
    tx.query(
        "SELECT app_id, name, role, created_at, expires_at, revoked_at FROM api_keys WHERE "
        "project = ? ORDER BY created_at",
        {number}, [&](const db::Row& row) {
            out.push_back({std::string(row.text(0)), number, std::string(row.text(1)),
                           role_from(row.text(2)).value_or(Role::viewer), row.time(3),
                           row.time_or_null(4), row.time_or_null(5)});
        });
    return out;
}

bool revoke_key(db::Tx& tx, std::string_view app_id, Timestamp now) {
    return tx.execute("UPDATE api_keys SET revoked_at = ? WHERE app_id = ? AND revoked_at IS NULL",
                      {now, app_id}) == 1;
}

std::optional<KeyCheck> find_key(db::Tx& tx, std::string_view app_id) {
    std::optional<KeyCheck> out;
    tx.query(
        "SELECT project, name, role, created_at, expires_at, revoked_at, token_hash FROM api_keys "
        "WHERE app_id = ?",
        {app_id}, [&](const db::Row& row) {
            out = KeyCheck{{std::string(app_id), static_cast<ProjectNumber>(row.integer(0)),
                            std::string(row.text(1)),
                            role_from(row.text(2)).value_or(Role::viewer), row.time(3),
                            row.time_or_null(4), row.time_or_null(5)},
                           std::string(row.blob(6))};
        });
    return out;
}

std::string create_setup_link(db::Tx& tx, ProjectNumber number, Timestamp now) {
    std::string token = make_token();
    const std::string hash = hash_token(token);
    tx.execute(
        "INSERT INTO setup_links (token_hash, project, created_at, used_at) VALUES (?, ?, ?, NULL)",
        {db::Value::blob(hash), number, now});
    return token;
}

std::optional<ProjectNumber> use_setup_link(db::Tx& tx, std::string_view token, Timestamp now) {
    const std::string hash = hash_token(token);
    if (tx.execute("UPDATE setup_links SET used_at = ? WHERE token_hash = ? AND used_at IS NULL",
                   {now, db::Value::blob(hash)}) != 1)
        return std::nullopt;
    std::optional<ProjectNumber> out;
    tx.query("SELECT project FROM setup_links WHERE token_hash = ?", {db::Value::blob(hash)},
             [&](const db::Row& row) { out = static_cast<ProjectNumber>(row.integer(0)); });
    return out;
}

std::string_view role_name(Role role) {
    switch (role) {
        case Role::viewer: return "VIEWER";
        case Role::user: return "USER";
        case Role::admin: return "ADMIN";
    }
    return "";
}

std::optional<Role> role_from(std::string_view name) {
    for (Role role : {Role::viewer, Role::user, Role::admin})
        if (role_name(role) == name) return role;
    return std::nullopt;
}

}  // namespace perennial::projects
