#include "app/flows/place_order.hpp"

#include <fmt/format.h>

#include "app/flows/earning_limits.hpp"
#include "app/flows/order_building.hpp"
#include "app/flows/order_facts.hpp"
#include "modules/members/commands.hpp"
#include "modules/members/errors.hpp"
#include "modules/webhooks/emit.hpp"

namespace perennial::flows {
namespace {

// An order lies where its customer lies; without one, where its source id says; else anywhere.
Place place_of_order(work::Batch& batch, const OrderInput& input) {
    if (input.customer.id) return input.customer.id->place();
    if (!input.customer.source_id.empty()) return place_of(input.customer.source_id);
    if (!input.source_id.empty()) return place_of(input.source_id);
    return static_cast<Place>(batch.ids.random() & 0xFFFF);
}

Error not_found(std::string_view what, const std::string& id) {
    Error error{&perennial::error::not_found, fmt::format("Cannot find {} with id {}", what, id)};
    error.resource_id = id;
    error.resource_type = what;
    return error;
}

orders::Order* find_order(const PlaceOrder& command, const projects::Context& context) {
    auto& set = context.batch.get<orders::Set>();
    if (command.input.id) return set.find(context.project, *command.input.id);
    if (command.input.source_id.empty()) return nullptr;
    return set.find(context.project,
                    set.id_of(context.batch, context.project, command.input.source_id));
}

// Items with ids, prices and names from the catalogue where the body has none.
Result<std::vector<orders::Item>> resolve_items(const std::vector<ItemInput>& inputs, Place place,
                                                const projects::Context& context) {
    std::vector<orders::Item> items;
    items.reserve(inputs.size());
    for (const ItemInput& input : inputs) {
        // As the item's overrides will leave them; they are saved once nothing can refuse.
        catalog::ItemView view;
        if (needs_catalog(input, *context.snapshot))
            view = context.batch.get<catalog::Set>().view_item(context.batch, context.project,
                                                               input.names, input.product,
                                                               input.sku, context.now);
        TRY(item, build_item(input, view.product ? &*view.product : nullptr,
                             view.sku ? &*view.sku : nullptr, *context.snapshot));
        item.id = context.batch.make_id<orders::ItemId>(place);
        items.push_back(std::move(item));
    }
    return items;
}

// Lines that came back before the order was paid stay returned when its lines are said anew; what finds
// no line waits as one of its own.
void carry_returns(const std::vector<orders::Item>& before, std::vector<orders::Item>& items) {
    std::vector<orders::Item> waiting;
    for (const orders::Item& old : before) {
        std::int64_t rest = old.returned_quantity;
        for (orders::Item& item : items) {
            if (rest == 0) break;
            const bool same =
                old.quantity == 0
                    ? old.source_id == item.source_id || old.source_id == item.sku_source_id ||
                          old.source_id == item.sku_id || old.source_id == item.product_source_id ||
                          old.source_id == item.product_id
                    : old.source_id == item.source_id && old.sku_source_id == item.sku_source_id &&
                          old.product_source_id == item.product_source_id &&
                          old.sku_id == item.sku_id && old.product_id == item.product_id;
            if (!same) continue;
            const std::int64_t part = std::min(rest, item.quantity_left());
            item.returned_quantity += part;
            rest -= part;
        }
        if (rest == 0) continue;
        orders::Item& wait = waiting.emplace_back();
        wait.source_id = old.quantity == 0 || !old.source_id.empty() ? old.source_id
                         : !old.sku_source_id.empty()                ? old.sku_source_id
                         : !old.sku_id.empty()                       ? old.sku_id
                         : !old.product_source_id.empty()            ? old.product_source_id
                                                                     : old.product_id;
        wait.quantity = 0;
        wait.returned_quantity = rest;
    }
    items.insert(items.end(), waiting.begin(), waiting.end());
}

// Nothing can refuse any more: products and SKUs that the body changes or makes.
void save_overrides(const std::vector<ItemInput>& inputs, orders::Order& order,
                    const projects::Context& context) {
    for (std::size_t i = 0; i < inputs.size(); ++i)
        if (inputs[i].names.product_override || inputs[i].names.sku_override) {
            const catalog::ItemRows rows = context.batch.get<catalog::Set>().upsert_item(
                context.batch, context.project, inputs[i].names, inputs[i].product, inputs[i].sku,
                context.now);
            take_names(order.items[i], rows.product, rows.sku);
        }
}

std::optional<std::string> forbidden_change(orders::Status from, orders::Status to) {
    using orders::Status;
    if (from == to) return std::nullopt;
    if (from == Status::canceled) return "A canceled order stays canceled: place a new one";
    if (orders::counts(from) && to == Status::created)
        return fmt::format("An order that is {} cannot go back to CREATED: cancel it, or return lines",
                           orders::status_name(from));
    if (from == Status::fulfilled && to == Status::paid)
        return "A FULFILLED order is paid already";
    return std::nullopt;
}

void count_for_customer(customers::Customer& customer, orders::Order& order) {
    customer.orders_count += 1;
    customer.orders_amount += order.kept_amount();
    if (!customer.last_order_at || *customer.last_order_at <= *order.paid_at) {
        customer.last_order_at = order.paid_at;
        customer.last_order_amount = order.kept_amount();
    }
}

}  // namespace

void want(const PlaceOrder& command, work::Batch& batch, projects::ProjectNumber project) {
    const OrderInput& in = command.input;
    auto& orders = batch.get<orders::Set>();
    if (in.id) {
        orders.want_id(project, *in.id);
    } else if (!in.source_id.empty()) {
        orders.want_source(batch, project, in.source_id,
                           command.must_exist ? std::nullopt
                                              : std::optional(place_of_order(batch, in)));
    }
    batch.get<customers::Set>().want(batch, project, in.customer);
}

void want_more(const PlaceOrder& command, work::Batch& batch, projects::ProjectNumber project) {
    const OrderInput& in = command.input;
    if (in.items)
        for (const ItemInput& item : *in.items)
            if (needs_catalog(item, *batch.get<projects::Set>().snapshot(project)))
                batch.get<catalog::Set>().want_item(batch, project, item.names);
    auto& customers = batch.get<customers::Set>();
    const customers::Customer* buyer = nullptr;
    if (customers::Customer* customer =
            customers.resolve(batch, project, in.customer, false, batch.machine_now))
        members::want_cards(batch, *customer), buyer = customer;
    want_limits(batch, *batch.get<projects::Set>().snapshot(project), buyer, "order.paid");
    auto& orders = batch.get<orders::Set>();
    const orders::Order* known =
        in.id ? orders.find(project, *in.id)
        : in.source_id.empty()
            ? nullptr
            : orders.find(project, orders.id_of(batch, project, in.source_id));
    if (known == nullptr) return;
    // A change of status may take points back from cards that the body does not name.
    if (!known->customer.is_nil()) customers.want_id(project, known->customer);
    if (known->decision)
        for (const orders::Award& award : known->decision->awards)
            batch.get<ledger::Set>().want(project, ledger::CardId(award.card));
}

Result<PlacedOrder> place_order(const PlaceOrder& command, const projects::Context& context) {
    const OrderInput& in = command.input;
    work::Batch& batch = context.batch;
    auto& customers = batch.get<customers::Set>();
    auto& orders = batch.get<orders::Set>();
    orders::Order* known = find_order(command, context);
    if (known == nullptr && (command.must_exist || in.id))
        return std::unexpected(not_found("order", in.id ? in.id->text() : in.source_id));
    if (in.customer.id && customers.find(context.project, *in.customer.id) == nullptr)
        return std::unexpected(not_found("customer", in.customer.id->text()));

    // All refusals first, on a copy.
    orders::Order next = known ? *known : orders::Order();
    const Money kept_discount = own_discount(next);
    if (known == nullptr) {
        next.project = context.project;
        next.id = in.source_id.empty()
                      ? batch.make_id<orders::OrderId>(place_of_order(batch, in))
                      : orders.id_of(batch, context.project, in.source_id);
        if (!in.source_id.empty()) next.source_id = in.source_id;
        next.created_at = in.created_at.value_or(context.now);
    }
    // Lines and amounts are settled once the order is paid or canceled.
    const bool settled = known != nullptr && known->status != orders::Status::created;
    const bool takes_items = in.items && !settled;
    const orders::Status before = next.status;
    orders::Status after = in.status.value_or(before);
    if (known != nullptr) {
        if (auto why = forbidden_change(before, after)) {
            // POST is a delivery: a late or repeated one of an order that has gone on changes nothing.
            if (command.must_exist) return refuse(invalid_order, *why);
            after = before;
        }
        if (settled && (in.items || in.amount || in.discount_amount)) {
            // A repeated delivery of the same order says its items again: that changes nothing.
            if (command.must_exist)
                return refuse(invalid_order,
                              "The items and amounts of a paid or canceled order are settled; lines "
                              "go back through POST /v1/orders/{id}/returns");
        } else {
            if (in.items) {
                TRY(items, resolve_items(*in.items, next.id.place(), context));
                carry_returns(next.items, items);
                next.items = std::move(items);
            }
            TRY_VOID(add_up(next, in, kept_discount));
            next.returned_amount = next.amount_returned();
        }
    } else {
        if (in.items) {
            TRY(items, resolve_items(*in.items, next.id.place(), context));
            next.items = std::move(items);
        }
        TRY_VOID(add_up(next, in, kept_discount));
    }
    if (in.metadata)
        for (const auto& [key, value] : *in.metadata) next.metadata[key] = value;
    next.status = after;

    const customers::Customer* named =
        customers.resolve(batch, context.project, in.customer, false, context.now);
    if (!next.customer.is_nil() && in.customer.names_someone() &&
        (named == nullptr || named->id != next.customer))
        return refuse(invalid_order,
                      fmt::format("The order belongs to customer {}", next.customer.text()));

    if (orders::counts(after)) {
        const customers::Customer* buyer =
            named != nullptr || next.customer.is_nil()
                ? named
                : customers.find(context.project, customers::CustomerId(next.customer));
        const bool counted = orders::counts(before) && !next.customer.is_nil();
        if (buyer != nullptr && !counted &&
            !fits(int128_t{buyer->orders_amount.value} + next.kept_amount().value)) {
            Issues issues;
            issues.add("/amount", "range",
                       fmt::format("all orders of the customer must sum up to at most {}", value_max));
            return issues.refuse();
        }
    }

    customers::Customer* customer =
        customers.resolve(batch, context.project, in.customer, true, context.now);
    if (customer == nullptr && !next.customer.is_nil())
        customer = customers.find(context.project, next.customer);
    if (customer != nullptr && customers::apply(in.customer, *customer, context.now))
        customers.touch_profile(*customer);

    if (takes_items) save_overrides(*in.items, next, context);
    const bool chained = customer != nullptr && next.customer.is_nil();
    if (chained) {
        next.customer = customer->id;
        next.previous = orders::OrderId(customer->last_order);
        customer->last_order = next.id;
        customers.touch_activity(*customer);
    }
    const bool fresh = known == nullptr || known->awaited();
    if (known != nullptr) next.updated_at = context.now;
    orders::Order* order = known;
    if (order == nullptr)
        order = &orders.create(batch, std::move(next));
    else
        *order = std::move(next), orders.touch(*order);

    const bool now_paid = orders::counts(after) && !orders::counts(before);
    const bool late_customer = chained && known != nullptr && orders::counts(before);
    const bool canceled = after == orders::Status::canceled && orders::counts(before);
    if (customer != nullptr && (now_paid || late_customer || canceled))
        members::load_cards(batch, *customer);
    if (now_paid) order->paid_at = in.created_at.value_or(context.now);
    if ((now_paid || late_customer) && customer != nullptr) {
        customers.touch_activity(*customer);
        if (command.earns && !order->decision) earn(context, *order, *customer);
        count_for_customer(*customer, *order);
    }
    if (canceled && customer != nullptr) {
        customer->orders_count -= 1;
        customer->orders_amount -= order->kept_amount();
        customers.touch_activity(*customer);
        take_back_spend(context, *order, *customer, order->kept_amount(), !all_returned(*order));
        if (order->decision) take_back(context, *order, *customer, "canceled");
    }
    if (customer != nullptr && command.tells) {
        auto tell = [&](webhooks::EventType type) {
            webhooks::emit(context, type, *customer, order->id.text(),
                           [&] { return order_json(*order, customer); });
        };
        tell(fresh ? webhooks::EventType::customer_order_created
                              : webhooks::EventType::customer_order_updated);
        if (now_paid) tell(webhooks::EventType::customer_order_paid);
        if (after == orders::Status::canceled && before != after)
            tell(webhooks::EventType::customer_order_canceled);
    }
    return PlacedOrder{order, customer};
}

}  // namespace perennial::flows
