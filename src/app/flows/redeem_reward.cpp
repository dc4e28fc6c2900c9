#include "app/flows/redeem_reward.hpp"

#include <fmt/format.h>

#include "app/flows/roll_back_redemption.hpp"
#include "modules/campaigns/definitions.hpp"
#include "modules/counters/store.hpp"
#include "modules/members/lookup.hpp"
#include "modules/rewards/donations.hpp"
#include "modules/webhooks/emit.hpp"
#include "platform/jobs/timers.hpp"

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

const projects::Definition& definition_of(const projects::Snapshot& snapshot,
                                          const rewards::Reward& reward) {
    const projects::Definition* definition =
        snapshot.find(projects::definition_kind::reward, reward.id);
    CHECK(definition != nullptr);
    return *definition;
}

// The reward as it is now, for whoever reads the redemption years later.
json::object shown_of(const projects::Definition& reward) {
    json::object out{{"name", reward.name}};
    for (const char* name :
         {"type", "parameters", "kind", "donation", "experience", "early_access"})
        if (const json::value* value = reward.doc.if_contains(name)) out[name] = *value;
    out["created_at"] = reward.created_at.iso();
    out["updated_at"] = nullptr;
    if (reward.updated_at) out["updated_at"] = reward.updated_at->iso();
    return out;
}

// The card of the holder that a CAMPAIGN reward tops up; null when it has none yet.
ledger::Card* card_to_top_up(const projects::Context& context, const rewards::Reward& reward,
                             const customers::Customer* customer) {
    const campaigns::Program* program =
        reward.type == rewards::Type::campaign
            ? context.snapshot->get<campaigns::Programs>().find(reward.tops_up)
            : nullptr;
    if (program == nullptr || customer == nullptr) return nullptr;
    return members::card_of(context, *customer, *program);
}

Result<void> check_top_up(const projects::Context& context, const rewards::Reward& reward,
                          const ledger::Card* target) {
    if (target == nullptr) return {};
    if (!target->active)
        return refuse(rewards::error::voucher_disabled,
                      fmt::format("The card {} that it tops up is disabled", target->code));
    const ledger::Card now = members::rolled(
        *target, members::rulebook(*context.snapshot, target->program), context.now);
    TRY_VOID(ledger::credit(now, ledger::EntryKind::accrual, reward.balance, context.now, {}));
    return {};
}

// CAMPAIGN: the points arrive as a lot of their own, under the rules of the program that gets them.
ledger::Card& top_up(const projects::Context& context, const rewards::Reward& reward,
                     customers::Customer& customer, ledger::Card* target,
                     rewards::Redemption& redemption) {
    const campaigns::Program* program =
        context.snapshot->get<campaigns::Programs>().find(reward.tops_up);
    CHECK(program != nullptr);
    if (target == nullptr) target = &members::enrol(context, customer, *program);
    members::roll(context, *target);
    redemption.given_card = target->id;
    redemption.given_lot = target->next_lot;
    redemption.given = reward.balance;
    auto posting = projects::or_roll_back(ledger::credit(
        *target, ledger::EntryKind::accrual, reward.balance, context.now,
        campaigns::expires_at(program->expiration, context.now, context.snapshot->zone())));
    members::post(context, *target, std::move(posting), why_of("redemption", redemption));
    projects::or_roll_back(members::settle(context, *target, &customer));
    return *target;
}

// The refused attempt as a row, so that support can answer why; the error names it (api.md 8.2).
rewards::Refusal note(const projects::Context& context, const RedeemReward& command,
                      const ledger::Card& card, const rewards::RedemptionFacts& facts,
                      rewards::Refusal refusal) {
    Error& error = refusal.error;
    if (error.code->kind != ErrorKind::rejected) return refusal;
    rewards::Redemption failed = new_redemption(context, card);
    failed.status = rewards::RedemptionStatus::failed;
    failed.reward = facts.reward.id;
    if (facts.assignment != nullptr) failed.assignment = facts.assignment->id;
    if (facts.tier != nullptr) failed.tier = facts.tier->id;
    failed.points = command.points.value_or(
        facts.assignment != nullptr
            ? rewards::price_of(*facts.assignment, facts.tier, facts.member)
            : Points());
    failed.shown = shown_of(definition_of(*context.snapshot, facts.reward));
    failed.metadata = command.metadata;
    failed.failure = error.code->key;
    failed.failure_message = error.details.empty() ? std::string(error.code->message)
                                                   : error.details;
    failed.missing =
        rewards::missing_json(refusal.missing, context.snapshot->get<tiers::Tiers>());
    failed.id = context.batch.get<rewards::RedemptionSet>().note_failure(failed);
    error.resource_id = failed.text_id();
    error.resource_type = "redemption";
    customers::Customer* customer = holder_of(context, card.customer);
    tell(context, {&failed, &card, customer}, customer, {EventType::customer_redemption_failed},
         EventType::redemption_failed);
    return refusal;
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
    const projects::Snapshot& snapshot = *batch.get<projects::Set>().snapshot(project);
    const ledger::Card* card =
        batch.get<members::Lookup>().find(batch, project, command.member);
    const rewards::Reward* reward = find_reward(command, snapshot);
    if (card == nullptr || reward == nullptr) return;
    auto& counters = batch.get<counters::Set>();
    counters.want(project, card->id);
    counters.want(project, reward->id);
    batch.get<catalog::Set>().want_item(batch, project,
                                        thing_of(definition_of(snapshot, *reward).doc));
    if (reward->type != rewards::Type::campaign || card->customer.is_nil()) return;
    const customers::Customer* customer = batch.get<customers::Set>().find(
        project, customers::CustomerId(card->customer));
    if (customer == nullptr) return;
    const customers::CardRef* ref = customer->card_of(reward->tops_up);
    if (ref == nullptr) return;
    batch.get<ledger::Set>().want(project, ledger::CardId(ref->card));
    counters.want(project, ref->card);
}

