#include "modules/customers/routes.hpp"

#include "modules/customers/codec.hpp"
#include "modules/customers/store.hpp"
#include "modules/projects/requests.hpp"
#include "modules/sums/store.hpp"

namespace perennial::customers {
namespace {

using projects::Command;
using projects::Context;
using projects::Permission;
using projects::ProjectNumber;
using projects::ReadContext;

constexpr int scroll_rows_max = 10'000;

std::unexpected<Error> unknown(const std::string& id) {
    return std::unexpected(Error{&error::not_found,
                                 fmt::format("Cannot find customer with id {}", id),
                                 {},
                                 id,
                                 "customer"});
}

Result<Change> parse_change(const http::Request& request) {
    TRY(body, projects::read_body(request));
    Issues issues;
    JsonReader reader(body, issues);
    Change change = read_change(reader);
    if (!issues.empty()) return issues.refuse();
    return change;
}

json::object loyalty_in(const Hooks& hooks, const Context& context, const Customer& customer) {
    if (customer.cards.empty()) return loyalty_json(0);
    if (hooks.batch_loyalty) return hooks.batch_loyalty(context.batch, customer, context.now);
    return hooks.loyalty(context.batch.tx, customer, context.now);
}

json::object loyalty_in(const Hooks& hooks, const ReadContext& context, const Customer& customer) {
    if (customer.cards.empty()) return loyalty_json(0);
    return hooks.loyalty(context.tx, customer, context.now);
}

http::Response answer(const Hooks& hooks, const Context& context, const Customer& customer) {
    return http::json_response(to_text(to_json(customer, loyalty_in(hooks, context, customer))));
}

void want_cards(const Hooks& hooks, work::Batch& batch, const Customer* customer) {
    if (hooks.want_loyalty && customer != nullptr && !customer->cards.empty())
        hooks.want_loyalty(batch, *customer);
}

// POST: known by id or source id -> change; a new source id or none -> a new customer. Refuses:
// not_found (an id that nobody has).
Result<http::Response> create_or_change(const Hooks& hooks, const Change& change,
                                        const Context& context) {
    auto& set = context.batch.get<Set>();
    Customer* customer = set.resolve(context.batch, context.project, change, false, context.now);
    const bool is_new = customer == nullptr;
    if (is_new && change.id) return unknown(change.id->text());
    if (is_new)
        customer =
            change.names_someone()
                ? set.resolve(context.batch, context.project, change, true, context.now)
                : &set.create(context.batch, context.project, context.now);
    if (apply(change, *customer, context.now)) set.touch_profile(*customer);
    if (is_new) customer->updated_at.reset();
    return answer(hooks, context, *customer);
}

// PUT. Refuses: not_found, invalid_payload (another source id), duplicate_found (a source id that
// is somebody else's).
Result<http::Response> change_known(const Hooks& hooks, const std::string& id, const Change& change,
                                    const Context& context) {
    auto& set = context.batch.get<Set>();
    Customer* customer = set.find_existing(context.batch, context.project, id);
    if (customer == nullptr) return unknown(id);
    if (!change.source_id.empty() && customer->source_id != change.source_id) {
        if (customer->source_id) {
            Issues issues;
            issues.add("/source_id", "immutable", "cannot be changed once it is set");
            return issues.refuse();
        }
        if (!set.give_source(context.batch, *customer, change.source_id))
            return refuse(error::duplicate_found,
                          fmt::format("Another customer has the source_id {}", change.source_id));
        customer->updated_at = context.now;
    }
    if (apply(change, *customer, context.now)) set.touch_profile(*customer);
    return answer(hooks, context, *customer);
}

// DELETE. Refuses: not_found, resource_in_use (cards, orders or events refer to the customer).
Result<http::Response> remove_known(const std::string& id, const Context& context) {
    auto& set = context.batch.get<Set>();
    Customer* customer = set.find_existing(context.batch, context.project, id);
    if (customer == nullptr) return unknown(id);
    if (!customer->cards.empty() || !customer->last_order.is_nil() ||
        !customer->last_event.is_nil())
        return std::unexpected(Error{&error::resource_in_use,
                                     "The customer has cards, orders or events; their ledger must "
                                     "keep its holder",
                                     {},
                                     customer->id.text(),
                                     "customer"});
    set.remove(context.batch, *customer);
    return http::no_content();
}

struct ListRequest {
    ListQuery query;
    bool scroll = false;  ///< by starting_after
};

constexpr std::array<std::string_view, 3> orders{"created_at", "updated_at", "source_id"};

Result<ListRequest> read_list(const http::Request& request) {
    TRY(page, http::read_page(request.query, {.order = orders}));
    http::QueryReader reader(request.query);
    ListRequest list;
    list.query.limit = page.limit;
    list.query.offset = page.offset();
    list.query.descending = page.descending;
    list.query.order =
        static_cast<ListOrder>(std::ranges::find(orders, page.order_by) - orders.begin());
    list.query.created_before = reader.timestamp("created_at", "before");
    list.query.created_after = reader.timestamp("created_at", "after");
    list.query.updated_before = reader.timestamp("updated_at", "before");
    list.query.updated_after = reader.timestamp("updated_at", "after");
    list.query.email = reader.text("email", 512).value_or("");
    list.query.name = reader.text("name", 1024).value_or("");
    list.query.city = reader.text("city", 255).value_or("");
    if (auto from = reader.timestamp("starting_after")) {
        list.scroll = true;
        list.query.offset = 0;
        if (list.query.order != ListOrder::created_at)
            reader.wrong("order", "not_supported", "must be created_at or -created_at when scrolling");
        auto& edge = page.descending ? list.query.created_before : list.query.created_after;
        edge = edge ? (page.descending ? std::min(*edge, *from) : std::max(*edge, *from)) : *from;
    }
    for (const http::Parameter& parameter : request.query.all()) {
        const std::string& name = parameter.path.front();
        if (name == "segment_id" || name == "filters")
            reader.wrong(name, "not_supported",
                         "is no filter of this list; email, name, city, created_at[before], "
                         "created_at[after], updated_at[before], updated_at[after] and "
                         "starting_after are");
    }
    if (!reader.ok()) return reader.refuse();
    return list;
}

// A client that scrolls names only the last time it has seen, so a page never ends inside a
// millisecond: it gets the rest of it on top of the limit.
void complete_last_moment(const ReadContext& context, const ListQuery& query,
                          std::vector<Customer>& found) {
    const Timestamp last = found.back().created_at;
    std::erase_if(found, [&](const Customer& one) { return one.created_at == last; });
    ListQuery moment = query;
    moment.created_before = last + 1;
    moment.created_after = last + -1;
    moment.limit = scroll_rows_max;
    moment.offset = 0;
    for (Customer& one : list_customers(context.tx, context.project, moment))
        found.push_back(std::move(one));
}

Result<http::Response> list(const Hooks& hooks, const http::Request& request,
                            const ReadContext& context) {
    TRY(list, read_list(request));
    ListQuery query = list.query;
    ++query.limit;  // one more tells whether there are more
    std::vector<Customer> found = list_customers(context.tx, context.project, query);
    const bool has_more = std::ssize(found) > list.query.limit;
    if (has_more) {
        const Timestamp next = found.back().created_at;
        found.pop_back();
        if (list.scroll && found.back().created_at == next)
            complete_last_moment(context, list.query, found);
    }
    const ListQuery& asked = list.query;
    const bool filtered = asked.created_before || asked.created_after || asked.updated_before ||
                          asked.updated_after || !asked.email.empty() || !asked.name.empty() ||
                          !asked.city.empty();
    json::array customers;
    for (const Customer& one : found)
        customers.push_back(to_json(one, loyalty_in(hooks, context, one)));
    const std::int64_t total = filtered
                                   ? count_customers(context.tx, context.project, list.query)
                                   : sums::total(context.tx, context.project, "customers");
    return http::json_response(to_text(json::object{{"object", "list"},
                                                    {"data_ref", "customers"},
                                                    {"customers", std::move(customers)},
                                                    {"total", total},
                                                    {"has_more", has_more}}));
}

Result<http::Response> get(const Hooks& hooks, const http::Request& request,
                           const ReadContext& context) {
    const std::string& id = request.path_params.at(0);
    auto customer = load_customer(context.tx, context.project, std::string_view(id));
    if (!customer) return unknown(id);
    return http::json_response(
        to_text(to_json(*customer, loyalty_in(hooks, context, *customer))));
}

Result<Command> post(const Hooks& hooks, const http::Request& request, ProjectNumber project) {
    TRY(change, parse_change(request));
    Command command;
    command.lane = change.id ? change.id->place() : place_of(change.source_id);
    command.alone = !hooks.want_loyalty;
    command.want = [project, change](work::Batch& batch) {
        batch.get<Set>().want(batch, project, change);
    };
    command.want_more = [hooks, project, change](work::Batch& batch) {
        want_cards(hooks, batch,
                   batch.get<Set>().resolve(batch, project, change, false, batch.machine_now));
    };
    command.run = [hooks, change](const Context& context) {
        return create_or_change(hooks, change, context);
    };
    return command;
}

Result<Command> put(const Hooks& hooks, const http::Request& request, ProjectNumber project) {
    const std::string id = request.path_params.at(0);
    TRY(change, parse_change(request));
    Command command;
    command.lane = projects::lane_of<CustomerId>(id);
    command.alone = !hooks.want_loyalty;
    command.want = [project, id](work::Batch& batch) {
        batch.get<Set>().want_existing(batch, project, id);
    };
    command.want_more = [hooks, project, id, source = change.source_id](work::Batch& batch) {
        auto& set = batch.get<Set>();
        const Customer* customer = set.find_existing(batch, project, id);
        if (customer != nullptr && !customer->source_id && !source.empty())
            set.want_source(batch, *customer, source);
        want_cards(hooks, batch, customer);
    };
    command.run = [hooks, id, change](const Context& context) {
        return change_known(hooks, id, change, context);
    };
    return command;
}

Result<Command> remove(const http::Request& request, ProjectNumber project,
                       const projects::Actor&) {
    const std::string id = request.path_params.at(0);
    Command command;
    command.lane = projects::lane_of<CustomerId>(id);
    command.alone = true;
    command.want = [project, id](work::Batch& batch) {
        batch.get<Set>().want_existing(batch, project, id);
    };
    command.run = [id](const Context& context) { return remove_known(id, context); };
    return command;
}

constexpr std::string_view body_example =
    R"({"source_id":"alice-1","name":"Alice Morgan","email":"alice@shop.example",)"
    R"("birthdate":"1990-04-12","address":{"city":"Oslo","country":"NO"},)"
    R"("metadata":{"channel":"store"}})";

std::string answer_example() {
    Customer customer;
    customer.id = *CustomerId::parse("cust_018f0a1b2c3d4e5f60718293a4b5c6d7");
    customer.source_id = "alice-1";
    customer.name = "Alice Morgan";
    customer.email = "alice@shop.example";
    customer.created_at = *Timestamp::parse("2024-07-23T19:38:38.219Z");
    return to_text(to_json(customer, 1200));
}

}  // namespace

projects::Routes routes(const Hooks& hooks) {
    const std::string body(body_example);
    const std::string one = answer_example();
    projects::Routes out;
    out.push_back({http::Method::get,
                   "/v1/customers",
                   Permission::read,
                   {.tag = "Customers",
                    .summary = "List customers, newest first",
                    .answer = R"({"object":"list","data_ref":"customers","customers":[)" + one +
                              R"(],"total":1,"has_more":false})",
                    .query = {"limit", "page", "order", "email", "name", "city", "created_at[before]",
                              "created_at[after]", "updated_at[before]", "updated_at[after]",
                              "starting_after"}},
                   [hooks](const http::Request& request, const ReadContext& context) {
                       return list(hooks, request, context);
                   }});
    out.push_back({http::Method::post,
                   "/v1/customers",
                   Permission::write,
                   {.tag = "Customers",
                    .summary = "Create a customer, or change the one with this source_id",
                    .body = body,
                    .answer = one},
                   nullptr,
                   [hooks](const http::Request& request, ProjectNumber project,
                           const projects::Actor&) { return post(hooks, request, project); }});
    out.push_back({http::Method::get,
                   "/v1/customers/{customerId}",
                   Permission::read,
                   {.tag = "Customers",
                    .summary = "Get a customer by id or source_id",
                    .answer = one},
                   [hooks](const http::Request& request, const ReadContext& context) {
                       return get(hooks, request, context);
                   }});
    out.push_back({http::Method::put,
                   "/v1/customers/{customerId}",
                   Permission::write,
                   {.tag = "Customers",
                    .summary = "Change a customer: only what is sent changes, null clears",
                    .body = body,
                    .answer = one},
                   nullptr,
                   [hooks](const http::Request& request, ProjectNumber project,
                           const projects::Actor&) { return put(hooks, request, project); }});
    out.push_back({http::Method::delete_,
                   "/v1/customers/{customerId}",
                   Permission::write,
                   {.tag = "Customers",
                    .summary = "Delete a customer who has no cards, orders or events"},
                   nullptr,
                   remove});
    return out;
}

}  // namespace perennial::customers
