#include "app/flows/join_program.hpp"

#include <fmt/format.h>

#include "app/flows/order_earning.hpp"
#include "modules/campaigns/definitions.hpp"
#include "modules/members/commands.hpp"
#include "modules/members/errors.hpp"
#include "modules/members/lookup.hpp"

namespace perennial::flows {

void want(const JoinProgram& command, work::Batch& batch, projects::ProjectNumber project) {
    if (!command.code.empty()) batch.get<members::Lookup>().want(batch, project, command.code);
    batch.get<customers::Set>().want(batch, project, command.customer);
}

void want_more(const JoinProgram& command, work::Batch& batch, projects::ProjectNumber project) {
    if (const customers::Customer* customer = batch.get<customers::Set>().resolve(
            batch, project, command.customer, false, batch.machine_now))
        members::want_cards(batch, *customer);
}

Result<Joined> join_program(const JoinProgram& command, const projects::Context& context) {
    work::Batch& batch = context.batch;
    auto& customers = batch.get<customers::Set>();
    TRY(definition, campaigns::need_program(*context.snapshot, command.campaign));
    const campaigns::Program* program = context.snapshot->get<campaigns::Programs>().find(
        campaigns::ProgramId(definition->id));
    CHECK(program != nullptr);

    const customers::Customer* known =
        customers.resolve(batch, context.project, command.customer, false, context.now);
    if (known == nullptr && command.customer.id)
        return campaigns::refuse_unknown("customer", command.customer.id->text());
    const bool is_member = known != nullptr && known->card_of(program->id) != nullptr;
    if (!is_member) {
        if (!program->runs_at(context.now))
            return refuse(members::error::campaign_not_active,
                          fmt::format("The program {} is off, not begun or over", program->name));
        if (!command.code.empty() &&
            batch.get<members::Lookup>().find(batch, context.project, command.code) != nullptr)
            return refuse(members::error::voucher_already_published,
                          fmt::format("The code {} is the card of somebody else", command.code));
    }

    customers::Customer* customer =
        command.customer.names_someone()
            ? customers.resolve(batch, context.project, command.customer, true, context.now)
            : &customers.create(batch, context.project, context.now);
    if (customers::apply(command.customer, *customer, context.now))
        customers.touch_profile(*customer);
    if (known == nullptr) customer->updated_at.reset();
    ledger::Card* card = members::card_of(context, *customer, *program);
    if (is_member) {
        members::roll(context, *card);
        return Joined{card, customer, false};
    }
    card = &members::enrol(context, *customer, *program, command.code);
    claim_earlier_orders(context, *customer, *card, *program);
    if (command.metadata) card->metadata = to_text(*command.metadata);
    return Joined{card, customer, true};
}

}  // namespace perennial::flows
