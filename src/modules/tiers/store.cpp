#include "modules/tiers/store.hpp"

#include "modules/ledger/store.hpp"

namespace perennial::tiers {

std::vector<ledger::CardId> next_members(db::Tx& tx, projects::ProjectNumber project,
                                         const ledger::ProgramId& program,
                                         const ledger::CardId& after, std::int64_t limit) {
    std::vector<ledger::CardId> out;
    const auto add = [&](const db::Row& row) { out.push_back(row.id<ledger::CardId>(0)); };
    if (after.is_nil()) {
        tx.query("SELECT id FROM cards WHERE project = ? AND program = ? "
                 "ORDER BY created_at, id LIMIT ?",
                 {project, program, limit}, add);
        return out;
    }
    const auto last = ledger::load_card(tx, project, after);
    if (!last || last->program != program) return out;
    tx.query("SELECT id FROM cards WHERE project = ? AND program = ? AND (created_at, id) > (?, ?) "
             "ORDER BY created_at, id LIMIT ?",
             {project, program, last->created_at, after, limit}, add);
    return out;
}

}  // namespace perennial::tiers
