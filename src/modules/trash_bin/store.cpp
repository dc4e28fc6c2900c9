#include "modules/trash_bin/store.hpp"

namespace perennial::trash_bin {

void save_entry(db::Tx& tx, projects::ProjectNumber project, const Entry& entry) {
    const db::Value parent = entry.resource_parent ? db::Value(*entry.resource_parent) : db::Value();
    tx.execute(
        "INSERT INTO trash_bin (project, id, resource_type, resource_id, resource_name, "
        "resource_parent, app_id, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        {project, entry.id, entry.resource_type, entry.resource_id, entry.resource_name, parent,
         entry.app_id, entry.created_at});
}

bool remove_entry(db::Tx& tx, projects::ProjectNumber project, const EntryId& id) {
    return tx.execute("DELETE FROM trash_bin WHERE project = ? AND id = ?", {project, id}) == 1;
}

bool holds_name(db::Tx& tx, projects::ProjectNumber project, std::string_view resource_type,
                std::string_view resource_name) {
    bool found = false;
    tx.query(
        "SELECT 1 FROM trash_bin WHERE project = ? AND resource_type = ? AND resource_name = ? "
        "LIMIT 1",
        {project, resource_type, resource_name}, [&](const db::Row&) { found = true; });
    return found;
}

std::vector<Entry> list_entries(db::Tx& tx, projects::ProjectNumber project, const Query& query) {
    std::string sql =
        "SELECT id, resource_type, resource_id, resource_name, resource_parent, app_id, created_at "
        "FROM trash_bin WHERE project = ?";
    std::vector<db::Value> values{project};
    if (query.after) {
        sql += query.descending ? " AND id < ?" : " AND id > ?";
        values.emplace_back(*query.after);
    }
    // The fields come from a list of the routes, never from outside.
    for (const Filter& filter : query.filters) {
        std::string marks;
        for (const std::string& word : filter.words) {
            marks += marks.empty() ? "?" : ", ?";
            values.emplace_back(word);
        }
        sql += " AND " + filter.field + " IN (" + marks + ")";
    }
    sql += query.descending ? " ORDER BY id DESC LIMIT ?" : " ORDER BY id LIMIT ?";
    values.emplace_back(query.limit);
    std::vector<Entry> out;
    tx.query(sql, values, [&](const db::Row& row) {
        out.push_back({row.id<EntryId>(0), std::string(row.text(1)), std::string(row.text(2)),
                       std::string(row.text(3)), row.text_or_null(4), std::string(row.text(5)),
                       row.time(6)});
    });
    return out;
}

}  // namespace perennial::trash_bin
