#include "app/flows/orders_routes.hpp"

#include <fmt/format.h>

#include "app/flows/answer_examples.hpp"
#include "app/flows/place_order.hpp"
#include "app/flows/return_lines.hpp"
#include "modules/sums/store.hpp"

namespace perennial::flows {
namespace {

using http::Method;
using http::Request;
using projects::Command;
using projects::Context;
using projects::Permission;
using projects::ReadContext;

Place lane_of(const OrderInput& in) {
    if (in.customer.id) return in.customer.id->place();
    if (!in.customer.source_id.empty()) return place_of(in.customer.source_id);
    if (in.id) return in.id->place();
    return place_of(in.source_id);
}

Command command_of(PlaceOrder order, projects::ProjectNumber project) {
    auto shared = std::make_shared<const PlaceOrder>(std::move(order));
    Command command;
    command.lane = lane_of(shared->input);
    command.want = [shared, project](work::Batch& batch) { want(*shared, batch, project); };
    command.want_more = [shared, project](work::Batch& batch) {
        want_more(*shared, batch, project);
    };
    command.run = [shared](const Context& context) -> Result<http::Response> {
        TRY(placed, place_order(*shared, context));
        return http::json_response(to_text(order_json(*placed.order, placed.customer)));
    };
    return command;
}

Result<Command> create(const Request& request, projects::ProjectNumber project,
                       const projects::Actor&) {
    TRY(body, parse_json(request.body));
    Issues issues;
    JsonReader reader(body, issues);
    PlaceOrder order{read_order(reader)};
    if (!issues.empty()) return issues.refuse();
    return command_of(std::move(order), project);
}

Result<Command> update(const Request& request, projects::ProjectNumber project,
                       const projects::Actor&) {
    TRY(body, parse_json(request.body));
    Issues issues;
    JsonReader reader(body, issues);
    PlaceOrder order{read_order(reader), true};
    if (!issues.empty()) return issues.refuse();
    order.input.id = orders::OrderId::parse(request.path_params[0]);
    order.input.source_id = order.input.id ? std::string() : request.path_params[0];
    return command_of(std::move(order), project);
}

Result<Command> give_back(const Request& request, projects::ProjectNumber project,
                          const projects::Actor&) {
    TRY(body, parse_json(request.body));
    Issues issues;
    JsonReader reader(body, issues);
    ReturnLines lines;
    lines.order = request.path_params[0];
    lines.source_id = reader.text("source_id", 255).value_or("");
    lines.reason = reader.text("reason", 255).value_or("");
    lines.await_order = reader.boolean("await_order").value_or(false);
    reader.require("items");
    if (const json::array* items = reader.array("items", items_max)) {
        for (std::size_t i = 0; i < items->size(); ++i) {
            JsonReader item = reader.item("items", i);
            std::string name;
            for (const char* key : {"id", "source_id", "sku_id", "product_id"})
                if (auto text = item.text(key, 255); text && name.empty()) name = *text;
            if (name.empty()) item.require("id");
            item.require("quantity");
            lines.lines.push_back({name, item.integer("quantity", 1, value_max).value_or(1)});
        }
        if (items->empty()) reader.wrong("items", "required", "must name at least one line");
    }
    if (!issues.empty()) return issues.refuse();
    auto shared = std::make_shared<const ReturnLines>(std::move(lines));
    Command command;
    command.lane = place_of(shared->order);
    if (auto id = orders::OrderId::parse(shared->order)) command.lane = id->place();
    command.want = [shared, project](work::Batch& batch) { want(*shared, batch, project); };
    command.want_more = [shared, project](work::Batch& batch) {
        want_more(*shared, batch, project);
    };
    command.run = [shared](const Context& context) -> Result<http::Response> {
        TRY(returned, return_lines(*shared, context));
        json::object out;
        out["object"] = "order_return";
        out["order"] = order_json(*returned.order, returned.customer);
        out["points"] = returned.taken.points.value;
        out["expired_points"] = returned.taken.expired.value;
        out["missing_points"] = returned.taken.shortfall.value;
        out["repeated"] = returned.repeated;
        return http::json_response(to_text(out));
    };
    return command;
}

Result<http::Response> get(const Request& request, const ReadContext& context) {
    const std::string& id = request.path_params[0];
    auto order = orders::load_order(context.tx, context.project, id);
    if (!order) {
        Error error{&error::not_found, fmt::format("Cannot find order with id {}", id)};
        error.resource_id = id;
        error.resource_type = "order";
        return std::unexpected(std::move(error));
    }
    std::optional<customers::Customer> customer;
    if (!order->customer.is_nil())
        customer = customers::load_customer(context.tx, context.project, order->customer);
    return http::json_response(to_text(order_json(*order, customer ? &*customer : nullptr)));
}

Result<http::Response> list(const Request& request, const ReadContext& context) {
    static constexpr std::string_view orders_by[] = {"created_at"};
    TRY(page, http::read_page(request.query, {orders_by}));
    http::QueryReader query(request.query);
    orders::ListQuery wish;
    wish.created_before = query.timestamp("created_at", "before");
    wish.created_after = query.timestamp("created_at", "after");
    for (const http::Parameter& parameter : request.query.all())
        for (const char* name : {"customer", "status", "filters", "updated_at"})
            if (!parameter.path.empty() && parameter.path[0] == name)
                query.wrong(name, "unsupported", "orders are listed by created_at only");
    if (!query.ok()) return query.refuse();
    wish.descending = page.descending;
    wish.limit = page.limit;
    wish.offset = page.offset();
    json::object out;
    out["object"] = "list";
    out["data_ref"] = "orders";
    json::array data;
    for (const orders::Order& order : orders::list_orders(context.tx, context.project, wish)) {
        std::optional<customers::Customer> customer;
        if (!order.customer.is_nil())
            customer = customers::load_customer(context.tx, context.project, order.customer);
        data.push_back(order_json(order, customer ? &*customer : nullptr));
    }
    out["orders"] = std::move(data);
    out["total"] = sums::total(context.tx, context.project, "orders");
    return http::json_response(to_text(out));
}

constexpr const char* example =
    R"({"source_id":"POS-1001","status":"PAID","customer":{"source_id":"anna"},"items":[{"sku_id":"LATTE","product_id":"latte","quantity":2,"price":380}]})";

}  // namespace

projects::Routes orders_routes() {
    return {
        {Method::post, "/v1/orders", Permission::write,
         {"Orders", "Create an order; a known source_id changes that order and earns no second time",
          example, examples::order},
         nullptr, create},
        {Method::get, "/v1/orders", Permission::read,
         {"Orders", "List orders", "", projects::example_list(examples::order, "orders"),
          {"limit", "page", "order", "created_at[before]", "created_at[after]"}},
         list},
        {Method::get, "/v1/orders/{orderId}", Permission::read, 
         {"Orders", "Get an order", "", examples::order}, get},
        {Method::put, "/v1/orders/{orderId}", Permission::write,
         {"Orders", "Change an order; PAID earns, CANCELED takes points back", R"({"status":"PAID"})",
          examples::order},
         nullptr, update},
        {Method::post, "/v1/orders/{orderId}/returns", Permission::write,
         {"Orders",
          "Return lines of an order; before it is paid they will not earn, and with await_order even "
          "before it is known",
          R"({"source_id":"R-1","items":[{"source_id":"LATTE","quantity":1}],"reason":"cold"})",
          examples::order_return},
         nullptr, give_back},
    };
}

}  // namespace perennial::flows
