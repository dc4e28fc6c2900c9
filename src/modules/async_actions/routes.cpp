#include "modules/async_actions/routes.hpp"

#include "modules/async_actions/async_actions.hpp"

namespace perennial::async_actions {
namespace {

using projects::ReadContext;

constexpr std::int64_t listed_max = 100;

perennial::Result<http::Response> list(const http::Request& request, const ReadContext& context) {
    http::QueryReader reader(request.query);
    jobs::ActionQuery query;
    query.limit = reader.integer("limit", 1, listed_max).value_or(10);
    query.created_before = reader.timestamp("end_date");
    if (!reader.ok()) return reader.refuse();
    json::array actions;
    for (const jobs::Job& job : jobs::list_actions(context.tx, context.project, query))
        actions.push_back(to_json(job, false));
    return http::json_response(to_text(json::object{{"object", "list"},
                                                    {"data_ref", "async_actions"},
                                                    {"async_actions", std::move(actions)}}));
}

perennial::Result<http::Response> get(const http::Request& request, const ReadContext& context) {
    const std::string& text = request.path_params.at(0);
    const auto id = jobs::JobId::parse(text);
    std::optional<jobs::Job> job;
    if (id) job = jobs::load_job(context.tx, {context.project, *id});
    if (!job || job->action.empty())
        return std::unexpected(Error{&error::not_found,
                                     fmt::format("Cannot find async action with id {}", text),
                                     {},
                                     text,
                                     "async_action"});
    return http::json_response(to_text(to_json(*job, true)));
}

constexpr const char* example =
    R"({"id":"aa_018f0a1b2c3d4e5f60718293a4b5c6d7","type":"CUSTOMERS.BULK_UPDATE","status":"DONE",)"
    R"("result":{"message":"1 done, 0 failed","failed":[],"done_count":1,"failed_count":0},)"
    R"("created_at":"2024-07-23T19:38:38.219Z","updated_at":"2024-07-23T19:38:39.219Z",)"
    R"("operation_status":"SUCCESS","request_id":"v-d6dd112f9219730e50","progress":100,)"
    R"("processing_time":1000,"object":"async_action"})";

}  // namespace

projects::Routes routes() {
    projects::Routes out;
    out.push_back({.method = http::Method::get,
                   .pattern = "/v1/async-actions",
                   .permission = projects::Permission::read,
                   .doc = {.tag = "Async actions",
                           .summary = "Recent async actions, newest first",
                           .answer = fmt::format(
                               R"({{"object":"list","data_ref":"async_actions","async_actions":[{}]}})",
                               example),
                           .query = {"limit", "end_date"}},
                   .read = list});
    out.push_back({.method = http::Method::get,
                   .pattern = "/v1/async-actions/{asyncActionId}",
                   .permission = projects::Permission::read,
                   .doc = {.tag = "Async actions",
                           .summary = "One async action with its result",
                           .answer = example},
                   .read = get});
    return out;
}

}  // namespace perennial::async_actions
