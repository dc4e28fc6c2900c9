#include "app/app.hpp"
#include "app/client_routes.hpp"
#include "app/flows/backtest.hpp"
#include "app/flows/bulk_routes.hpp"
#include "app/flows/clock_routes.hpp"
#include "app/flows/erase_customer.hpp"
#include "app/flows/events_routes.hpp"
#include "app/flows/explain_routes.hpp"
#include "app/flows/exports_routes.hpp"
#include "app/flows/members_routes.hpp"
#include "app/flows/orders_routes.hpp"
#include "app/flows/redemptions_routes.hpp"
#include "modules/access/routes.hpp"
#include "app/flows/simulate_routes.hpp"
#include "modules/async_actions/routes.hpp"
#include "modules/campaigns/routes.hpp"
#include "modules/catalog/routes.hpp"
#include "modules/categories/routes.hpp"
#include "modules/consents/routes.hpp"
#include "modules/customers/codec.hpp"
#include "modules/customers/routes.hpp"
#include "modules/earning/routes.hpp"
#include "modules/members/commands.hpp"
#include "modules/members/queries.hpp"
#include "modules/metadata_schemas/routes.hpp"
#include "modules/rewards/redemption_store.hpp"
#include "modules/rewards/routes.hpp"
#include "modules/tiers/routes.hpp"
#include "modules/trash_bin/routes.hpp"
#include "modules/webhooks/routes.hpp"

namespace perennial::app {
namespace {

// What a customer holds now, of all cards rolled forward, and what was redeemed with them.
json::object loyalty_of(db::Tx& tx, const projects::Snapshot& snapshot,
                        const customers::Customer& customer, Timestamp now,
                        FunctionRef<std::optional<ledger::Card>(ledger::CardId)> find) {
    std::vector<ledger::Card> cards;
    std::vector<ledger::CardId> ids;
    for (const customers::CardRef& ref : customer.cards)
        if (auto card = find(ledger::CardId(ref.card))) {
            ids.push_back(card->id);
            cards.push_back(*std::move(card));
        }
    json::object out = members::customer_loyalty(snapshot, std::move(cards), now);
    const rewards::RedemptionTally tally = rewards::tally_redemptions(tx, customer.project, ids);
    out["redemptions"] = {{"succeeded", tally.succeeded},
                          {"failed", tally.failed},
                          {"rollbacks", tally.rollbacks},
                          {"failed_rollbacks", tally.failed_rollbacks}};
    return out;
}

customers::Hooks customer_hooks(Engine& engine) {
    customers::Hooks hooks;
    hooks.loyalty = [&engine](db::Tx& tx, const customers::Customer& customer, Timestamp now) {
        const auto snapshot = engine.cache().load(tx, customer.project);
        return loyalty_of(tx, *snapshot, customer, now, [&](ledger::CardId id) {
            return ledger::load_card(tx, customer.project, id);
        });
    };
    hooks.want_loyalty = [](work::Batch& batch, const customers::Customer& customer) {
        members::want_cards(batch, customer);
    };
    hooks.batch_loyalty = [](work::Batch& batch, const customers::Customer& customer,
                             Timestamp now) {
        const auto& snapshot = batch.get<projects::Set>().snapshot(customer.project);
        return loyalty_of(batch.tx, *snapshot, customer, now,
                          [&](ledger::CardId id) -> std::optional<ledger::Card> {
                              const ledger::Card* card =
                                  batch.get<ledger::Set>().find(customer.project, id);
                              return card ? std::optional(*card) : std::nullopt;
                          });
    };
    return hooks;
}

}  // namespace

projects::Routes all_routes(Engine& engine) {
    projects::Routes all;
    auto add = [&](projects::Routes routes) {
        for (projects::Route& route : routes) all.push_back(std::move(route));
    };
    add(customers::routes(customer_hooks(engine)));
    add(catalog::routes());
    add(flows::orders_routes());
    add(flows::bulk_routes());
    add(flows::erase_routes());
    add(flows::exports_routes(engine));
    add(flows::events_routes());
    add(campaigns::routes());
    add(tiers::routes());
    add(earning::routes());
    add(rewards::routes());
    add(flows::members_routes());
    add(flows::redemptions_routes());
    add(webhooks::routes());
    add(access::routes());
    add(categories::routes());
    add(metadata_schemas::routes());
    add(consents::routes());
    add(trash_bin::routes());
    add(async_actions::routes());
    add(flows::explain_routes());
    add(flows::simulate_routes());
    add(flows::backtest_routes());
    add(flows::clock_routes(engine));
    add(client_routes(all));
    return all;
}

}  // namespace perennial::app
