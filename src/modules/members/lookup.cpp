#include "modules/members/lookup.hpp"

#include "modules/claims/store.hpp"
#include "modules/customers/store.hpp"

namespace perennial::members {
namespace {

const db::Select select_holders{
    "cards", {"bucket", "project", "id"}, {"project", "id", "customer"}};

claims::Word code_word(projects::ProjectNumber project, const std::string& code) {
    return {project, claims::Kind::code, code};
}

}  // namespace

void Lookup::want(work::Batch& batch, projects::ProjectNumber project,
                  const std::string& id_or_code) {
    if (!ledger::CardId::parse(id_or_code))
        batch.get<claims::Set>().want(code_word(project, id_or_code));
    batch.get<customers::Set>();
    batch.get<ledger::Set>();
    wanted_.emplace_back(project, id_or_code);
}

void Lookup::load(work::Batch& batch) {
    std::set<std::tuple<std::int64_t, projects::ProjectNumber, RawId>> keys;
    for (const auto& [project, word] : wanted_) {
        const auto id = ledger::CardId::parse(word);
        const RawId card =
            id ? RawId(*id) : batch.get<claims::Set>().find(code_word(project, word));
        if (!card.is_nil()) keys.emplace(batch.tx.bucket(card.place()), project, card);
    }
    wanted_.clear();
    if (keys.empty()) return;
    db::Rows rows(3);
    for (const auto& [bucket, project, card] : keys) rows.add({bucket, project, card});
    batch.tx.select(select_holders, rows, [&](const db::Row& row) {
        const auto project = static_cast<projects::ProjectNumber>(row.integer(0));
        batch.get<ledger::Set>().want(project, row.id<ledger::CardId>(1));
        if (!row.is_null(2))
            batch.get<customers::Set>().want_id(project, row.id<customers::CustomerId>(2));
    });
}

ledger::Card* Lookup::find(work::Batch& batch, projects::ProjectNumber project,
                           const std::string& id_or_code) const {
    if (const auto id = ledger::CardId::parse(id_or_code))
        return batch.get<ledger::Set>().find(project, *id);
    const RawId claimed = batch.get<claims::Set>().find(code_word(project, id_or_code));
    return claimed.is_nil() ? nullptr
                            : batch.get<ledger::Set>().find(project, ledger::CardId(claimed));
}

}  // namespace perennial::members
