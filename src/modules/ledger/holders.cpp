#include "modules/ledger/holders.hpp"

namespace perennial::ledger {

std::vector<CardId> cards_held_by(db::Tx& tx, projects::ProjectNumber project,
                                  const RawId& customer) {
    std::vector<CardId> out;
    tx.query("SELECT id FROM cards WHERE bucket >= 0 AND project = ? AND customer = ? ORDER BY id",
             {project, customer}, [&](const db::Row& row) { out.push_back(row.id<CardId>(0)); });
    return out;
}

}  // namespace perennial::ledger
