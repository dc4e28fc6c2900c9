#include "modules/consents/store.hpp"

#include <algorithm>

namespace perennial::consents {
namespace {

constexpr std::int64_t all = 100'000;

const db::Insert insert_changes{"consent_changes",
                                {"bucket", "project", "customer", "id", "consent", "granted",
                                 "channel", "app_id", "created_at"}};

}  // namespace

void save_changes(db::Tx& tx, projects::ProjectNumber project,
                  const customers::CustomerId& customer, const std::vector<Change>& changes) {
    if (changes.empty()) return;
    db::Rows rows(9);
    for (const Change& change : changes)
        rows.add({tx.bucket(customer.place()), project, customer, change.id, change.consent,
                  change.granted, change.channel, change.app_id, change.created_at});
    tx.insert(insert_changes, rows);
}

std::vector<Change> list_changes(db::Tx& tx, projects::ProjectNumber project,
                                 const customers::CustomerId& customer, std::int64_t limit) {
    std::vector<Change> out;
    tx.query(
        "SELECT id, consent, granted, channel, app_id, created_at FROM consent_changes WHERE "
        "bucket = ? AND project = ? AND customer = ? ORDER BY id DESC LIMIT ?",
        {tx.bucket(customer.place()), project, customer, limit}, [&](const db::Row& row) {
            out.push_back({row.id<ChangeId>(0), row.id<ConsentId>(1), row.boolean(2),
                           std::string(row.text(3)), std::string(row.text(4)), row.time(5)});
        });
    return out;
}

std::vector<Change> current(db::Tx& tx, projects::ProjectNumber project,
                            const customers::CustomerId& customer) {
    std::vector<Change> out;
    for (Change& change : list_changes(tx, project, customer, all))
        if (std::ranges::find(out, change.consent, &Change::consent) == out.end())
            out.push_back(std::move(change));
    return out;
}

void erase(db::Tx& tx, projects::ProjectNumber project, const customers::CustomerId& customer) {
    tx.execute("DELETE FROM consent_changes WHERE bucket = ? AND project = ? AND customer = ?",
               {tx.bucket(customer.place()), project, customer});
}

}  // namespace perennial::consents
