#include "app/flows/bulk_routes.hpp"

#include <fmt/format.h>

#include "app/flows/place_order.hpp"
#include "modules/async_actions/async_actions.hpp"
#include "modules/transfer/table_rows.hpp"
#include "platform/http/multipart.hpp"

namespace perennial::flows {
namespace {

using async_actions::RowWork;
using http::Method;
using http::Request;
using projects::Command;
using projects::Permission;

constexpr std::size_t rows_max = 100'000;
constexpr std::size_t orders_max = 2000;

Result<Command> bulk(const Request& request, std::string_view type, std::string_view kind,
                     std::size_t max = rows_max, int status = 202) {
    TRY(body, parse_json(request.body));
    if (!body.is_array())
        return refuse(error::invalid_payload, "The body must be an array of objects");
    json::array& rows = body.get_array();
    if (rows.size() > max)
        return refuse(error::payload_too_large,
                      fmt::format("The array has {} items; at most {} fit one request", rows.size(),
                                  max));
    RowWork work{std::string(type), std::string(kind), {}, {}, {}};
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const auto number = static_cast<std::int64_t>(i) + 1;
        if (rows[i].is_object()) {
            work.rows.push_back(std::move(rows[i].get_object()));
            work.numbers.push_back(number);
        } else {
            work.failed.push_back(async_actions::failed_row(
                number, "", {&error::invalid_payload, "must be an object"}));
        }
    }
    return async_actions::command_of(std::move(work), status);
}

// The same metadata for many.
Result<Command> metadata(const Request& request, std::string_view type, std::string_view kind) {
    TRY(body, parse_json(request.body));
    Issues issues;
    JsonReader reader(body, issues);
    reader.require("source_ids");
    reader.require("metadata");
    const json::array* ids = reader.array("source_ids", rows_max);
    const json::object* metadata = reader.object("metadata");
    RowWork work{std::string(type), std::string(kind), {}, {}, {}};
    if (ids != nullptr)
        for (std::size_t i = 0; i < ids->size(); ++i) {
            if ((*ids)[i].is_string() && metadata != nullptr)
                work.rows.push_back({{"source_id", (*ids)[i]}, {"metadata", *metadata}});
            else if (!(*ids)[i].is_string())
                issues.add(fmt::format("/source_ids/{}", i), "type", "must be a string");
        }
    if (!issues.empty()) return issues.refuse();
    return async_actions::command_of(std::move(work));
}

// The content of the part `file`, or a text/csv body.
Result<std::string_view> file_of(const Request& request) {
    const std::string_view type = request.headers.find("Content-Type").value_or("");
    if (type.starts_with("text/csv")) return std::string_view(request.body);
    TRY(parts, http::parse_form(type, request.body));
    for (const http::FormPart& part : parts)
        if (part.name == "file") return part.content;
    return refuse(error::missing_param, "The form has no part named file");
}

Result<Command> import_csv(const Request& request, std::string_view type, std::string_view kind,
                           std::span<const transfer::TableColumn> columns) {
    TRY(content, file_of(request));
    TRY(table, transfer::read_table(content, columns));
    RowWork work{std::string(type), std::string(kind), {}, {}, {}};
    for (transfer::TableRow& row : table.rows) {
        work.rows.push_back(std::move(row.body));
        work.numbers.push_back(row.line);
    }
    for (const transfer::WrongRow& wrong : table.wrong)
        work.failed.push_back(async_actions::failed_row(wrong.line, "", wrong.error));
    return async_actions::command_of(std::move(work));
}

projects::Route route(std::string path, projects::RouteDoc doc,
                      std::function<Result<Command>(const Request&)> write) {
    doc.answer = R"({"async_action_id":"aa_018f0a1b2c3d4e5f60718293a4b5c6d7"})";
    return {Method::post, std::move(path), Permission::write, std::move(doc), nullptr,
            [write = std::move(write)](const Request& request, projects::ProjectNumber,
                                       const projects::Actor&) { return write(request); }};
}

constexpr const char* csv_note = " from CSV: multipart/form-data with a part named file, or text/csv";

}  // namespace

