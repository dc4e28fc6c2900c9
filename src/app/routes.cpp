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
#include "modules/rewards/routes.hpp"
#include "modules/tiers/routes.hpp"
#include "modules/trash_bin/routes.hpp"
#include "modules/webhooks/routes.hpp"

namespace perennial::app {
namespace {

customers::Hooks customer_hooks(Engine& engine) {
    customers::Hooks hooks;
    hooks.loyalty = [&engine](db::Tx& tx, const customers::Customer& customer, Timestamp now) {
        const auto snapshot = engine.cache().load(tx, customer.project);
        return members::loyalty_of(tx, *snapshot, customer, now);
    };
    hooks.want_loyalty = [](work::Batch& batch, const customers::Customer& customer) {
        members::want_cards(batch, customer);
    };
    hooks.batch_loyalty = [](work::Batch& batch, const customers::Customer& customer,
                             Timestamp now) {
        const auto& snapshot = batch.get<projects::Set>().snapshot(customer.project);
        return members::loyalty_of(batch, *snapshot, customer, now);
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
