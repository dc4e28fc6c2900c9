#include "app/flows/return_lines.hpp"

#include <fmt/format.h>

#include "app/flows/order_building.hpp"
#include "app/flows/order_facts.hpp"
#include "modules/claims/store.hpp"
#include "modules/members/commands.hpp"
#include "modules/members/errors.hpp"
#include "modules/transfer/return_matching.hpp"
#include "modules/webhooks/emit.hpp"

namespace perennial::flows {
namespace {

// A return's own source id: unique among returns.
claims::Word paper(projects::ProjectNumber project, const std::string& source_id) {
    return {project, claims::Kind::order_return, source_id};
}

// Two servers may have seen the paper free at once: the second one looks again.
void claim(const projects::Context& context, const std::string& source_id, const RawId& order) {
    if (!context.batch.get<claims::Set>().claim(context.batch, paper(context.project, source_id),
                                                order))
        throw db::Failure(db::Failure::Kind::retry, "the return was booked meanwhile");
}

orders::Order* find(work::Batch& batch, projects::ProjectNumber project, const std::string& name) {
    auto& set = batch.get<orders::Set>();
    if (auto id = orders::OrderId::parse(name))
        if (orders::Order* order = set.find(project, *id)) return order;
    const orders::OrderId id = set.id_of(batch, project, name);
    return id.is_nil() ? nullptr : set.find(project, id);
}

// The order whose return has this source id. Null when it is free.
orders::Order* order_of_paper(work::Batch& batch, projects::ProjectNumber project,
                              const std::string& source_id) {
    if (source_id.empty()) return nullptr;
    const RawId id = batch.get<claims::Set>().find(paper(project, source_id));
    return id.is_nil() ? nullptr : batch.get<orders::Set>().find(project, orders::OrderId(id));
}

// An order that only its returns are known of yet: nothing is bought, nothing earns.
orders::Order& await(const ReturnLines& command, const projects::Context& context) {
    auto& orders = context.batch.get<orders::Set>();
    orders::Order order;
    order.project = context.project;
    order.id = orders.id_of(context.batch, context.project, command.order);
    order.source_id = command.order;
    order.created_at = context.now;
    for (const ReturnLines::Line& line : command.lines) {
        orders::Item& item = order.items.emplace_back();
        item.source_id = line.item;
        item.quantity = 0;
    }
    return orders.create(context.batch, std::move(order));
}

orders::Item* find_item(orders::Order& order, const std::string& name) {
    for (orders::Item& item : order.items)
        if (!item.id.is_nil() && item.id.text() == name) return &item;
    for (orders::Item& item : order.items)
        for (const std::string* word : {&item.source_id, &item.sku_source_id, &item.sku_id,
                                        &item.product_source_id, &item.product_id})
            if (!word->empty() && *word == name && (item.quantity_left() > 0 || item.quantity == 0))
                return &item;
    return nullptr;
}

struct Before {
    Money kept;
    bool had_lines = false;

