#include "app/flows/redeem_reward.hpp"

#include <fmt/format.h>

#include "app/flows/order_codec.hpp"
#include "modules/campaigns/definitions.hpp"
#include "modules/campaigns/document.hpp"
#include "modules/catalog/codec.hpp"
#include "modules/counters/store.hpp"
#include "modules/customers/codec.hpp"
#include "modules/members/codec.hpp"
#include "modules/members/commands.hpp"
#include "modules/members/lookup.hpp"
#include "modules/rewards/decide.hpp"
#include "modules/webhooks/emit.hpp"

namespace perennial::flows {
namespace {

using webhooks::EventType;

const rewards::Reward* find_reward(const RedeemReward& command,
                                   const projects::Snapshot& snapshot) {
    const auto& all = snapshot.get<rewards::Rewards>();
    if (const auto id = rewards::RewardId::parse(command.reward)) return all.find(*id);
    if (const auto id = rewards::AssignmentId::parse(command.assignment))
        if (const rewards::Assignment* assignment = all.find_assignment(*id))
            return all.find(assignment->reward);
    return nullptr;
}

orders::Order* find_order(const RedeemReward& command, const projects::Context& context) {
    auto& set = context.batch.get<orders::Set>();
    if (const auto id = orders::OrderId::parse(command.order))
        return set.find(context.project, *id);
    const orders::OrderId id = set.id_of(context.batch, context.project, command.order);
    return id.is_nil() ? nullptr : set.find(context.project, id);
}

customers::Customer* holder_of(const projects::Context& context, const RawId& customer) {
    if (customer.is_nil()) return nullptr;
    return context.batch.get<customers::Set>().find(context.project,
                                                    customers::CustomerId(customer));
}

// The reward as it is now, for whoever reads the redemption years later.
json::object shown_of(const projects::Snapshot& snapshot, const rewards::Reward& reward) {
    const projects::Definition* definition =
        snapshot.find(projects::definition_kind::reward, reward.id);
    CHECK(definition != nullptr);
    json::object out{{"name", reward.name}};
    for (const char* name : {"type", "parameters"})
        if (const json::value* value = definition->doc.if_contains(name)) out[name] = *value;
    out["created_at"] = definition->created_at.iso();
    out["updated_at"] = nullptr;
    if (definition->updated_at) out["updated_at"] = definition->updated_at->iso();
    return out;
}

catalog::ItemRows find_thing(const projects::Context& context,
                             const rewards::Redemption& redemption) {
    return context.batch.get<catalog::Set>().find_item(context.batch, context.project,
                                                       thing_of(redemption.shown));
}

members::Why why_of(std::string_view by, const rewards::Redemption& redemption) {
    members::Why why{by, redemption.id};
    why.more["redemption"] = redemption.id.text();
    why.more["reward"] = redemption.reward.text();
    if (const json::value* name = redemption.shown.if_contains("name"))
        why.more["reward_name"] = *name;
    return why;
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

void tell(const projects::Context& context, const Redeemed& redeemed,
          customers::Customer* customer, std::initializer_list<EventType> to_holder,
          EventType to_all) {
    const std::string id = redeemed.redemption->text_id();
    auto data = [&] { return redeemed_json(redeemed, *context.snapshot); };
    if (customer != nullptr)
        for (const EventType type : to_holder) webhooks::emit(context, type, *customer, id, data);
    webhooks::emit(context, to_all, id, data);
}

}  // namespace

void want(const RedeemReward& command, work::Batch& batch, projects::ProjectNumber project) {
    batch.get<members::Lookup>().want(batch, project, command.member);
    if (command.order.empty()) return;
    auto& orders = batch.get<orders::Set>();
    if (const auto id = orders::OrderId::parse(command.order))
        orders.want_id(project, *id);
    else
        orders.want_source(batch, project, command.order, std::nullopt);
}

void want_more(const RedeemReward& command, work::Batch& batch, projects::ProjectNumber project) {
    const ledger::Card* card =
        batch.get<members::Lookup>().find(batch, project, command.member);
    const rewards::Reward* reward =
        find_reward(command, *batch.get<projects::Set>().snapshot(project));
    if (card == nullptr || reward == nullptr) return;
    auto& counters = batch.get<counters::Set>();
    counters.want(project, card->id);
    counters.want(project, reward->id);
    const projects::Definition* definition = batch.get<projects::Set>().snapshot(project)->find(
        projects::definition_kind::reward, reward->id);
    batch.get<catalog::Set>().want_item(batch, project, thing_of(definition->doc));
}

Result<Redeemed> redeem_reward(const RedeemReward& command, const projects::Context& context) {
    const projects::Snapshot& snapshot = *context.snapshot;
    auto& counters = context.batch.get<counters::Set>();
    TRY(card, members::need_card(context, command.campaign, command.member));
    const rewards::Reward* reward = find_reward(command, snapshot);
    if (reward == nullptr)
        return campaigns::refuse_unknown(
            "reward", command.reward.empty() ? command.assignment : command.reward);
    const bool pays = reward->type == rewards::Type::coin && !command.order.empty();
    orders::Order* order = pays ? find_order(command, context) : nullptr;
    if (pays && order == nullptr) return campaigns::refuse_unknown("order", command.order);

    const members::Rulebook book = members::rulebook(snapshot, card->program);
    const ledger::Card now = members::rolled(*card, book, context.now);
    rewards::RedemptionFacts facts{book.program, now, *reward};
    facts.assignment = snapshot.get<rewards::Rewards>().assigned(card->program, reward->id);
    facts.tier = now.tier.is_nil() ? nullptr : book.tiers.find(now.tier);
    facts.used = counters.used(context.project, reward->id);
    if (order != nullptr) {
        facts.order_total = order->total_amount();
        facts.order_open = order->status == orders::Status::created &&
                           (order->customer.is_nil() || RawId(order->customer) == card->customer);
    }
    TRY(plan, rewards::decide_redemption(facts, command.points, context.now));

    members::roll(context, *card);
    rewards::Redemption redemption = new_redemption(context, *card);
    redemption.reward = reward->id;
    redemption.assignment = facts.assignment->id;
    if (facts.tier != nullptr) redemption.tier = facts.tier->id;
    redemption.points = plan.points;
    redemption.discount = plan.discount;
    redemption.refund_steps = ledger::refund_steps(*card, plan.posting);
    redemption.shown = shown_of(snapshot, *reward);
    const catalog::ItemRows thing = find_thing(context, redemption);
    redemption.metadata = command.metadata;
    redemption.entry = members::post(context, *card, std::move(plan.posting),
                                     why_of("redemption", redemption));
    counters.add(context.project, reward->id, 1, reward->stock);
    counters.add(context.project, card->id, 1, std::nullopt);
    if (order != nullptr) {
        redemption.order = order->id;
        order->discount_amount += plan.discount;
        order->updated_at = context.now;
        context.batch.get<orders::Set>().touch(*order);
    }
    customers::Customer* customer = holder_of(context, card->customer);
    projects::or_roll_back(members::settle(context, *card, customer));
    const Redeemed out{&context.batch.get<rewards::RedemptionSet>().create(context.batch,
                                                                           std::move(redemption)),
                       card, customer, order, counters.used(context.project, card->id), thing};
    tell(context, out, customer,
         {EventType::customer_redemption_succeeded, EventType::customer_reward_redemption_created,
          EventType::customer_reward_redemption_completed},
         EventType::redemption_succeeded);
    return out;
}

void want(const RollBackRedemption& command, work::Batch& batch,
          projects::ProjectNumber project) {
    if (const auto id = rewards::parse_redemption_id(command.redemption))
        batch.get<rewards::RedemptionSet>().want(project, *id);
}

void want_more(const RollBackRedemption& command, work::Batch& batch,
               projects::ProjectNumber project) {
    const auto id = rewards::parse_redemption_id(command.redemption);
    const rewards::Redemption* redemption =
        id ? batch.get<rewards::RedemptionSet>().find(project, *id) : nullptr;
    if (redemption == nullptr) return;
    if (!redemption->customer.is_nil())
        batch.get<customers::Set>().want_id(project, customers::CustomerId(redemption->customer));
    batch.get<ledger::Set>().want(project, redemption->card);
    if (!redemption->order.is_nil())
        batch.get<orders::Set>().want_id(project, orders::OrderId(redemption->order));
    batch.get<counters::Set>().want(project, redemption->reward);
    batch.get<counters::Set>().want(project, redemption->card);
    batch.get<catalog::Set>().want_item(batch, project, thing_of(redemption->shown));
}

Result<Redeemed> roll_back_redemption(const RollBackRedemption& command,
                                      const projects::Context& context) {
    auto& set = context.batch.get<rewards::RedemptionSet>();
    auto& counters = context.batch.get<counters::Set>();
    const auto id = rewards::parse_redemption_id(command.redemption);
    rewards::Redemption* redemption = id ? set.find(context.project, *id) : nullptr;
    if (redemption == nullptr)
        return campaigns::refuse_unknown("redemption", command.redemption);
    if (redemption->is_rollback())
        return refuse(rewards::error::invalid_redemption, "This is a rollback itself");
    if (redemption->status == rewards::RedemptionStatus::rolled_back)
        return refuse(rewards::error::already_rolled_back,
                      fmt::format("{} was rolled back at {}", redemption->id.text(),
                                  redemption->rolled_back_at->iso()));
    orders::Order* order = nullptr;
    if (!redemption->order.is_nil()) {
        order = context.batch.get<orders::Set>().find(context.project,
                                                      orders::OrderId(redemption->order));
        CHECK(order != nullptr);
        if (orders::counts(order->status))
            return refuse(rewards::error::invalid_order,
                          fmt::format("The order is {}: cancel it, then roll back",
                                      orders::status_name(order->status)));
    }
    ledger::Card* card = context.batch.get<ledger::Set>().find(context.project, redemption->card);
    CHECK(card != nullptr);
    if (context.snapshot->get<campaigns::Programs>().find(card->program) == nullptr)
        return campaigns::refuse_unknown("campaign", card->program.text());

    members::roll(context, *card);
    rewards::Redemption undo = new_redemption(context, *card);
    undo.status = rewards::RedemptionStatus::rollback;
    undo.other = redemption->id;
    undo.reward = redemption->reward;
    undo.assignment = redemption->assignment;
    undo.tier = redemption->tier;
    undo.points = redemption->points;
    undo.shown = redemption->shown;
    undo.reason = command.reason;
    if (!redemption->refund_steps.empty()) {
        std::vector<ledger::LotChange> steps = redemption->refund_steps;
        // What has ended meanwhile ends now, after it is given back: so the balance as of no moment
        // falls below what it was.
        for (ledger::LotChange& step : steps)
            if (step.expires_at) step.expires_at = std::max(*step.expires_at, context.now);
        members::Why why = why_of("rollback", *redemption);
        why.more["rollback"] = undo.text_id();
        why.more["entry"] = redemption->entry.text();
        if (!command.reason.empty()) why.more["reason"] = command.reason;
        undo.entry = members::post(context, *card, ledger::refund(std::move(steps), context.now),
                                   std::move(why));
        members::roll(context, *card);
    }
    const catalog::ItemRows thing = find_thing(context, *redemption);
    counters.add(context.project, redemption->reward, -1, std::nullopt);
    counters.add(context.project, card->id, -1, std::nullopt);
    if (order != nullptr && order->status == orders::Status::created) {
        order->discount_amount -= std::min(redemption->discount, order->discount_amount);
        order->updated_at = context.now;
        context.batch.get<orders::Set>().touch(*order);
    }
    redemption->status = rewards::RedemptionStatus::rolled_back;
    redemption->rolled_back_at = context.now;
    redemption->other = undo.id;
    set.touch(*redemption);
    customers::Customer* customer = holder_of(context, card->customer);
    projects::or_roll_back(members::settle(context, *card, customer));
    const Redeemed out{&set.create(context.batch, std::move(undo)), card, customer, order,
                       counters.used(context.project, card->id), thing};
    tell(context, out, customer, {EventType::customer_redemption_rollback_succeeded},
         EventType::redemption_rollback_succeeded);
    return out;
}

catalog::ItemNames thing_of(const json::object& reward) {
    const json::object& product =
        campaigns::object_of(campaigns::object_of(reward, "parameters"), "product");
    catalog::ItemNames names;
    names.product_id = campaigns::text_of(product, "id");
    names.sku_id = campaigns::text_of(product, "sku_id");
    return names;
}

json::object redeemed_json(const Redeemed& redeemed, const projects::Snapshot& snapshot) {
    rewards::RedemptionView view;
    view.voucher = members::card_json(
        *redeemed.card, members::rulebook(snapshot, redeemed.card->program),
        redeemed.card_redemptions);
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

}  // namespace perennial::flows
