#include "app/local_api.hpp"

#include "platform/http/error_response.hpp"

namespace perennial::app {
namespace {

constexpr std::string_view request_id = "v-local";

Result<http::Request> request_of(http::Method method, std::string_view target, std::string body) {
    http::Request request;
    request.method = method;
    request.target = target;
    request.path = target.substr(0, target.find('?'));
    request.request_id = request_id;
    if (const auto mark = target.find('?'); mark != std::string_view::npos) {
        TRY(query, http::Query::parse(target.substr(mark + 1)));
        request.query = std::move(query);
    }
    request.body = std::move(body);
    return request;
}

}  // namespace

LocalApi::LocalApi(Engine& engine, projects::ProjectNumber project)
    : engine_(engine), project_(project), actor_{"local", projects::Role::admin, "API"} {
    for (projects::Route& route : all_routes(engine)) {
            const std::string pattern = route.pattern;
            router_.add(route.method, pattern, std::move(route));
        }
}

http::Response LocalApi::call(http::Method method, std::string_view target, std::string body,
                              std::optional<Timestamp> at) {
    auto request = request_of(method, target, std::move(body));
    if (!request) return http::error_response(request.error(), request_id);
    http::RouteMatch match = router_.find(method, request->path);
    if (!match.found()) return http::answer_without_route(match, *request);
    request->path_params = std::move(match.path_params);
    const projects::Route& route = router_.payload(match.route);
    if (route.read) {
        http::Response response;
        engine_.database().read([&](db::Tx& tx) {
            const auto snapshot = engine_.cache().load(tx, project_);
            CHECK(snapshot != nullptr);
            auto result = route.read(*request, {tx, snapshot, project_, actor_,
                                                snapshot->project().now(machine_now()),
                                                engine_.cache()});
            response = result ? *std::move(result)
                              : http::error_response(result.error(), request_id);
        });
        return response;
    }
    auto made = route.write(*request, project_, actor_);
    if (!made) return http::error_response(made.error(), request_id);
    const auto after = made->after;
    http::Response response =
        engine_.run({project_, actor_, std::string(request_id), *std::move(made), "", "", at});
    if (after && response.status < 300) after();
    return response;
}

void LocalApi::post(http::Method method, std::string_view target, std::string body,
                    std::optional<Timestamp> at, Engine::Done done) {
    auto request = request_of(method, target, std::move(body));
    CHECK(request.has_value());
    http::RouteMatch match = router_.find(method, request->path);
    CHECK(match.found());
    request->path_params = std::move(match.path_params);
    auto made = router_.payload(match.route).write(*request, project_, actor_);
    if (!made) {
        done({http::error_response(made.error(), request_id), false});
        return;
    }
    Engine::Wish wish{project_, actor_, std::string(request_id), *std::move(made), "", "", at};
    auto shared = std::make_shared<Engine::Done>(std::move(done));
    while (!engine_.submit(wish, [shared](Engine::Outcome outcome) { (*shared)(std::move(outcome)); }))
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
}

}  // namespace perennial::app
