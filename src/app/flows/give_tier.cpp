#include "app/flows/give_tier.hpp"

#include <fmt/format.h>

#include "modules/campaigns/definitions.hpp"
#include "modules/members/commands.hpp"
#include "modules/members/errors.hpp"
#include "modules/members/lookup.hpp"

namespace perennial::flows {
namespace {

const ErrorCode tier_not_by_hand{"tier_not_by_hand", ErrorKind::rejected,
                                 "The member's tier was not given by hand"};

Result<const tiers::Tier*> need_tier(const members::Rulebook& book, const std::string& word) {
    const auto id = ledger::TierId::parse(word);
    for (const tiers::Tier* tier : book.tiers.of(book.program.id))
        if (id ? tier->id == *id : tier->name == word) return tier;
    return campaigns::refuse_unknown("loyalty_tier", word);
}

}  // namespace

void want(const GiveTier& command, work::Batch& batch, projects::ProjectNumber project) {
    batch.get<members::Lookup>().want(batch, project, command.member);
}

Result<ledger::Card*> give_tier(const GiveTier& command, const projects::Context& context) {
    TRY(card, members::need_card(context, command.campaign, command.member));
    const members::Rulebook book = members::rulebook(*context.snapshot, card->program);
    const tiers::Tier* given = nullptr;
    if (!command.tier.empty()) {
        TRY(found, need_tier(book, command.tier));
        given = found;
    }
    auto until = command.until;
    if (command.last_day) until = book.zone.end_of(*command.last_day);
    if (until && *until <= context.now)
        return refuse(members::error::invalid_expiration_date,
                      fmt::format("{} is over already", until->iso()));
    if (given == nullptr && !tiers::is_by_hand(members::rolled(*card, book, context.now)))
        return refuse(tier_not_by_hand, "There is nothing to take away");
    members::roll(context, *card);
    const tiers::Move move =
        given != nullptr
            ? tiers::by_hand(*card, book.program, book.tiers, *given, until, command.at_least,
                             context.now, book.zone)
            : tiers::back_from_hand(*card, book.program, book.tiers, context.now, book.zone);
    json::object more = members::detail_of(move);
    more["by_hand"] = given != nullptr;
    more["v"] = context.snapshot->version();
    if (!command.reason.empty()) more["reason"] = command.reason;
    members::post(context, *card, ledger::tier_change(move.to, context.now),
                  {"manual", {}, std::move(more)});
    members::apply_move(move, *card);
    projects::or_roll_back(members::settle(context, *card, nullptr));
    return card;
}

}  // namespace perennial::flows
