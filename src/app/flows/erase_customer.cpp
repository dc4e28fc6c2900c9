#include "app/flows/erase_customer.hpp"

#include <fmt/format.h>

#include "app/idempotency.hpp"
#include "modules/consents/store.hpp"
#include "modules/customers/store.hpp"
#include "modules/events/store.hpp"
#include "modules/ledger/holders.hpp"
#include "modules/ledger/store.hpp"
#include "modules/members/commands.hpp"
#include "modules/orders/store.hpp"
#include "modules/projects/requests.hpp"
#include "modules/rewards/redemption_store.hpp"
#include "modules/webhooks/emit.hpp"
#include "platform/outbox/outbox.hpp"

namespace perennial::flows {
namespace {

struct DeletionTag {
    static constexpr std::string_view prefix = "del_";
};

// What was bought and for how much stays; what the shop wrote about it goes.
std::int64_t erase_orders(const projects::Context& context, const customers::Customer& customer) {
    auto& set = context.batch.get<orders::Set>();
    const orders::OrderId newest(customer.last_order);
    set.load_chain(context.batch, context.project, newest);
    std::int64_t count = 0;
    for (orders::OrderId at = newest; !at.is_nil(); ++count) {
        orders::Order* order = set.find(context.project, at);
        CHECK(order != nullptr);
        order->metadata.clear();
        for (orders::Item& item : order->items) {
            item.metadata.clear();
            for (json::object* sent : {&item.product, &item.sku}) sent->erase("metadata");
        }
        if (order->decision) customers::erase_facts(order->decision->facts);
        set.touch(*order);
        at = order->previous;
    }
    return count;
}

// Refuses: not_found.
Result<http::Response> erase(const std::string& id, const projects::Context& context) {
    work::Batch& batch = context.batch;
    auto& set = batch.get<customers::Set>();
    customers::Customer* customer = set.find_existing(batch, context.project, id);
    if (customer == nullptr)
        return std::unexpected(Error{&error::not_found,
                                     fmt::format("Cannot find customer with id {}", id),
                                     {},
                                     id,
                                     "customer"});
    const std::int64_t orders = erase_orders(context, *customer);
    const std::int64_t events = events::erase_details(batch.tx, context.project,
                                                      events::EventId(customer->last_event));
    auto& cards = batch.get<ledger::Set>();
    const auto held = ledger::cards_held_by(batch.tx, context.project, customer->id);
    for (const ledger::CardId& id_of_card : held) cards.want(context.project, id_of_card);
    cards.load(batch);
    for (const ledger::CardId& id_of_card : held) {
        ledger::Card* card = cards.find(context.project, id_of_card);
        CHECK(card != nullptr);
        ledger::erase_details(batch.tx, *card);
        card->active = false;
        card->metadata.clear();
        card->updated_at = context.now;
        cards.touch(*card);
    }
    rewards::erase_details(batch.tx, context.project, customer->id);
    consents::erase(batch.tx, context.project, customer->id);
    const std::string name = customer->id.text();
    outbox::erase(batch.tx, context.project, customer->id, name,
                  to_text(json::object{{"id", name}, {"object", "customer"}}));
    app::forget_answers_about(batch.tx, context.project, name);
    set.erase(batch, *customer);
    customer->updated_at = context.now;
    webhooks::emit(context, webhooks::EventType::customer_deleted, *customer, name, [&] {
        return json::object{{"customer", {{"id", name}, {"object", "customer"}}}};
    });
    const auto deletion = batch.make_id<Id<DeletionTag>>(customer->id.place());
    return http::json_response(to_text(json::object{{"id", deletion.text()},
                                                    {"created_at", context.now.iso()},
                                                    {"related_object_id", name},
                                                    {"related_object", "customer"},
                                                    {"status", "DONE"},
                                                    {"data_json",
                                                     {{"events", events},
                                                      {"customer_events", events},
                                                      {"daily_events", 0},
                                                      {"segments", 0},
                                                      {"orders", orders},
                                                      {"order_events", 0},
                                                      {"customer", 1}}},
                                                    {"object", "pernament_deletion"}}));
}

Result<projects::Command> post(const http::Request& request, projects::ProjectNumber project,
                               const projects::Actor&) {
    const std::string id = request.path_params.at(0);
    projects::Command command;
    command.lane = projects::lane_of<customers::CustomerId>(id);
    command.alone = true;
    command.want = [project, id](work::Batch& batch) {
        batch.get<customers::Set>().want_existing(batch, project, id);
    };
    command.want_more = [project, id](work::Batch& batch) {
        if (const customers::Customer* customer =
                batch.get<customers::Set>().find_existing(batch, project, id))
            members::want_cards(batch, *customer);
    };
    command.run = [id](const projects::Context& context) { return erase(id, context); };
    return command;
}

}  // namespace

projects::Routes erase_routes() {
    return {{http::Method::post,
             "/v1/customers/{customerId}/permanent-deletion",
             projects::Permission::write,
             {"Customers",
              "Erase a person for good: profile, metadata and free text go everywhere; amounts, points and "
              "their proof stay without a name; cards are switched off",
              "",
              R"({"id":"del_018f0a1b2c3d4e5f60718293a4b5c6d7","created_at":"2024-07-23T19:38:38.219Z",)"
              R"("related_object_id":"cust_018f0a1b2c3d4e5f60718293a4b5c6d7","related_object":"customer",)"
              R"("status":"DONE","data_json":{"events":0,"customer_events":0,"daily_events":0,)"
              R"("segments":0,"orders":1,"order_events":0,"customer":1},"object":"pernament_deletion"})"},
             nullptr,
             post}};
}

}  // namespace perennial::flows
