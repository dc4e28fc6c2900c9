#include "app/flows/record_event.hpp"

#include <fmt/format.h>

#include "app/flows/give_points.hpp"
#include "app/flows/order_earning.hpp"
#include "modules/campaigns/definitions.hpp"
#include "modules/customers/codec.hpp"
#include "modules/earning/decide.hpp"
#include "modules/members/commands.hpp"
#include "modules/members/lookup.hpp"
#include "modules/webhooks/emit.hpp"

namespace perennial::flows {
namespace {

using RuleList = std::vector<const earning::Rule*>;

const RuleList& rules_for(const projects::Snapshot& snapshot, const ledger::ProgramId& program,
                          const std::string& event) {
    static const RuleList none;
    const auto& rules = snapshot.get<earning::Rules>().on_event;
    const auto found = rules.find({program, event});
    return found == rules.end() ? none : found->second;
}

// One program's rules on the event; its tier before multiplies, and is decided afterwards.
void earn_in(const projects::Context& context, const RuleList& rules, ledger::Card& card,
             const customers::Customer& customer, events::Event& event,
             const earning::ContextFacts& surroundings) {
    const auto& tiers = context.snapshot->get<tiers::Tiers>();
    const tiers::Tier* tier = card.tier.is_nil() ? nullptr : tiers.find(card.tier);
    members::CustomerView who;
    members::fill(who, customer, &card, tiers);
    earning::EventFacts facts;
    facts.name = event.name;
    facts.metadata = event.metadata;
    events::Decision& decision = *event.decision;
    decision.facts[card.program.text()] = members::stored_facts(who.facts, card, true);
    const campaigns::Program* program =
        context.snapshot->get<campaigns::Programs>().find(card.program);
    CHECK(program != nullptr);
    const earning::Terms terms{tier, context.snapshot->get<earning::Rules>().multipliers,
                               program->earning.multiply_all};
    Allowance allowance(context, card, *program);
    for (const earning::Rule* rule : rules) {
        earning::Outcome outcome = earning::evaluate(
            *rule, {&who.facts, nullptr, &facts, &surroundings}, terms,
            [](const auto&, const auto&) { return false; }, context.now);
        const auto made = give(context, card, *rule, outcome, allowance,
                               {"event", event.id, {{"event", event.name}}}, decision.cuts);
        if (made)
            decision.awards.push_back(
                {card.id, card.program, rule->id, made->lot, outcome.points, made->entry});
    }
    projects::or_roll_back(members::settle(context, card, &customer));
}

void earn(const projects::Context& context, const RecordEvent& command,
          const ledger::Card* only, customers::Customer& customer, events::Event& event) {
    const projects::Snapshot& snapshot = *context.snapshot;
    const TimeZone& zone = snapshot.zone();
    const Date day = zone.local_date(context.now);
    const std::string date = day.iso();
    const earning::ContextFacts surroundings{context.now, zone.local_hour(context.now),
                                             day.weekday(), date, context.actor.channel};
    for (const campaigns::Program& program : snapshot.get<campaigns::Programs>().all) {
        if (!program.runs_at(context.now)) continue;
        ledger::Card* card = members::card_of(context, customer, program);
        if (only != nullptr && card != only) continue;
        if (card == nullptr) {
            if (!program.auto_join) continue;
            card = &members::enrol(context, customer, program);
            claim_earlier_orders(context, customer, *card, program);
        }
        if (!card->active) continue;
        members::roll(context, *card);
        const RuleList& rules = rules_for(snapshot, program.id, command.name);
        if (rules.empty()) continue;
        if (!event.decision)
            event.decision.emplace(events::Decision{snapshot.version(), earning::engine_version,
                                                    context.now, context.actor.channel, {}, {}, {}});
        earn_in(context, rules, *card, customer, event, surroundings);
    }
}

}  // namespace

void want(const RecordEvent& command, work::Batch& batch, projects::ProjectNumber project) {
    if (!command.card.empty()) batch.get<members::Lookup>().want(batch, project, command.card);
    batch.get<customers::Set>().want(batch, project, command.customer);
}

void want_more(const RecordEvent& command, work::Batch& batch, projects::ProjectNumber project) {
    const customers::Customer* known = nullptr;
    if (const customers::Customer* customer = batch.get<customers::Set>().resolve(
            batch, project, command.customer, false, batch.machine_now))
        members::want_cards(batch, *customer), known = customer;
    want_limits(batch, *batch.get<projects::Set>().snapshot(project), known, command.name);
}

Result<RecordedEvent> record_event(const RecordEvent& command, const projects::Context& context) {
    work::Batch& batch = context.batch;
    auto& customers = batch.get<customers::Set>();
    const customers::Customer* known =
        customers.resolve(batch, context.project, command.customer, false, context.now);
    if (known == nullptr && command.customer.id)
        return campaigns::refuse_unknown("customer", command.customer.id->text());
    const ledger::Card* only = nullptr;
    if (!command.card.empty()) {
        only = batch.get<members::Lookup>().find(batch, context.project, command.card);
        if (only == nullptr || known == nullptr || only->customer != RawId(known->id))
            return campaigns::refuse_unknown("voucher", command.card);
    }
    customers::Customer* customer =
        customers.resolve(batch, context.project, command.customer, true, context.now);
    CHECK(customer != nullptr);
    if (customers::apply(command.customer, *customer, context.now))
        customers.touch_profile(*customer);
    if (known == nullptr) customer->updated_at.reset();

    events::Event event;
    event.project = context.project;
    event.id = batch.make_id<events::EventId>(customer->id.place());
    event.customer = customer->id;
    event.previous = events::EventId(customer->last_event);
    event.name = command.name;
    event.metadata = command.metadata;
    event.created_at = context.now;
    customer->last_event = event.id;
    customers.touch_activity(*customer);
    earn(context, command, only, *customer, event);
    const events::Event& made = batch.get<events::Set>().create(batch, std::move(event));
    webhooks::emit(context, webhooks::EventType::customer_custom_event, *customer,
                   made.id.text(), [&] {
                       return json::object{{"id", made.id.text()},
                                           {"event", made.name},
                                           {"metadata", made.metadata},
                                           {"customer", customers::embedded_json(*customer)}};
                   });
    return RecordedEvent{&made, customer};
}

}  // namespace perennial::flows
