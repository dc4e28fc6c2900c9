// Finding a member at the till, and merging two customers.
#include "app/flows/answer_examples.hpp"
#include "app/flows/merge_customers.hpp"
#include "modules/campaigns/definitions.hpp"
#include "modules/counters/store.hpp"
#include "modules/customers/codec.hpp"
#include "modules/members/codec.hpp"
#include "modules/members/commands.hpp"
#include "modules/members/queries.hpp"
#include "modules/projects/requests.hpp"

namespace perennial::flows {
namespace {

using customers::Customer;
using http::Method;
using http::Request;
using projects::Command;
using projects::Context;
using projects::Permission;
using projects::ReadContext;

json::object found_json(const ReadContext& context, const Customer& customer) {
    const std::vector<ledger::Card> cards = members::cards_of(context.tx, customer);
    json::array vouchers;
    for (const ledger::Card& card : cards) {
        const members::Rulebook book = members::rulebook(*context.snapshot, card.program);
        const ledger::Card now = members::rolled(card, book, context.now);
        json::object one = members::card_json(
            now, book, counters::used(context.tx, context.project, card.id));
        const tiers::Tier* tier = now.tier.is_nil() ? nullptr : book.tiers.find(now.tier);
        one["loyalty_tier"] = nullptr;
        if (tier != nullptr) one["loyalty_tier"] = {{"id", tier->id.text()}, {"name", tier->name}};
        vouchers.push_back(std::move(one));
    }
    return {{"customer",
             customers::to_json(customer, members::loyalty_of(context.tx, *context.snapshot,
                                                              customer, context.now))},
            {"vouchers", std::move(vouchers)},
            {"object", "member"}};
}

// By what is read out, scanned or typed at the till; each way given must fit.
Result<http::Response> find(const Request& request, const ReadContext& context) {
    http::QueryReader query(request.query);
    const auto phone = query.text("phone", 64);
    const auto email = query.text("email", 320);
    const auto card = query.text("card", 255);
    if (!phone && !email && !card)
        query.wrong("phone", "required", "say phone, card or email");
    if (!query.ok()) return query.refuse();
    std::optional<std::vector<Customer>> found;
    auto narrow = [&](std::vector<Customer> some) {
        if (!found) {
            found = std::move(some);
            return;
        }
        std::erase_if(*found, [&](const Customer& one) {
            return std::ranges::find(some, one.id, &Customer::id) == some.end();
        });
    };
    if (card) {
        std::vector<Customer> holders;
        if (const auto one =
                ledger::load_card(context.tx, context.project, std::string_view(*card));
            one && !one->customer.is_nil())
            if (auto holder = customers::load_customer(context.tx, context.project,
                                                       customers::CustomerId(one->customer)))
                holders.push_back(*std::move(holder));
        narrow(std::move(holders));
    }
    if (email) narrow(customers::find_by_email(context.tx, context.project, *email));
    if (phone) narrow(customers::find_by_phone(context.tx, context.project, *phone));
    json::array data;
    for (const Customer& customer : *found) data.push_back(found_json(context, customer));
    const std::size_t total = data.size();
    return campaigns::answer_list("data", std::move(data), total);
}

Result<Command> merge(const Request& request, projects::ProjectNumber project,
                      const projects::Actor&) {
    TRY(body, parse_json(request.body));
    Issues issues;
    JsonReader reader(body, issues);
    reader.require("source");
    auto wish = std::make_shared<MergeCustomers>();
    wish->into = request.path_params[0];
    wish->source = reader.text("source", 255).value_or("");
    if (!issues.empty()) return issues.refuse();
    Command command;
    command.alone = true;
    command.lane = projects::lane_of<customers::CustomerId>(wish->into);
    command.want = [wish, project](work::Batch& batch) { want(*wish, batch, project); };
    command.want_more = [wish, project](work::Batch& batch) { want_more(*wish, batch, project); };
    command.run = [wish](const Context& context) -> Result<http::Response> {
        TRY(customer, merge_customers(*wish, context));
        return http::json_response(to_text(customers::to_json(
            *customer,
            members::loyalty_of(context.batch, *context.snapshot, *customer, context.now))));
    };
    return command;
}

}  // namespace

projects::Routes people_routes() {
    return {
        {Method::get, "/v1/members/find", Permission::read,
         {"Members", "Find members by phone, card or e-mail; all who fit", "",
          projects::example_list(examples::found_member),
          {"phone", "card", "email"}},
         find},
        {Method::post, "/v1/customers/{customerId}/merge", Permission::write,
         {"Customers", "Merge another customer into this one",
          R"({"source":"cust_0190a1b2c3d4e5f60718293a4b5c6d7e"})", examples::customer},
         nullptr, merge},
    };
}

}  // namespace perennial::flows
