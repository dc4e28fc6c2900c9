#include "app/flows/transfer_points.hpp"

#include <fmt/format.h>

#include "app/flows/redemption_parts.hpp"
#include "app/flows/source_ids.hpp"
#include "modules/members/commands.hpp"
#include "modules/members/errors.hpp"
#include "modules/members/lookup.hpp"

namespace perennial::flows {
namespace {

Result<void> need_active(const ledger::Card& card) {
    if (!card.active)
        return refuse(members::error::voucher_disabled,
                      fmt::format("The card {} is disabled: enable it first", card.code));
    return {};
}

// Whether a source id did this before.
Result<bool> was_done(const TransferPoints::Source& source, const projects::Context& context,
                      const ledger::Card& from) {
    const auto entry = made_by(context, source.source_id);
    if (!entry) return false;
    if (entry->kind != ledger::EntryKind::transfer_out || entry->card != from.id ||
        entry->points != -source.points)
        return refuse_source_id(source.source_id);
    return true;
}

struct Move {
    const TransferPoints::Source* source = nullptr;
    ledger::Card* from = nullptr;
    ledger::Posting out;
    ledger::Posting in;
};

// Decided on copies that are rolled to now: a refusal leaves all cards as they are.
Result<std::vector<Move>> decide(const TransferPoints& command, const projects::Context& context,
                                 const ledger::Card& target) {
    std::map<RawId, ledger::Card> copies;
    auto copy_of = [&](const ledger::Card& card) -> ledger::Card& {
        const auto found = copies.find(card.id);
        if (found != copies.end()) return found->second;
        return copies
            .emplace(card.id,
                     members::rolled(card, members::rulebook(*context.snapshot, card.program),
                                     context.now))
            .first->second;
    };
    const members::Rulebook book = members::rulebook(*context.snapshot, target.program);
    const auto ends = campaigns::expires_at(book.program.expiration, context.now, book.zone);
    ledger::Card& to = copy_of(target);
    std::vector<Move> moves;
    for (const TransferPoints::Source& source : command.sources) {
        TRY(from, members::need_card(context, {}, source.card));
        if (from == &target) {
            Issues issues;
            issues.add(fmt::format("/{}/code", &source - command.sources.data()), "conflict",
                       "is the card that the points would go to");
            return issues.refuse();
        }
        TRY(done, was_done(source, context, *from));
        if (done) continue;
        TRY_VOID(need_active(*from));
        ledger::Card& copy = copy_of(*from);
        TRY(out, ledger::burn(copy, ledger::EntryKind::transfer_out, source.points, context.now));
        ledger::apply(out, copy);
        TRY(in, ledger::credit(to, ledger::EntryKind::transfer_in, source.points, context.now,
                               ends));
        ledger::apply(in, to);
        moves.push_back({&source, from, std::move(out), std::move(in)});
    }
    return moves;
}

}  // namespace

void want(const TransferPoints& command, work::Batch& batch, projects::ProjectNumber project) {
    auto& lookup = batch.get<members::Lookup>();
    lookup.want(batch, project, command.target);
    for (const TransferPoints::Source& source : command.sources) {
        lookup.want(batch, project, source.card);
        want_source_id(batch, project, source.source_id);
    }
}

Result<ledger::Card*> transfer_points(const TransferPoints& command,
                                      const projects::Context& context) {
    TRY(target, members::need_card(context, command.campaign, command.target));
    TRY_VOID(need_active(*target));
    TRY(moves, decide(command, context, *target));
    members::roll(context, *target);
    std::set<ledger::Card*> touched{target};
    for (Move& move : moves)
        if (touched.insert(move.from).second) members::roll(context, *move.from);
    for (Move& move : moves) {
        auto why = [&](const ledger::Card& other) {
            members::Why out{"transfer", other.id};
            out.more["card"] = other.id.text();
            out.more["source_id"] = move.source->source_id;
            if (!move.source->reason.empty()) out.more["reason"] = move.source->reason;
            return out;
        };
        const ledger::EntryId sent =
            members::post(context, *move.from, std::move(move.out), why(*target));
        claim_source_id(context, move.source->source_id, sent);
        members::Why in = why(*move.from);
        in.more["entry"] = sent.text();
        members::post(context, *target, std::move(move.in), std::move(in));
    }
    // In the order of the request, so that a repetition of it makes the same entries.
    auto settle = [&](ledger::Card& card) {
        projects::or_roll_back(members::settle(context, card, holder_of(context, card.customer)));
    };
    for (const Move& move : moves)
        if (touched.erase(move.from) != 0) settle(*move.from);
    if (!moves.empty()) settle(*target);
    return target;
}

}  // namespace perennial::flows