    explicit Before(const orders::Order& order)
        : kept(order.kept_amount()), had_lines(!all_returned(order)) {}
};

// Quantities are set; moves the sums and takes points back.
TakenBack settle_return(const projects::Context& context, orders::Order& order, Before before,
                        customers::Customer* customer, std::string_view reason) {
    order.returned_amount = order.amount_returned();
    order.updated_at = context.now;
    context.batch.get<orders::Set>().touch(order);
    TakenBack taken;
    // Before the payment there is nothing to take back; the order earns for what is left then.
    if (customer == nullptr || !orders::counts(order.status)) return taken;
    const Money less = before.kept - order.kept_amount();
    customer->orders_amount -= less;
    context.batch.get<customers::Set>().touch_activity(*customer);
    if (order.decision) {
        members::load_cards(context.batch, *customer);
        take_back_spend(context, order, *customer, less, before.had_lines);
        taken = take_back(context, order, *customer, reason);
    }
    webhooks::emit(context, webhooks::EventType::customer_order_updated, *customer,
                   order.id.text(), [&] { return order_json(order, customer); });
    return taken;
}

}  // namespace

void want(const ReturnLines& command, work::Batch& batch, projects::ProjectNumber project) {
    auto& orders = batch.get<orders::Set>();
    if (auto id = orders::OrderId::parse(command.order)) orders.want_id(project, *id);
    const bool may_await = command.await_order && !orders::OrderId::parse(command.order);
    orders.want_source(batch, project, command.order,
                       may_await ? std::optional(place_of(command.order)) : std::nullopt);
    if (!command.source_id.empty())
        batch.get<claims::Set>().want(paper(project, command.source_id));
}

void want_more(const ReturnLines& command, work::Batch& batch, projects::ProjectNumber project) {
    // The order whose return has this number already.
    if (!command.source_id.empty())
        if (const RawId of = batch.get<claims::Set>().find(paper(project, command.source_id));
            !of.is_nil())
            batch.get<orders::Set>().want_id(project, orders::OrderId(of));
    const orders::Order* order = find(batch, project, command.order);
    if (order == nullptr || order->customer.is_nil()) return;
    batch.get<customers::Set>().want_id(project, order->customer);
    if (order->decision)
        for (const orders::Award& award : order->decision->awards)
            batch.get<ledger::Set>().want(project, ledger::CardId(award.card));
}

Result<Returned> return_lines(const ReturnLines& command, const projects::Context& context) {
    work::Batch& batch = context.batch;
    orders::Order* order = find(batch, context.project, command.order);
    const bool awaits =
        order == nullptr && command.await_order && !orders::OrderId::parse(command.order);
    if (order == nullptr && !awaits) {
        Error error{&error::not_found,
                    fmt::format("Cannot find order with id {}; a return that comes before its order "
                                "waits for it with `await_order`: true and the order's source_id",
                                command.order)};
        error.resource_id = command.order;
        error.resource_type = "order";
        return std::unexpected(std::move(error));
    }
    customers::Customer* customer =
        order == nullptr || order->customer.is_nil()
            ? nullptr
            : batch.get<customers::Set>().find(context.project, order->customer);
    if (const orders::Order* of = order_of_paper(batch, context.project, command.source_id)) {
        if (of == order) return Returned{order, customer, {}, true};
        return refuse(members::error::duplicate_source_id,
                      fmt::format("The source_id {} is that of another order's return",
                                  command.source_id));
    }
    if (order != nullptr && order->status == orders::Status::canceled)
        return refuse(invalid_order, "The order is CANCELED: everything was taken back already");
    if (awaits) order = &await(command, context);
    orders::Order next = *order;
    for (const ReturnLines::Line& line : command.lines) {
        orders::Item* item = find_item(next, line.item);
        if (item == nullptr && order->awaited()) {
            item = &next.items.emplace_back();
            item->source_id = line.item;
            item->quantity = 0;
        }
        if (item != nullptr && item->quantity == 0) {  // it waits for its line
            item->returned_quantity += line.quantity;
            continue;
        }
        if (item == nullptr)
            return refuse(error::not_found,
                          fmt::format("The order has no line {} with something left", line.item));
        if (item->quantity_left() < line.quantity)
            return refuse(invalid_order,
                          fmt::format("Line {} has {} left, {} cannot be returned", line.item,
                                      item->quantity_left(), line.quantity));
        item->returned_quantity += line.quantity;
    }
    const Before before(*order);
    *order = std::move(next);
    if (!command.source_id.empty()) claim(context, command.source_id, order->id);
    const TakenBack taken =
        settle_return(context, *order, before, customer,
                      command.reason.empty() ? std::string_view("returned") : command.reason);
    return Returned{order, customer, taken, false};
}

void want(const ReturnByCustomer& command, work::Batch& batch, projects::ProjectNumber project) {
    batch.get<customers::Set>().want(batch, project, command.customer);
    batch.get<claims::Set>().want(paper(project, command.source_id));
}

void want_more(const ReturnByCustomer& command, work::Batch& batch,
               projects::ProjectNumber project) {
    const customers::Customer* customer = batch.get<customers::Set>().resolve(
        batch, project, command.customer, false, batch.machine_now);
    if (customer == nullptr) return;
    members::want_cards(batch, *customer);
    batch.get<orders::Set>().load_chain(batch, project, orders::OrderId(customer->last_order));
}

ReturnReport return_by_customer(const ReturnByCustomer& command, const projects::Context& context) {
    work::Batch& batch = context.batch;
    ReturnReport report;
    auto& claims = batch.get<claims::Set>();
    if (!claims.find(paper(context.project, command.source_id)).is_nil()) {
        report.repeated = true;
        return report;
    }
    auto& customers = batch.get<customers::Set>();
    auto& orders = batch.get<orders::Set>();
    customers::Customer* customer =
        customers.resolve(batch, context.project, command.customer, true, context.now);
    CHECK(customer != nullptr);
    // Those of before the batch are loaded, those of this batch were made in the set.
    std::vector<orders::Order*> bought;
    for (orders::OrderId id(customer->last_order); !id.is_nil();) {
        orders::Order* order = orders.find(context.project, id);
        CHECK(order != nullptr);
        if (orders::counts(order->status)) bought.push_back(order);
        id = order->previous;
    }
    std::vector<transfer::BoughtLine> candidates;
    for (std::uint32_t o = 0; o < bought.size(); ++o)
        for (std::uint32_t i = 0; i < bought[o]->items.size(); ++i) {
            const orders::Item& item = bought[o]->items[i];
            candidates.push_back({bought[o]->created_at, o, i,
                                  item.sku_source_id.empty() ? item.product_source_id
                                                             : item.sku_source_id,
                                  item.quantity_left(), static_cast<std::uint64_t>(item.line)});
        }
    std::vector<transfer::ReturnedLine> wished;
    for (const ReturnByCustomer::Line& line : command.lines)
        wished.push_back({line.sku, line.quantity});
    const auto matches = transfer::match_return(candidates, wished, command.time);

    RawId first_order = customer->id;
    std::map<std::uint32_t, std::vector<std::pair<std::uint32_t, std::int64_t>>> by_order;
    for (std::size_t i = 0; i < matches.size(); ++i) {
        if (!matches[i]) {
            report.unmatched.push_back(command.lines[i].line);
            continue;
        }
        ++report.matched;
        const transfer::BoughtLine& line = candidates[*matches[i]];
        by_order[line.order].emplace_back(line.line, command.lines[i].quantity);
    }
    for (const auto& [index, lines] : by_order) {
        orders::Order* order = bought[index];
        first_order = order->id;
        const Before before(*order);
        for (const auto& [item, quantity] : lines)
            order->items[item].returned_quantity += quantity;
        const TakenBack taken = settle_return(context, *order, before, customer, "returned");
        report.taken.points += taken.points;
        report.taken.expired += taken.expired;
        report.taken.shortfall += taken.shortfall;
    }
    // Nothing matched: the paper stays free, so that it can be brought again once its orders are known.
    if (report.matched > 0) claim(context, command.source_id, first_order);
    return report;
}

}  // namespace perennial::flows
