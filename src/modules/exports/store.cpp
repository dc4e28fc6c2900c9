#include "modules/exports/store.hpp"

#include <fmt/format.h>

namespace perennial::exports {
namespace {

constexpr std::string_view columns =
    "SELECT project, id, object, parameters, status, token, parts, created_at, expires_at "
    "FROM exports ";

Export read(const db::Row& row) {
    Export e;
    e.project = static_cast<std::int32_t>(row.integer(0));
    e.id = row.id<ExportId>(1);
    e.object = row.text(2);
    e.parameters = row.text(3);
    e.status = static_cast<Status>(row.integer(4));
    e.token = row.text(5);
    e.parts = row.integer(6);
    e.created_at = row.time(7);
    e.expires_at = row.time(8);
    return e;
}

void remove_parts(db::Tx& tx, std::int32_t project, const ExportId& id) {
    tx.execute("DELETE FROM job_parts WHERE bucket = ? AND project = ? AND owner = ?",
               {tx.bucket(id.place()), project, id});
}

}  // namespace

void insert(db::Tx& tx, const Export& e) {
    tx.execute("INSERT INTO exports (bucket, project, id, object, parameters, status, token, parts, "
               "created_at, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
               {tx.bucket(e.id.place()), e.project, e.id, e.object, e.parameters,
                static_cast<int>(e.status), e.token, e.parts, e.created_at, e.expires_at});
}

bool save_progress(db::Tx& tx, const Export& e, Status status, std::int64_t parts) {
    return tx.execute("UPDATE exports SET status = ?, parts = ? WHERE bucket = ? AND project = ? "
                      "AND id = ?",
                      {static_cast<int>(status), parts, tx.bucket(e.id.place()), e.project, e.id}) == 1;
}

bool remove(db::Tx& tx, std::int32_t project, const ExportId& id) {
    remove_parts(tx, project, id);
    return tx.execute("DELETE FROM exports WHERE bucket = ? AND project = ? AND id = ?",
                      {tx.bucket(id.place()), project, id}) == 1;
}

std::int64_t forget_expired(db::Tx& tx, Timestamp machine_now) {
    std::vector<Export> old;
    tx.query(std::string(columns) + "WHERE bucket >= 0 AND expires_at < ?", {machine_now},
             [&](const db::Row& row) { old.push_back(read(row)); });
    for (const Export& e : old) remove(tx, e.project, e.id);
    return std::ssize(old);
}

std::optional<Export> load(db::Tx& tx, std::int32_t project, const ExportId& id) {
    static const std::string sql =
        std::string(columns) + "WHERE bucket = ? AND project = ? AND id = ?";
    std::optional<Export> out;
    tx.query(sql, {tx.bucket(id.place()), project, id},
             [&](const db::Row& row) { out = read(row); });
    return out;
}

std::optional<Export> load_anywhere(db::Tx& tx, const ExportId& id) {
    static const std::string sql = std::string(columns) + "WHERE bucket = ? AND id = ?";
    std::optional<Export> out;
    tx.query(sql, {tx.bucket(id.place()), id}, [&](const db::Row& row) { out = read(row); });
    return out;
}

std::vector<Export> list(db::Tx& tx, std::int32_t project, const ListQuery& query) {
    const std::string_view way = query.descending ? "DESC" : "ASC";
    const std::string sql =
        fmt::format("{}WHERE bucket >= 0 AND project = ? ORDER BY {}created_at {}, id {} LIMIT ? "
                    "OFFSET ?",
                    columns, query.by_status ? fmt::format("status {}, ", way) : std::string(), way,
                    way);
    std::vector<Export> out;
    tx.query(sql, {project, query.limit, query.offset},
             [&](const db::Row& row) { out.push_back(read(row)); });
    return out;
}

std::int64_t count(db::Tx& tx, std::int32_t project) {
    std::int64_t out = 0;
    tx.query("SELECT count(*) FROM exports WHERE bucket >= 0 AND project = ?", {project},
             [&](const db::Row& row) { out = row.integer(0); });
    return out;
}

}  // namespace perennial::exports
