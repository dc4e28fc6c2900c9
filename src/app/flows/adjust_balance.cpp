#include "app/flows/adjust_balance.hpp"

#include <fmt/format.h>

#include "modules/campaigns/definitions.hpp"
#include "modules/claims/store.hpp"
#include "modules/members/codec.hpp"
#include "modules/members/commands.hpp"
#include "modules/members/errors.hpp"
#include "modules/members/lookup.hpp"

namespace perennial::flows {
namespace {

claims::Word word_of(projects::ProjectNumber project, const std::string& source_id) {
    return {project, claims::Kind::transaction, source_id};
}

const customers::Customer* holder_of(const projects::Context& context, const ledger::Card& card) {
    if (card.customer.is_nil()) return nullptr;
    return context.batch.get<customers::Set>().find(context.project,
                                                    customers::CustomerId(card.customer));
}

Result<std::optional<Timestamp>> end_of(const AdjustBalance& command,
                                        const members::Rulebook& book, Timestamp now) {
    switch (command.ends) {
        // Said outright, for a program that some day ends its points by inactivity.
        case AdjustBalance::Ends::never: return ledger::never_ends;
        case AdjustBalance::Ends::program_rules:
            return campaigns::expires_at(book.program.expiration, now, book.zone);
        case AdjustBalance::Ends::custom_date: break;
    }
    CHECK(command.last_day.has_value());
    if (*command.last_day < book.zone.local_date(now))
        return refuse(members::error::invalid_expiration_date,
                      fmt::format("{} is over: points would be gone at once",
                                  command.last_day->iso()));
    return book.zone.end_of(*command.last_day);
}

// The change that a source id made before, maybe in this very batch.
Result<Adjusted> repeated(const std::string& source_id, Points points,
                          const projects::Context& context, const ledger::Card& card,
                          const RawId& made) {
    const ledger::EntryId id(made);
    auto entry = ledger::load_entry(context.batch.tx, context.project, id);
    if (const ledger::Entry* fresh =
            context.batch.get<ledger::Set>().find_new(context.project, id))
        entry = *fresh;
    if (!entry) throw db::Failure(db::Failure::Kind::retry, "the source_id was claimed meanwhile");
    const Points moved = entry->points + entry->pending;
    if (entry->card != card.id || moved != points)
        return refuse(members::error::duplicate_source_id,
                      fmt::format("The source_id {} is that of another change", source_id));
    return Adjusted{&card, moved, entry->credited, entry->balance};
}

}  // namespace

void want(const AdjustBalance& command, work::Batch& batch, projects::ProjectNumber project) {
    batch.get<members::Lookup>().want(batch, project, command.member);
    if (!command.source_id.empty())
        batch.get<claims::Set>().want(word_of(project, command.source_id));
}

Result<Adjusted> adjust_balance(const AdjustBalance& command, const projects::Context& context) {
    CHECK(!command.points.is_zero());
    work::Batch& batch = context.batch;
    auto& claims = batch.get<claims::Set>();
    TRY(card, members::need_card(context, command.campaign, command.member));
    if (!command.source_id.empty())
        if (const RawId made = claims.find(word_of(context.project, command.source_id));
            !made.is_nil())
            return repeated(command.source_id, command.points, context, *card, made);

    // Decided on a copy: a refusal leaves the card as it is.
    const members::Rulebook book = members::rulebook(*context.snapshot, card->program);
    const ledger::Card now = members::rolled(*card, book, context.now);
    const bool adds = command.points.value > 0;
    TRY(ends, end_of(command, book, context.now));
    TRY(posting, adds ? ledger::credit(now, ledger::EntryKind::addition, command.points,
                                       context.now, ends)
                      : ledger::burn(now, ledger::EntryKind::removal, -command.points,
                                     context.now));
    members::roll(context, *card);
    members::Why why{"manual", {}};
    if (!command.reason.empty()) why.more["reason"] = command.reason;
    if (!command.source_id.empty()) why.more["source_id"] = command.source_id;
    const ledger::EntryId entry = members::post(context, *card, std::move(posting), std::move(why));
    const Adjusted out{card, command.points, card->credited, card->balance};
    if (!command.source_id.empty() &&
        !claims.claim(batch, word_of(context.project, command.source_id), entry))
        throw db::Failure(db::Failure::Kind::retry, "the source_id was claimed meanwhile");
    projects::or_roll_back(members::settle(context, *card, holder_of(context, *card)));
    return out;
}

void want(const SettlePending& command, work::Batch& batch, projects::ProjectNumber project) {
    batch.get<members::Lookup>().want(batch, project, command.member);
    if (!command.source_id.empty())
        batch.get<claims::Set>().want(word_of(project, command.source_id));
}

Result<Adjusted> settle_pending(const SettlePending& command, const projects::Context& context) {
    TRY(card, members::need_card(context, {}, command.member));
    const auto number = members::lot_of_pending(command.pending, card->id);
    if (!number || *number == 0 || *number >= card->next_lot)
        return campaigns::refuse_unknown("pending_points", command.pending);
    auto& claims = context.batch.get<claims::Set>();
    if (!command.source_id.empty())
        if (const RawId made = claims.find(word_of(context.project, command.source_id));
            !made.is_nil())
            return repeated(command.source_id, command.points, context, *card, made);
    const members::Rulebook book = members::rulebook(*context.snapshot, card->program);
    ledger::Card now = members::rolled(*card, book, context.now);
    const ledger::Lot* lot = now.find_lot(*number);
    if (lot == nullptr || !lot->pending())
        return refuse(ledger::error::invalid_pending_points_state,
                      "These points do not pend any more");
    if (command.action == SettlePending::Action::adjust) {
        TRY(posting, ledger::adjust_pending(now, *number, command.points, context.now));
        members::roll(context, *card);
        members::Why why{"adjustment", {}};
        if (!command.reason.empty()) why.more["reason"] = command.reason;
        if (!command.source_id.empty()) why.more["source_id"] = command.source_id;
        const ledger::EntryId entry =
            members::post(context, *card, std::move(posting), std::move(why));
        if (!command.source_id.empty() &&
            !claims.claim(context.batch, word_of(context.project, command.source_id), entry))
            throw db::Failure(db::Failure::Kind::retry, "the source_id was claimed meanwhile");
        return Adjusted{card, command.points, card->credited, card->balance};
    }
    members::roll(context, *card);
    const Points points = lot->left;
    if (command.action == SettlePending::Action::activate) {
        // The same posting that its day would bring, today.
        ledger::Card alone = now;
        alone.lots = {*lot};
        alone.lots[0].activates_at = context.now;
        auto posting = ledger::due_posting(alone, context.now);
        CHECK(posting.has_value());
        members::post(context, *card, *std::move(posting), {"manual", {}});
        tiers::count_points(*card, book.program, points, context.now, book.zone);
    } else {
        auto taken = ledger::take_back(now, *number, points, Points(), false, context.now);
        CHECK(taken.pending.has_value() && !taken.active.has_value());
        members::post(context, *card, *std::move(taken.pending), {"manual", {}});
    }
    const Adjusted out{card, points, card->credited, card->balance};
    projects::or_roll_back(members::settle(context, *card, holder_of(context, *card)));
    return out;
}

}  // namespace perennial::flows
