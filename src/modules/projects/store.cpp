#include "modules/projects/store.hpp"

#include <openssl/sha.h>
#include <sodium.h>

#include <algorithm>
#include <array>

namespace perennial::projects {
namespace {

constexpr std::string_view project_columns =
    "SELECT project, id, name, settings, sandbox, clock_at, version, created_at FROM projects";

Project read_project(const db::Row& row) {
    Project project;
    project.number = static_cast<ProjectNumber>(row.integer(0));
    project.id = row.id<ProjectId>(1);
    project.name = row.text(2);
    project.settings = read_settings(row.text(3));
    project.sandbox = row.boolean(4);
    project.clock_at = row.time_or_null(5);
    project.version = row.integer(6);
    project.created_at = row.time(7);
    return project;
}

constexpr std::string_view key_columns =
    "SELECT k.app_id, k.project, k.name, k.role, k.created_at, k.expires_at, k.revoked_at, k.kind, "
    "k.rotated_at, k.previous_until, k.last_used_at, k.token_hash, k.previous_hash, p.settings "
    "FROM api_keys k JOIN projects p ON p.project = k.project";

ApiKey read_key(const db::Row& row) {
    ApiKey key;
    key.app_id = row.text(0);
    key.project = static_cast<ProjectNumber>(row.integer(1));
    key.name = row.text(2);
    key.role = role_from(row.text(3)).value_or(Role::viewer);
    key.created_at = row.time(4);
    key.expires_at = row.time_or_null(5);
    key.revoked_at = row.time_or_null(6);
    key.kind = kind_from(row.text(7)).value_or(KeyKind::client);
    key.rotated_at = row.time_or_null(8);
    key.previous_until = row.time_or_null(9);
    key.last_used_at = row.time_or_null(10);
    return key;
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

json::object settings_json(const Settings& settings) {
    json::object out{{"timezone", settings.time_zone}, {"currency", settings.currency}};
    if (!settings.client_trusted_domains.empty()) {
        json::array domains;
        for (const std::string& domain : settings.client_trusted_domains)
            domains.emplace_back(domain);
        out["client_trusted_domains"] = std::move(domains);
    }
    if (settings.client_create_customer_enabled) out["client_create_customer_enabled"] = true;
    if (settings.client_loyalty_events_enabled) out["client_loyalty_events_enabled"] = true;
    if (settings.strict_events) out["strict_events"] = true;
    if (!settings.api_calls.empty()) {
        json::array limits;
        for (const CallLimit& limit : settings.api_calls)
            limits.push_back(json::object{{"calls", limit.calls}, {"per_ms", limit.per_ms}});
        out["api_calls"] = std::move(limits);
    }
    return out;
}

Settings read_settings(std::string_view text) {
    const json::value parsed = json::parse(json::string_view(text));
    const json::object& doc = parsed.as_object();
    Settings settings;
    settings.time_zone = std::string(doc.at("timezone").as_string());
    settings.currency = std::string(doc.at("currency").as_string());
    const auto is_true = [&](std::string_view name) {
        const json::value* value = doc.if_contains(name);
        return value != nullptr && value->is_bool() && value->get_bool();
    };
    if (const json::value* domains = doc.if_contains("client_trusted_domains"))
        for (const json::value& domain : domains->as_array())
            settings.client_trusted_domains.emplace_back(domain.as_string());
    settings.client_create_customer_enabled = is_true("client_create_customer_enabled");
    settings.client_loyalty_events_enabled = is_true("client_loyalty_events_enabled");
    settings.strict_events = is_true("strict_events");
    if (const json::value* limits = doc.if_contains("api_calls"))
        for (const json::value& limit : limits->as_array())
            settings.api_calls.push_back(
                {limit.at("calls").to_number<std::int64_t>(),
                 limit.at("per_ms").to_number<std::int64_t>()});
    return settings;
}

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
    const std::string text = to_text(settings_json(project.settings));
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
        "FROM (SELECT kind, id, max(version) AS version FROM definitions WHERE project = ? AND "
        "version <= ? GROUP BY kind, id) l JOIN definitions d ON d.project = ? AND "
        "d.kind = l.kind AND d.id = l.id AND d.version = l.version WHERE d.deleted = 0 "
        "ORDER BY d.kind, d.id",
        {number, version, number}, [&](const db::Row& row) {
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

std::int64_t last_change(db::Tx& tx, ProjectNumber number, std::int64_t version) {
    std::int64_t out = 0;
    tx.query("SELECT coalesce(max(version), 0) FROM definitions WHERE project = ? AND version <= ?",
             {number, version}, [&](const db::Row& row) { out = row.integer(0); });
    return out;
}

namespace {

constexpr std::array unique_names{
    definition_kind::campaign, definition_kind::product_collection, std::string_view("category"),
    std::string_view("metadata_schema"), std::string_view("event_schema"),
    std::string_view("consent")};

/// The snapshot may be older than the version row that is locked now: another server may have given
/// the name to another definition in between.
bool is_taken(db::Tx& tx, ProjectNumber number, const Definition& definition) {
    if (std::ranges::find(unique_names, definition.kind) == unique_names.end()) return false;
    bool taken = false;
    tx.query(
        "SELECT count(*) FROM definitions d WHERE d.project = ? AND d.kind = ? AND d.name = ? AND "
        "d.id <> ? AND d.deleted = 0 AND d.version = (SELECT max(e.version) FROM definitions e "
        "WHERE e.project = d.project AND e.kind = d.kind AND e.id = d.id)",
        {number, definition.kind, definition.name, definition.id},
        [&](const db::Row& row) { taken = row.integer(0) > 0; });
    return taken;
}

}  // namespace

void save_definition(db::Tx& tx, ProjectNumber number, Definition& definition) {
    // The update takes the row's lock first: versions of one project are written in turn.
    tx.execute("UPDATE projects SET version = version + 1 WHERE project = ?", {number});
    tx.query("SELECT version FROM projects WHERE project = ?", {number},
             [&](const db::Row& row) { definition.version = row.integer(0); });
    if (!definition.deleted && is_taken(tx, number, definition))
        throw db::Failure(db::Failure::Kind::retry, "the name was given away meanwhile");
    const std::string doc = to_text(definition.doc);
    tx.execute(
        "INSERT INTO definitions (project, kind, id, version, parent, name, doc, deleted, "
        "created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        {number, definition.kind, definition.id, definition.version,
         db::Value::id_or_null(definition.parent), definition.name, doc, definition.deleted,
         definition.created_at, definition.updated_at});
}

void save_project(db::Tx& tx, const Project& project) {
    const std::string text = to_text(settings_json(project.settings));
    tx.execute("UPDATE projects SET name = ?, settings = ?, version = version + 1 WHERE project = ?",
               {project.name, text, project.number});
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
        "expires_at, revoked_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, NULL)",
        {key.app_id, key.project, db::Value::blob(hash), key.name, kind_name(key.kind),
         role_name(key.role), key.created_at, key.expires_at});
    return token;
}

std::vector<ApiKey> list_keys(db::Tx& tx, ProjectNumber number) {
    static const std::string sql =
        std::string(key_columns) + " WHERE k.project = ? ORDER BY k.created_at, k.app_id";
    std::vector<ApiKey> out;
    tx.query(sql, {number}, [&](const db::Row& row) { out.push_back(read_key(row)); });
    return out;
}

bool revoke_key(db::Tx& tx, std::string_view app_id, Timestamp now) {
    return tx.execute("UPDATE api_keys SET revoked_at = ? WHERE app_id = ? AND revoked_at IS NULL",
                      {now, app_id}) == 1;
}

std::string rotate_key(db::Tx& tx, const ApiKey& key, Timestamp now, Timestamp previous_until) {
    std::string token = make_token();
    const std::string hash = hash_token(token);
    tx.execute(
        "UPDATE api_keys SET previous_hash = token_hash, previous_until = ?, rotated_at = ?, "
        "token_hash = ? WHERE app_id = ?",
        {previous_until, now, db::Value::blob(hash), key.app_id});
    return token;
}

void save_key(db::Tx& tx, const ApiKey& key) {
    tx.execute("UPDATE api_keys SET name = ?, role = ?, expires_at = ? WHERE app_id = ?",
               {key.name, role_name(key.role), key.expires_at, key.app_id});
}

void mark_key_used(db::Tx& tx, std::string_view app_id, Timestamp now) {
    tx.execute(
        "UPDATE api_keys SET last_used_at = ? WHERE app_id = ? AND "
        "coalesce(last_used_at, 0) < ?",
        {Timestamp{now.ms - now.ms % hour_ms}, app_id, Timestamp{now.ms - now.ms % hour_ms}});
}

std::atomic<std::uint64_t>& key_generation() {
    static std::atomic<std::uint64_t> generation{0};
    return generation;
}

std::optional<KeyCheck> find_key(db::Tx& tx, std::string_view app_id) {
    static const std::string sql = std::string(key_columns) + " WHERE k.app_id = ?";
    std::optional<KeyCheck> out;
    tx.query(sql, {app_id}, [&](const db::Row& row) {
        out = KeyCheck{read_key(row), std::string(row.blob(11)),
                       row.is_null(12) ? std::string() : std::string(row.blob(12)),
                       read_settings(row.text(13))};
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

std::string_view kind_name(KeyKind kind) {
    switch (kind) {
        case KeyKind::server: return "server";
        case KeyKind::client: return "client";
        case KeyKind::management: return "management";
    }
    return "";
}

std::optional<KeyKind> kind_from(std::string_view name) {
    for (KeyKind kind : {KeyKind::server, KeyKind::client, KeyKind::management})
        if (kind_name(kind) == name) return kind;
    return std::nullopt;
}

std::string_view role_name(Role role) {
    switch (role) {
        case Role::viewer: return "VIEWER";
        case Role::merchant: return "MERCHANT";
        case Role::user: return "USER";
        case Role::admin: return "ADMIN";
    }
    return "";
}

std::optional<Role> role_from(std::string_view name) {
    for (Role role : {Role::viewer, Role::merchant, Role::user, Role::admin})
        if (role_name(role) == name) return role;
    return std::nullopt;
}

}  // namespace perennial::projects
