#include "modules/trash_bin/routes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>

#include "modules/trash_bin/store.hpp"

namespace perennial::trash_bin {
namespace {

using http::Method;
using projects::Command;
using projects::Context;
using projects::Permission;
using projects::ReadContext;

constexpr std::array<std::string_view, 1> sorted_by{"id"};
constexpr std::array<std::string_view, 3> filtered_by{"resource_type", "resource_name", "resource_id"};

std::unexpected<Error> unknown(const std::string& id) {
    return std::unexpected(Error{&error::not_found,
                                 fmt::format("Cannot find bin_entry with id {}", id),
                                 {},
                                 id,
                                 "bin_entry"});
}

json::object to_json(const Entry& entry) {
    return {{"id", entry.id.text()},
            {"created_at", entry.created_at.iso()},
            {"deleted_by_user_id", nullptr},
            {"deleted_by_key", entry.app_id},
            {"resource_id", entry.resource_id},
            {"resource_type", entry.resource_type},
            {"resource_name", entry.resource_name},
            {"resource_parent_id", entry.resource_parent ? json::value(*entry.resource_parent)
                                                         : json::value()}};
}

Result<Query> read_query(const http::Request& request) {
    TRY(page, http::read_page(request.query, {.order = sorted_by, .default_order = "-id"}));
    http::QueryReader reader(request.query);
    Query query;
    query.limit = page.limit;
    query.descending = page.descending;
    if (const auto after = reader.text("starting_after_id")) {
        query.after = EntryId::parse(*after);
        if (!query.after) reader.wrong("starting_after_id", "invalid", "must be an entry's id");
    }
    TRY(filters, request.query.filters());
    for (const http::FilterCondition& one : filters.conditions) {
        const bool known = std::ranges::find(filtered_by, std::string_view(one.field)) !=
                               filtered_by.end() &&
                           (one.op == "$is" || one.op == "$in") && !one.values.empty();
        if (known)
            query.filters.push_back({one.field, one.values});
        else
            reader.wrong("filters", "not_supported",
                         "by resource_type, resource_name and resource_id with $is and $in only");
    }
    if (filters.any && query.filters.size() > 1)
        reader.wrong("filters", "not_supported", "several conditions are joined by and only");
    if (!reader.ok()) return reader.refuse();
    return query;
}

Result<http::Response> list(const http::Request& request, const ReadContext& context) {
    TRY(query, read_query(request));
    ++query.limit;  // one more tells whether there are more
    auto found = list_entries(context.tx, context.project, query);
    const bool has_more = std::ssize(found) == query.limit;
    if (has_more) found.pop_back();
    json::array data;
    for (const Entry& entry : found) data.push_back(to_json(entry));
    return http::json_response(to_text(json::object{
        {"object", "list"},
        {"data_ref", "data"},
        {"data", std::move(data)},
        {"has_more", has_more},
        {"more_starting_after",
         has_more ? json::value(found.back().id.text()) : json::value()}}));
}

Result<Command> remove(const http::Request& request, projects::ProjectNumber,
                       const projects::Actor&) {
    Command command;
    command.alone = true;
    command.run = [text = request.path_params.at(0)](
                      const Context& context) -> Result<http::Response> {
        const auto id = EntryId::parse(text);
        if (!id || !remove_entry(context.batch.tx, context.project, *id)) return unknown(text);
        return http::no_content();
    };
    return command;
}

}  // namespace

projects::Routes routes() {
    projects::Routes out;
    out.push_back(
        {.method = Method::get,
         .pattern = "/v1/trash-bin",
         .permission = Permission::read,
         .doc = {.tag = "Trash bin",
                 .summary = "What was deleted without force, newest first",
                 .answer =
                     R"({"object":"list","data_ref":"data","data":[{"id":)"
                     R"("tbe_018f0a1b2c3d4e5f60718293a4b5c6d7","created_at":)"
                     R"("2026-01-01T10:00:00.000Z","deleted_by_user_id":null,"deleted_by_key":)"
                     R"("4c1c0d6f","resource_id":"camp_018f0a1b2c3d4e5f60718293a4b5c6d7",)"
                     R"("resource_type":"campaign","resource_name":"Club",)"
                     R"("resource_parent_id":null}],"has_more":false,"more_starting_after":null})",
                 .query = {"limit", "order", "starting_after_id"}},
         .read = list});
    out.push_back({.method = Method::delete_,
                   .pattern = "/v1/trash-bin/{binEntryId}",
                   .permission = Permission::write,
                   .doc = {.tag = "Trash bin",
                           .summary = "Delete for good: a campaign's name is free again"},
                   .write = remove});
    return out;
}

}  // namespace perennial::trash_bin
