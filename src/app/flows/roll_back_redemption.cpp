#include "app/flows/roll_back_redemption.hpp"

#include <fmt/format.h>

#include "app/flows/merge_customers.hpp"
#include "modules/campaigns/definitions.hpp"
#include "modules/counters/store.hpp"
#include "modules/rewards/donations.hpp"
#include "platform/jobs/timers.hpp"

namespace perennial::flows {
namespace {

using rewards::Redemption;
using rewards::RedemptionStatus;
using webhooks::EventType;

constexpr std::string_view held_too_long = "The reservation has ended";

void want_redemption(const std::string& text, work::Batch& batch,
                     projects::ProjectNumber project) {
    if (const auto id = rewards::parse_redemption_id(text))
        batch.get<rewards::RedemptionSet>().want(project, *id);
}

void want_its_parts(const std::string& text, work::Batch& batch, projects::ProjectNumber project) {
    const auto id = rewards::parse_redemption_id(text);
    const Redemption* redemption =
        id ? batch.get<rewards::RedemptionSet>().find(project, *id) : nullptr;
    if (redemption == nullptr) return;
    if (!redemption->customer.is_nil())
        batch.get<customers::Set>().want_id(project, customers::CustomerId(redemption->customer));
    batch.get<ledger::Set>().want(project, redemption->card);
    if (!redemption->given_card.is_nil()) {
        batch.get<ledger::Set>().want(project, redemption->given_card);
        batch.get<counters::Set>().want(project, redemption->given_card);
    }
    if (!redemption->order.is_nil())
        batch.get<orders::Set>().want_id(project, orders::OrderId(redemption->order));
    batch.get<counters::Set>().want(project, redemption->reward);
    batch.get<counters::Set>().want(project, redemption->card);
    batch.get<catalog::Set>().want_item(batch, project, thing_of(redemption->shown));
}

Result<Redemption*> need_redemption(const projects::Context& context, const std::string& text) {
    const auto id = rewards::parse_redemption_id(text);
    Redemption* redemption =
        id ? context.batch.get<rewards::RedemptionSet>().find(context.project, *id) : nullptr;
    if (redemption == nullptr || redemption->text_id() != text)
        return campaigns::refuse_unknown("redemption", text);
    return redemption;
}

ledger::Card& card_of(const projects::Context& context, const ledger::CardId& id) {
    ledger::Card* card = context.batch.get<ledger::Set>().find(context.project, id);
    CHECK(card != nullptr);
    return *card;
}

orders::Order* order_of(const projects::Context& context, const Redemption& redemption) {
    if (redemption.order.is_nil()) return nullptr;
    orders::Order* order = context.batch.get<orders::Set>().find(
        context.project, orders::OrderId(redemption.order));
    CHECK(order != nullptr);
    return order;
}

std::unexpected<Error> refuse_rolled_back(const Redemption& redemption) {
    return refuse(rewards::error::already_rolled_back,
                  fmt::format("{} was rolled back at {}", redemption.id.text(),
                              redemption.rolled_back_at->iso()));
}

Result<void> check_may_roll_back(const RollBackRedemption& command, const Redemption& redemption,
                                 const orders::Order* order, Timestamp now) {
    if (redemption.is_rollback())
        return refuse(rewards::error::invalid_redemption, "This is a rollback itself");
    if (redemption.is_failed())
        return refuse(rewards::error::invalid_redemption,
                      "This attempt was refused: there is nothing to roll back");
    if (redemption.status == RedemptionStatus::rolled_back) return refuse_rolled_back(redemption);
    if (command.by != RollBackRedemption::By::expiry &&
        redemption.status == RedemptionStatus::open && *redemption.held_until <= now)
        return refuse(rewards::error::already_rolled_back,
                      fmt::format("{} was held until {}", redemption.id.text(),
                                  redemption.held_until->iso()));
    if (command.by == RollBackRedemption::By::cancelation &&
        redemption.status != RedemptionStatus::open)
        return refuse(rewards::error::invalid_redemption,
                      "Only a redemption that is open can be canceled; roll this one back");
    if (order != nullptr && orders::counts(order->status))
        return refuse(rewards::error::invalid_order,
                      fmt::format("The order is {}: cancel it, then roll back",
                                  orders::status_name(order->status)));
    return {};
}

// The refused attempt as a row; the error names it (api.md 8.4).
Error note(const projects::Context& context, const Redemption& redemption, std::string_view reason,
           Error error) {
    const ledger::Card& card = card_of(context, redemption.card);
    Redemption failed = new_redemption(context, card);
    failed.status = RedemptionStatus::failed_rollback;
    failed.other = redemption.id;
    failed.reward = redemption.reward;
    failed.assignment = redemption.assignment;
    failed.points = redemption.points;
    failed.shown = redemption.shown;
    failed.reason = reason;
    failed.failure = error.code->key;
    failed.failure_message = error.details;
    failed.id = context.batch.get<rewards::RedemptionSet>().note_failure(failed);
    error.resource_id = failed.text_id();
    error.resource_type = "redemption";
    customers::Customer* customer = holder_of(context, card.customer);
    tell(context, {&failed, &card, customer}, customer,
         {EventType::customer_redemption_rollback_failed}, EventType::redemption_rollback_failed);
    return error;
}

Redemption undo_of(const projects::Context& context, const Redemption& redemption,
                   const ledger::Card& card, const std::string& reason) {
    Redemption undo = new_redemption(context, card);
    undo.status = RedemptionStatus::rollback;
    undo.other = redemption.id;
    undo.reward = redemption.reward;
    undo.assignment = redemption.assignment;
    undo.tier = redemption.tier;
    undo.points = redemption.points;
    undo.shown = redemption.shown;
    undo.reason = reason;
    return undo;
}

members::Why why_of_undo(const Redemption& redemption, const Redemption& undo) {
    members::Why why = why_of("rollback", redemption);
    why.more["rollback"] = undo.text_id();
    if (!undo.reason.empty()) why.more["reason"] = undo.reason;
    return why;
}

members::Why why_of_refund(const Redemption& redemption, const Redemption& undo) {
    members::Why why = why_of_undo(redemption, undo);
    why.more["entry"] = redemption.entry.text();
    return why;
}

// Its points were held, and have come back by themselves: with the roll forward.
bool came_back(const projects::Context& context, ledger::Card& card, const Redemption& redemption,
               Redemption& undo) {
    const ledger::HeldPoints* held = card.find_held(redemption.id);
    if (held == nullptr || !held->is_back) return false;
    undo.id = rewards::RedemptionId(held->undo);
    undo.entry = held->returned;
    undo.created_at = held->until;
    pass_on(context, card);
    return true;
}

// Completed or given back: the card need not know any more.
void let_go(const projects::Context& context, ledger::Card& card, const Redemption& redemption) {
    std::erase_if(card.held, [&](const ledger::HeldPoints& one) {
        return one.redemption == RawId(redemption.id);
    });
    context.batch.get<ledger::Set>().touch(card);
}

void refund(const projects::Context& context, ledger::Card& card, const Redemption& redemption,
            Redemption& undo) {
    if (redemption.refund_steps.empty()) return;
    undo.entry = members::post(context, card,
                               ledger::refund(card, redemption.refund_steps, context.now),
                               why_of_refund(redemption, undo));
    members::roll(context, card);
    pass_on(context, card);
}

// CAMPAIGN: the points that the reward gave go back, as those of a return do (decisions.md 16).
const ledger::Card* take_back_given(const projects::Context& context, const Redemption& redemption,
                                    Redemption& undo, const customers::Customer* customer) {
    if (redemption.given_card.is_nil()) return nullptr;
    ledger::Card& card = card_of(context, redemption.given_card);
    members::roll(context, card);
    const members::Rulebook book = members::rulebook(*context.snapshot, card.program);
    Points expired;
    if (card.find_lot(redemption.given_lot) == nullptr)
        expired = context.batch.get<ledger::Set>()
                      .story_of_lot(context.batch, card, redemption.given_lot)
                      .expired;
    ledger::TakenBack taken =
        ledger::take_back(card, redemption.given_lot, redemption.given, expired,
                          book.program.allow_debt, context.now);
    undo.given_card = card.id;
    undo.given = taken.shortfall;
    if (taken.active) {
        members::Why why = why_of_undo(redemption, undo);
        if (!taken.shortfall.is_zero()) why.more["shortfall"] = taken.shortfall.value;
        members::post(context, card, std::move(*taken.active), std::move(why));
        projects::or_roll_back(members::settle(context, card, customer));
    }
    return &card;
}

}  // namespace

void want(const RollBackRedemption& command, work::Batch& batch,
          projects::ProjectNumber project) {
    want_redemption(command.redemption, batch, project);
}

void want_more(const RollBackRedemption& command, work::Batch& batch,
               projects::ProjectNumber project) {
    want_its_parts(command.redemption, batch, project);
}

void hold(const projects::Context& context, ledger::Card& card, const Redemption& redemption) {
    const Redemption undo = undo_of(context, redemption, card, std::string(held_too_long));
    ledger::HeldPoints held;
    held.redemption = redemption.id;
    held.undo = undo.id;
    held.until = *redemption.held_until;
    held.steps = redemption.refund_steps;
    held.detail = json::serialize(why_of_refund(redemption, undo).more);
    card.held.push_back(std::move(held));
    context.batch.get<ledger::Set>().touch(card);
}

Result<Redeemed> roll_back_redemption(const RollBackRedemption& command,
                                      const projects::Context& context) {
    auto& set = context.batch.get<rewards::RedemptionSet>();
    auto& counters = context.batch.get<counters::Set>();
    TRY(redemption, need_redemption(context, command.redemption));
    orders::Order* order = order_of(context, *redemption);
    if (auto checked = check_may_roll_back(command, *redemption, order, context.now); !checked)
        return std::unexpected(
            note(context, *redemption, command.reason, std::move(checked).error()));
    ledger::Card& card = card_of(context, redemption->card);
    // What is held comes back even when its program is gone.
    if (command.by != RollBackRedemption::By::expiry &&
        context.snapshot->get<campaigns::Programs>().find(card.program) == nullptr)
        return campaigns::refuse_unknown("campaign", card.program.text());

    members::roll(context, card);
    customers::Customer* customer = holder_of(context, card.customer);
    Redemption undo = undo_of(context, *redemption, card, command.reason);
    const bool is_back = came_back(context, card, *redemption, undo);
    if (!is_back) refund(context, card, *redemption, undo);
    if (redemption->status == RedemptionStatus::open) let_go(context, card, *redemption);
    const ledger::Card* given_card = take_back_given(context, *redemption, undo, customer);
    const catalog::ItemRows thing = find_thing(context, *redemption);
    counters.add(context.project, redemption->reward, -1, std::nullopt);
    counters.add(context.project, card.id, -1, std::nullopt);
    if (order != nullptr && order->status == orders::Status::created) {
        order->discount_amount -= std::min(redemption->discount, order->discount_amount);
        order->returned_amount = order->amount_returned();
        order->updated_at = context.now;
        context.batch.get<orders::Set>().touch(*order);
    }
    if (!redemption->donation.is_zero())
        context.batch.get<rewards::DonationSet>().add(
            context.batch, context.project,
            std::string(campaigns::text_of(campaigns::object_of(redemption->shown, "donation"),
                                           "recipient")),
            -redemption->donation, redemption->id.place(), context.now);
    if (redemption->status == RedemptionStatus::open)
        context.batch.get<jobs::TimerSet>().remove(context.project, *redemption->held_until,
                                                   jobs::TimerKind::reservation, redemption->id);
    redemption->status = RedemptionStatus::rolled_back;
    redemption->rolled_back_at = undo.created_at;
    redemption->expired = command.by == RollBackRedemption::By::expiry;
    redemption->other = undo.id;
    set.touch(*redemption);
    if (!is_back) projects::or_roll_back(members::settle(context, card, customer));
    const Redeemed out{&set.create(context.batch, std::move(undo)), &card, customer, order,
                       counters.used(context.project, card.id), thing, given_card,
                       given_card ? counters.used(context.project, given_card->id) : 0};
    tell(context, out, customer, {EventType::customer_redemption_rollback_succeeded},
         EventType::redemption_rollback_succeeded);
    return out;
}

void want(const CompleteRedemption& command, work::Batch& batch,
          projects::ProjectNumber project) {
    want_redemption(command.redemption, batch, project);
}

void want_more(const CompleteRedemption& command, work::Batch& batch,
               projects::ProjectNumber project) {
    want_its_parts(command.redemption, batch, project);
}

Result<Redeemed> complete_redemption(const CompleteRedemption& command,
                                     const projects::Context& context) {
    TRY(redemption, need_redemption(context, command.redemption));
    if (redemption->status == RedemptionStatus::rolled_back)
        return refuse_rolled_back(*redemption);
    if (!redemption->held_until || redemption->is_failed() || redemption->is_rollback())
        return refuse(rewards::error::invalid_redemption,
                      "This is no redemption that waits for being completed");
    const bool is_open = redemption->status == RedemptionStatus::open;
    if (is_open && *redemption->held_until <= context.now)
        return refuse(rewards::error::invalid_redemption,
                      fmt::format("It was held until {}", redemption->held_until->iso()));
    ledger::Card& card = card_of(context, redemption->card);
    customers::Customer* customer = holder_of(context, card.customer);
    auto& counters = context.batch.get<counters::Set>();
    Redeemed out{redemption, &card, customer, order_of(context, *redemption),
                 counters.used(context.project, card.id), find_thing(context, *redemption)};
    if (!redemption->given_card.is_nil()) {
        out.given_card = &card_of(context, redemption->given_card);
        out.given_card_redemptions = counters.used(context.project, redemption->given_card);
    }
    if (!is_open) return out;
    context.batch.get<jobs::TimerSet>().remove(context.project, *redemption->held_until,
                                               jobs::TimerKind::reservation, redemption->id);
    let_go(context, card, *redemption);
    redemption->status = RedemptionStatus::succeeded;
    redemption->completed_at = context.now;
    context.batch.get<rewards::RedemptionSet>().touch(*redemption);
    tell(context, out, customer,
         {EventType::customer_redemption_succeeded,
          EventType::customer_reward_redemption_completed},
         EventType::redemption_succeeded);
    return out;
}

projects::Command expire_reservation(projects::ProjectNumber project, Timestamp due_at,
                                     const rewards::RedemptionId& id) {
    const RollBackRedemption wish{id.text(), std::string(held_too_long),
                                  RollBackRedemption::By::expiry};
    projects::Command command;
    command.lane = id.place();
    command.want = [wish, project](work::Batch& batch) { want(wish, batch, project); };
    command.want_more = [wish, project](work::Batch& batch) { want_more(wish, batch, project); };
    command.run = [wish, due_at, id](const projects::Context& context) -> Result<http::Response> {
        const Redemption* redemption =
            context.batch.get<rewards::RedemptionSet>().find(context.project, id);
        const bool is_due = redemption != nullptr &&
                            redemption->status == RedemptionStatus::open &&
                            redemption->held_until == due_at;
        if (is_due) TRY_VOID(roll_back_redemption(wish, context));
        // Whatever became of it: this timer has told what it had to tell.
        context.batch.get<jobs::TimerSet>().remove(context.project, due_at,
                                                   jobs::TimerKind::reservation, id);
        return http::no_content();
    };
    return command;
}

}  // namespace perennial::flows