rewards::Decided<Redeemed> redeem_reward(const RedeemReward& command,
                                         const projects::Context& context) {
    const projects::Snapshot& snapshot = *context.snapshot;
    auto& counters = context.batch.get<counters::Set>();
    TRY(card, members::need_card(context, command.campaign, command.member));
    const rewards::Reward* reward = find_reward(command, snapshot);
    if (reward == nullptr)
        return campaigns::refuse_unknown(
            "reward", command.reward.empty() ? command.assignment : command.reward);
    const bool is_payment = reward->type == rewards::Type::coin &&
                            reward->kind != rewards::Kind::donation;
    orders::Order* order =
        is_payment && !command.order.empty() ? find_order(command, context) : nullptr;
    if (is_payment && !command.order.empty() && order == nullptr)
        return campaigns::refuse_unknown("order", command.order);
    const bool holds = command.hold || reward->manual;
    if (holds && is_payment)
        return refuse(rewards::error::invalid_redemption,
                      "Points that pay for an order cannot be held: redeem when it is paid");

    const members::Rulebook book = members::rulebook(snapshot, card->program);
    const ledger::Card now = members::rolled(*card, book, context.now);
    customers::Customer* customer = holder_of(context, card->customer);
    const rewards::Assignment* assignment =
        snapshot.get<rewards::Rewards>().assigned(card->program, reward->id);
    std::optional<RewardMember> member;
    if (assignment != nullptr && assignment->has_conditions())
        member.emplace(snapshot, customer, now, context.now, context.actor.channel);
    rewards::RedemptionFacts facts =
        facts_of(snapshot, book, now, *reward, assignment,
                 counters.used(context.project, reward->id), member ? &*member : nullptr);
    if (order != nullptr) {
        facts.order_total = order->kept_amount();
        facts.order_amount = order->amount;
        facts.order_open = order->status == orders::Status::created &&
                           (order->customer.is_nil() || RawId(order->customer) == card->customer);
    }
    auto plan = rewards::decide_redemption(facts, command.points, context.now);
    if (!plan)
        return std::unexpected(note(context, command, *card, facts, std::move(plan).error()));
    ledger::Card* target = card_to_top_up(context, *reward, customer);
    const std::int64_t target_redemptions =
        target != nullptr ? counters.used(context.project, target->id) : 0;
    if (auto checked = check_top_up(context, *reward, target); !checked)
        return std::unexpected(note(context, command, *card, facts, std::move(checked).error()));

    members::roll(context, *card);
    rewards::Redemption redemption = new_redemption(context, *card);
    redemption.reward = reward->id;
    redemption.assignment = facts.assignment->id;
    if (facts.tier != nullptr) redemption.tier = facts.tier->id;
    redemption.points = plan->points;
    redemption.discount = plan->discount;
    redemption.refund_steps = ledger::refund_steps(*card, plan->posting);
    redemption.shown = shown_of(definition_of(snapshot, *reward));
    redemption.metadata = command.metadata;
    const catalog::ItemRows thing = find_thing(context, redemption);
    redemption.entry = members::post(context, *card, std::move(plan->posting),
                                     why_of("redemption", redemption));
    counters.add(context.project, reward->id, 1, reward->stock);
    counters.add(context.project, card->id, 1, std::nullopt);
    if (order != nullptr) {
        redemption.order = order->id;
        order->discount_amount += plan->discount;
        order->returned_amount = order->amount_returned();
        order->updated_at = context.now;
        context.batch.get<orders::Set>().touch(*order);
    }
    if (!plan->donation.is_zero()) {
        redemption.donation = plan->donation;
        redemption.receipt = rewards::receipt_text(
            campaigns::object_of(redemption.shown, "donation"), plan->donation, plan->points,
            snapshot.project().settings.currency, snapshot.zone().local_date(context.now),
            redemption.id);
        context.batch.get<rewards::DonationSet>().add(context.batch, context.project,
                                                      reward->recipient, plan->donation,
                                                      redemption.id.place(), context.now);
    }
    projects::or_roll_back(members::settle(context, *card, customer));
    if (reward->type == rewards::Type::campaign)
        target = &top_up(context, *reward, *customer, target, redemption);
    if (holds) {
        redemption.status = rewards::RedemptionStatus::open;
        redemption.held_until =
            context.now + command.hold_minutes.value_or(reward->hold_minutes) * minute_ms;
        context.batch.get<jobs::TimerSet>().add(context.project, *redemption.held_until,
                                                jobs::TimerKind::reservation, redemption.id);
        hold(context, *card, redemption);
    }
    const Redeemed out{&context.batch.get<rewards::RedemptionSet>().create(context.batch,
                                                                           std::move(redemption)),
                       card, customer, order, counters.used(context.project, card->id), thing,
                       target, target_redemptions};
    if (holds)
        tell(context, out, customer,
             {EventType::customer_reward_redemption_created,
              EventType::customer_reward_redemption_pending},
             std::nullopt);
    else
        tell(context, out, customer,
             {EventType::customer_redemption_succeeded,
              EventType::customer_reward_redemption_created,
              EventType::customer_reward_redemption_completed},
             EventType::redemption_succeeded);
    return out;
}

}  // namespace perennial::flows
