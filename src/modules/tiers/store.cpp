#include "modules/tiers/store.hpp"

#include "modules/ledger/store.hpp"

namespace perennial::tiers {

std::vector<ledger::CardId> next_members(db::Tx& tx, projects::ProjectNumber project,
                                         const ledger::ProgramId& program,
                                         const ledger::CardId& after, std::int64_t limit) {
    ledger::CardPlace from;
    if (!after.is_nil()) {
        const auto last = ledger::load_card(tx, project, after);
        if (!last || last->program != program) return {};
        from = {last->created_at, last->id};
    }
    std::vector<ledger::CardId> out;
    for (const ledger::CardPlace& card : ledger::cards_after(tx, project, program, from, limit))
        out.push_back(card.id);
    return out;
}

}  // namespace perennial::tiers