Result<projects::Command> import_order_row(const json::object& body,
                                           projects::ProjectNumber project) {
    Issues issues;
    const json::value value(body);
    JsonReader reader(value, issues);
    PlaceOrder order{read_order(reader)};
    order.input.created_at = reader.timestamp("created_at");
    order.earns = false;
    order.tells = false;
    if (!issues.empty()) return issues.refuse();
    auto shared = std::make_shared<const PlaceOrder>(std::move(order));
    Command command;
    command.lane = place_of(shared->input.source_id);
    command.want = [shared, project](work::Batch& batch) { want(*shared, batch, project); };
    command.want_more = [shared, project](work::Batch& batch) {
        want_more(*shared, batch, project);
    };
    command.run = [shared](const projects::Context& context) -> Result<http::Response> {
        if (shared->input.created_at && *shared->input.created_at > context.now)
            return refuse(error::invalid_payload, "created_at must not be in the future");
        TRY_VOID(place_order(*shared, context));
        return http::no_content();
    };
    return command;
}

projects::Routes bulk_routes() {
    projects::Routes out;
    const std::string metadata_body = R"({"source_ids":["anna","ben"],"metadata":{"vip":true}})";
    const auto add = [&](const char* path, const char* tag, std::string summary, std::string body,
                         std::function<Result<Command>(const Request&)> write) {
        out.push_back(route(path, {tag, std::move(summary), std::move(body)}, std::move(write)));
    };
    add("/v1/customers/bulk/async", "Customers",
        "Create or change many customers by source_id; rows that fail are named in the async action",
        R"([{"source_id":"anna","name":"Anna","metadata":{"vip":true}}])",
        [](const Request& r) { return bulk(r, "CUSTOMERS.BULK_UPDATE", customer_rows); });
    add("/v1/customers/metadata/async", "Customers",
        "Set the same metadata for many customers; unknown source ids make customers", metadata_body,
        [](const Request& r) { return metadata(r, "CUSTOMERS.METADATA_UPDATE", customer_rows); });
    add("/v1/customers/importCSV", "Customers", std::string("Create or change customers") + csv_note,
        "", [](const Request& r) {
            return import_csv(r, "CUSTOMERS.IMPORT_CSV", customer_rows,
                              transfer::customer_columns());
        });
    add("/v1/products/bulk/async", "Products", "Create or change many products by source_id",
        R"([{"source_id":"mug","name":"Mug","price":1250}])",
        [](const Request& r) { return bulk(r, "PRODUCTS.BULK_UPDATE", product_rows); });
    add("/v1/products/metadata/async", "Products",
        "Set the same metadata for many products; unknown source ids make products", metadata_body,
        [](const Request& r) { return metadata(r, "PRODUCTS.METADATA_UPDATE", product_rows); });
    add("/v1/products/importCSV", "Products", std::string("Create or change products") + csv_note, "",
        [](const Request& r) {
            return import_csv(r, "PRODUCTS.IMPORT_CSV", product_rows, transfer::product_columns());
        });
    add("/v1/skus/importCSV", "Products", std::string("Create or change SKUs") + csv_note, "",
        [](const Request& r) {
            return import_csv(r, "SKUS.IMPORT_CSV", sku_rows, transfer::sku_columns());
        });
    add("/v1/orders/import", "Orders",
        "Import old orders (at most 2000): they count, earn nothing, and no webhook tells of them",
        R"([{"source_id":"2019-1","status":"PAID","created_at":"2019-04-01T10:00:00Z","amount":1200,)"
        R"("customer":{"source_id":"anna"}}])",
        [](const Request& r) { return bulk(r, "ORDERS.IMPORT", order_rows, orders_max, 200); });
    return out;
}

}  // namespace perennial::flows
