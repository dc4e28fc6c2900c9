#include "modules/customers/backfill.hpp"

#include <deque>

#include "modules/customers/lookup_keys.hpp"

namespace perennial::customers {
namespace {

const db::Insert insert_keys{"customer_keys",
                             {"bucket", "project", "word", "customer"},
                             {"bucket", "project", "word", "customer"}};

}  // namespace

std::vector<CustomerId> next_customers(db::Tx& tx, projects::ProjectNumber project,
                                       std::int64_t bucket, const CustomerId& after,
                                       std::int64_t limit) {
    std::vector<CustomerId> out;
    tx.query("SELECT id FROM customers WHERE bucket = ? AND project = ? AND id > ? ORDER BY id LIMIT ?",
             {bucket, project, after, limit},
             [&](const db::Row& row) { out.push_back(row.id<CustomerId>(0)); });
    return out;
}

void write_missing_keys(work::Batch& batch, projects::ProjectNumber project,
                        std::span<const CustomerId> ids) {
    auto& customers = batch.get<Set>();
    std::deque<std::string> hashes;  // keep what the rows point to
    db::Rows rows(4);
    for (const CustomerId& id : ids) {
        const Customer* customer = customers.find(project, id);
        if (customer == nullptr || customer->id != id) continue;  // merged into another
        const std::pair<KeyKind, std::string> words[] = {
            {KeyKind::email, email_word(customer->email.value_or(""))},
            {KeyKind::phone, phone_word(customer->phone.value_or(""))}};
        for (const auto& [kind, word] : words) {
            if (word.empty()) continue;
            const std::string& hash = hashes.emplace_back(key_hash(kind, word));
            rows.add({batch.tx.bucket(place_of(hash)), project, db::Value::blob(hash), customer->id});
        }
    }
    if (!rows.empty()) batch.tx.insert(insert_keys, rows);
}

}  // namespace perennial::customers
