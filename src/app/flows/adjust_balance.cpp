#include "app/flows/adjust_balance.hpp"

#include <fmt/format.h>

#include "app/flows/merge_customers.hpp"
#include "app/flows/redemption_parts.hpp"
#include "app/flows/source_ids.hpp"
#include "modules/campaigns/definitions.hpp"
#include "modules/members/codec.hpp"
#include "modules/members/commands.hpp"
#include "modules/members/errors.hpp"
#include "modules/members/lookup.hpp"

namespace perennial::flows {
namespace {

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

// The change that a source id made before.
Result<Adjusted> repeated(const std::string& source_id, Points points, const ledger::Card& card,
                          const ledger::Entry& entry) {
    const Points moved = entry.points + entry.pending;
    if (entry.card != card.id || moved != points) return refuse_source_id(source_id);
    return Adjusted{&card, moved, entry.credited, entry.balance};
}

}  // namespace

void want(const AdjustBalance& command, work::Batch& batch, projects::ProjectNumber project) {
    batch.get<members::Lookup>().want(batch, project, command.member);
    want_source_id(batch, project, command.source_id);
}

Result<Adjusted> adjust_balance(const AdjustBalance& command, const projects::Context& context) {
    CHECK(!command.points.is_zero());
    TRY(card, members::need_card(context, command.campaign, command.member));
    if (const auto made = made_by(context, command.source_id))
        return repeated(command.source_id, command.points, *card, *made);
    TRY_VOID(need_not_joined(context, *card));

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
    claim_source_id(context, command.source_id, entry);
    projects::or_roll_back(members::settle(context, *card, holder_of(context, card->customer)));
    return out;
}

void want(const SettlePending& command, work::Batch& batch, projects::ProjectNumber project) {
    batch.get<members::Lookup>().want(batch, project, command.member);
    want_source_id(batch, project, command.source_id);
}

Result<Adjusted> settle_pending(const SettlePending& command, const projects::Context& context) {
    TRY(card, members::need_card(context, {}, command.member));
    const auto number = members::lot_of_pending(command.pending, card->id);
    if (!number || *number == 0 || *number >= card->next_lot)
        return campaigns::refuse_unknown("pending_points", command.pending);
    if (const auto made = made_by(context, command.source_id))
        return repeated(command.source_id, command.points, *card, *made);
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
        claim_source_id(context, command.source_id, entry);
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
    projects::or_roll_back(members::settle(context, *card, holder_of(context, card->customer)));
    return out;
}

}  // namespace perennial::flows
