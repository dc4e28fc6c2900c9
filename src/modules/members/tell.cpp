#include "modules/members/tell.hpp"

#include "modules/customers/codec.hpp"
#include "modules/customers/store.hpp"
#include "modules/members/codec.hpp"
#include "modules/members/commands.hpp"
#include "modules/webhooks/emit.hpp"

namespace perennial::members {
namespace {

using ledger::EntryKind;
using webhooks::EventType;

struct Types {
    std::optional<EventType> of_customer;
    std::optional<EventType> of_card;
};

Types types_of(EntryKind kind, std::string_view by) {
    if (by == "adjustment")
        return {EventType::customer_pending_points_updated,
                EventType::voucher_pending_points_updated};
    switch (kind) {
        case EntryKind::accrual:
        case EntryKind::addition:
        case EntryKind::refund:
            return {EventType::customer_points_added, EventType::voucher_points_added};
        case EntryKind::expiration:
            return {EventType::customer_points_expired, EventType::voucher_points_expired};
        case EntryKind::transfer_in:
        case EntryKind::transfer_out:
            return {EventType::customer_points_transferred, std::nullopt};
        case EntryKind::pending_accrual:
            return {EventType::customer_pending_points_added,
                    EventType::voucher_pending_points_added};
        case EntryKind::activation:
            return {EventType::customer_pending_points_activated,
                    EventType::voucher_pending_points_activated};
        case EntryKind::pending_cancellation:
            return {EventType::customer_pending_points_canceled,
                    EventType::voucher_pending_points_canceled};
        case EntryKind::redemption:
        case EntryKind::removal:
        case EntryKind::cancellation:
        case EntryKind::tier_change: return {};
    }
    return {};
}

json::object tier_json(const projects::Context& context, const ledger::TierId& id) {
    const tiers::Tier* tier = context.snapshot->get<tiers::Tiers>().find(id);
    return {{"id", id.text()}, {"name", tier ? json::value(tier->name) : json::value(nullptr)}};
}

}  // namespace

void tell_notice(const projects::Context& context, const ledger::Card& card, Timestamp end,
                 int days, Points points) {
    customers::Customer* holder =
        card.customer.is_nil()
            ? nullptr
            : context.batch.get<customers::Set>().find(context.project,
                                                       customers::CustomerId(card.customer));
    const Rulebook book = rulebook(*context.snapshot, card.program);
    auto data = [&] {
        json::object out{{"voucher", embedded_json(card, book.program.name)},
                         {"expiring",
                          {{"points", points.value},
                           {"expires_at", last_day(end, book.zone)},
                           {"days_before", days},
                           {"balance", card.balance.value}}}};
        if (holder != nullptr) out["customer"] = customers::embedded_json(*holder);
        return out;
    };
    if (holder != nullptr)
        webhooks::emit(context, EventType::customer_points_expiring, *holder, card.id.text(), data);
    else
        webhooks::emit(context, EventType::customer_points_expiring, card.id.text(), data);
}

void tell(const projects::Context& context, const ledger::Card& card,
          const ledger::Posting& posting, const ledger::EntryId& entry, std::string_view by,
          std::string_view move) {
    customers::Customer* holder =
        card.customer.is_nil()
            ? nullptr
            : context.batch.get<customers::Set>().find(context.project,
                                                       customers::CustomerId(card.customer));
    const std::string_view type = ledger::transaction_type(posting.kind);
    auto data = [&] {
        json::object out{
            {"voucher",
             embedded_json(card, rulebook(*context.snapshot, card.program).program.name)},
            {"balance", balance_json(card, "points",
                                     posting.kind == EntryKind::pending_accrual ||
                                             posting.kind == EntryKind::pending_cancellation
                                         ? posting.pending
                                         : posting.points,
                                     card.credited, card.balance)}};
        if (!type.empty())
            out["transaction"] = {{"id", entry.text()}, {"type", type}};
        if (holder != nullptr) out["customer"] = customers::embedded_json(*holder);
        if (!posting.tier.is_nil()) out["loyalty_tier"] = tier_json(context, posting.tier);
        return out;
    };
    const std::string id = card.id.text();
    auto to_holder = [&](std::optional<EventType> event) {
        if (event && holder != nullptr) webhooks::emit(context, *event, *holder, id, data);
    };
    const Types types = types_of(posting.kind, by);
    to_holder(types.of_customer);
    if (posting.kind == EntryKind::accrual) to_holder(EventType::customer_rewarded_points);
    if (!move.empty()) to_holder(webhooks::event_type_from(move));
    if (types.of_card) webhooks::emit(context, *types.of_card, id, data);
    // The first points of a new card are no transaction (api.md 7.1).
    if (!type.empty() && by != "enrolment")
        webhooks::emit(context, EventType::voucher_transaction_created, id, data);
}

}  // namespace perennial::members
