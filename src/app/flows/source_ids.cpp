#include "app/flows/source_ids.hpp"

#include <fmt/format.h>

#include "modules/claims/store.hpp"
#include "modules/members/errors.hpp"

namespace perennial::flows {
namespace {

claims::Word word_of(projects::ProjectNumber project, const std::string& source_id) {
    return {project, claims::Kind::transaction, source_id};
}

[[noreturn]] void claimed_meanwhile() {
    throw db::Failure(db::Failure::Kind::retry, "the source_id was claimed meanwhile");
}

}  // namespace

void want_source_id(work::Batch& batch, projects::ProjectNumber project,
                    const std::string& source_id) {
    if (!source_id.empty()) batch.get<claims::Set>().want(word_of(project, source_id));
}

std::optional<ledger::Entry> made_by(const projects::Context& context,
                                     const std::string& source_id) {
    if (source_id.empty()) return std::nullopt;
    work::Batch& batch = context.batch;
    const RawId made = batch.get<claims::Set>().find(word_of(context.project, source_id));
    if (made.is_nil()) return std::nullopt;
    const ledger::EntryId id(made);
    if (const ledger::Entry* fresh = batch.get<ledger::Set>().find_new(context.project, id))
        return *fresh;
    auto entry = ledger::load_entry(batch.tx, context.project, id);
    if (!entry) claimed_meanwhile();
    return entry;
}

void claim_source_id(const projects::Context& context, const std::string& source_id,
                     const ledger::EntryId& entry) {
    if (source_id.empty()) return;
    if (!context.batch.get<claims::Set>().claim(context.batch, word_of(context.project, source_id),
                                                entry))
        claimed_meanwhile();
}

std::unexpected<Error> refuse_source_id(const std::string& source_id) {
    return refuse(members::error::duplicate_source_id,
                  fmt::format("The source_id {} is that of another change", source_id));
}

}  // namespace perennial::flows
