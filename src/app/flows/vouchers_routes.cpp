#include "app/flows/vouchers_routes.hpp"

#include "app/flows/answer_examples.hpp"
#include "app/flows/merge_customers.hpp"
#include "modules/counters/store.hpp"
#include "modules/members/codec.hpp"
#include "modules/members/commands.hpp"
#include "modules/members/lookup.hpp"
#include "modules/members/queries.hpp"
#include "modules/projects/requests.hpp"
#include "modules/webhooks/emit.hpp"

namespace perennial::flows {
namespace {

using http::Method;
using http::Request;
using projects::Command;
using projects::Context;
using projects::Permission;

Result<http::Response> get(const Request& request, const projects::ReadContext& context) {
    TRY(member, members::find_member(context, "", request.path_params[0]));
    return http::json_response(to_text(
        members::card_json(member.card, member.book,
                           counters::used(context.tx, context.project, member.card.id))));
}

// A disabled card keeps its points, which still end, and neither earns nor spends.
Result<http::Response> set_active(const Context& context, const std::string& code, bool active) {
    TRY(card, members::need_card(context, {}, code));
    if (active) {
        TRY_VOID(need_not_joined(context, *card));
    }
    members::roll(context, *card);
    auto shown = [&] {
        return members::card_json(*card, members::rulebook(*context.snapshot, card->program),
                                  counters::used(context.batch.tx, context.project, card->id));
    };
    if (card->active != active) {
        card->active = active;
        card->updated_at = context.now;
        context.batch.get<ledger::Set>().touch(*card);
        webhooks::emit(context,
                       active ? webhooks::EventType::voucher_enabled
                              : webhooks::EventType::voucher_disabled,
                       card->id.text(), shown);
    }
    return http::json_response(to_text(shown()));
}

Result<Command> command_of(const Request& request, projects::ProjectNumber project, bool active) {
    const std::string code = request.path_params[0];
    Command command;
    command.lane = projects::lane_of<ledger::CardId>(code);
    command.want = [code, project](work::Batch& batch) {
        batch.get<members::Lookup>().want(batch, project, code);
    };
    command.run = [code, active](const Context& context) {
        return set_active(context, code, active);
    };
    return command;
}

Result<Command> enable(const Request& request, projects::ProjectNumber project,
                       const projects::Actor&) {
    return command_of(request, project, true);
}

Result<Command> disable(const Request& request, projects::ProjectNumber project,
                        const projects::Actor&) {
    return command_of(request, project, false);
}

}  // namespace

projects::Routes vouchers_routes() {
    return {
        {Method::get, "/v1/vouchers/{code}", Permission::read,
         {"Members", "Get a card by code or id", "", examples::card}, get},
        {Method::post, "/v1/vouchers/{code}/enable", Permission::write,
         {"Members", "Let a card earn and spend again", "", examples::card}, nullptr, enable},
        {Method::post, "/v1/vouchers/{code}/disable", Permission::write,
         {"Members", "Stop a card from earning and spending; its points still end", "",
          examples::card},
         nullptr, disable},
    };
}

}  // namespace perennial::flows
