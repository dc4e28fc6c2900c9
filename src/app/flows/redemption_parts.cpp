#include "app/flows/redemption_parts.hpp"

#include "app/flows/order_codec.hpp"
#include "modules/campaigns/document.hpp"
#include "modules/catalog/codec.hpp"
#include "modules/customers/codec.hpp"
#include "modules/members/codec.hpp"
#include "modules/webhooks/emit.hpp"

namespace perennial::flows {

json::object redeemed_json(const Redeemed& redeemed, const projects::Snapshot& snapshot) {
    rewards::RedemptionView view;
    // CAMPAIGN: the voucher is what was handed out (api.md 10.6).
    const bool gives = redeemed.given_card != nullptr;
    const ledger::Card& card = gives ? *redeemed.given_card : *redeemed.card;
    view.voucher = members::card_json(
        card, members::rulebook(snapshot, card.program),
        gives ? redeemed.given_card_redemptions : redeemed.card_redemptions);
    if (redeemed.customer != nullptr) {
        view.customer = customers::embedded_json(*redeemed.customer);
        view.voucher["holder"] = view.customer;
    }
    if (redeemed.order != nullptr)
        view.order = order_json(*redeemed.order, redeemed.customer);
    if (redeemed.thing.product != nullptr) view.product = catalog::to_json(*redeemed.thing.product);
    if (redeemed.thing.sku != nullptr) view.sku = catalog::to_json(*redeemed.thing.sku);
    return rewards::to_json(*redeemed.redemption, std::move(view));
}

catalog::ItemNames thing_of(const json::object& reward) {
    const json::object& product =
        campaigns::object_of(campaigns::object_of(reward, "parameters"), "product");
    catalog::ItemNames names;
    names.product_id = campaigns::text_of(product, "id");
    names.sku_id = campaigns::text_of(product, "sku_id");
    return names;
}

catalog::ItemRows find_thing(const projects::Context& context,
                             const rewards::Redemption& redemption) {
    return context.batch.get<catalog::Set>().find_item(context.batch, context.project,
                                                       thing_of(redemption.shown));
}

customers::Customer* holder_of(const projects::Context& context, const RawId& customer) {
    if (customer.is_nil()) return nullptr;
    return context.batch.get<customers::Set>().find(context.project,
                                                    customers::CustomerId(customer));
}

rewards::Redemption new_redemption(const projects::Context& context, const ledger::Card& card) {
    rewards::Redemption out;
    out.project = context.project;
    out.id = context.batch.make_id<rewards::RedemptionId>(card.id.place());
    out.card = card.id;
    out.customer = card.customer;
    out.program = card.program;
    out.created_at = context.now;
    out.app_id = context.actor.app_id;
    out.channel = context.actor.channel;
    return out;
}

members::Why why_of(std::string_view by, const rewards::Redemption& redemption) {
    members::Why why{by, redemption.id};
    why.more["redemption"] = redemption.id.text();
    why.more["reward"] = redemption.reward.text();
    if (const json::value* name = redemption.shown.if_contains("name"))
        why.more["reward_name"] = *name;
    return why;
}

void tell(const projects::Context& context, const Redeemed& redeemed,
          customers::Customer* customer, std::initializer_list<webhooks::EventType> to_holder,
          std::optional<webhooks::EventType> to_all) {
    const std::string id = redeemed.redemption->text_id();
    auto data = [&] { return redeemed_json(redeemed, *context.snapshot); };
    if (customer != nullptr)
        for (const webhooks::EventType type : to_holder)
            webhooks::emit(context, type, *customer, id, data);
    if (to_all) webhooks::emit(context, *to_all, id, data);
}

RewardMember::RewardMember(const projects::Snapshot& snapshot, const customers::Customer* holder,
                           const ledger::Card& card, Timestamp now, std::string_view of_channel)
    : channel(of_channel), facts{view.facts, surroundings} {
    static const customers::Customer nobody;
    members::fill(view, holder != nullptr ? *holder : nobody, &card,
                  snapshot.get<tiers::Tiers>());
    if (holder == nullptr) view.facts.id = {};
    const TimeZone& zone = snapshot.zone();
    const Date day = zone.local_date(now);
    date = day.iso();
    surroundings.now = now;
    surroundings.local_hour = zone.local_hour(now);
    surroundings.local_weekday = day.weekday();
    surroundings.local_date = date;
    surroundings.channel = channel;
}

rewards::RedemptionFacts facts_of(const projects::Snapshot& snapshot, const members::Rulebook& book,
                                  const ledger::Card& now, const rewards::Reward& reward,
                                  const rewards::Assignment* assignment, std::int64_t used,
                                  const RewardMember* member) {
    rewards::RedemptionFacts facts{book.program, now, reward};
    facts.assignment = assignment;
    facts.tier = now.tier.is_nil() ? nullptr : book.tiers.find(now.tier);
    facts.member = member != nullptr ? &member->facts : nullptr;
    facts.used = used;
    facts.minimum_order = book.program.minimum_order_to_spend;
    if (reward.type == rewards::Type::campaign)
        facts.tops_up = snapshot.get<campaigns::Programs>().find(reward.tops_up);
    return facts;
}

}  // namespace perennial::flows
