#include "app/pipeline.hpp"

#include <openssl/sha.h>
#include <sodium.h>

#include "app/key_ring.hpp"
#include "app/pages.hpp"
#include "app/workers.hpp"
#include "platform/http/error_response.hpp"
#include "platform/log/log.hpp"
#include "platform/metrics/metrics.hpp"

namespace perennial::app {
namespace {

constexpr std::size_t idempotency_key_max = 255;
// Larger bodies are parsed on a worker, so that the IO thread keeps answering.
constexpr std::size_t parse_inline_max = 64 * 1024;

std::string request_hash(const http::Request& request) {
    std::string bytes(http::method_name(request.method));
    bytes += '\n';
    bytes += request.target;
    bytes += '\n';
    bytes += request.body;
    std::string out(SHA256_DIGEST_LENGTH, '\0');
    SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(),
           reinterpret_cast<unsigned char*>(out.data()));
    return out;
}

}  // namespace

struct Pipeline::State {
    State(Engine& engine_, projects::Routes routes, const config::Settings& settings_)
        : engine(engine_),
          settings(settings_),
          keys(engine_),
          workers(static_cast<std::size_t>(settings_.worker_threads)) {
        for (projects::Route& route : routes) {
            const std::string pattern = route.pattern;
            router.add(route.method, pattern, std::move(route));
        }
        auto& registry = metrics::registry();
        requests = &registry.counter("perennial_http_requests_total", "Requests answered");
        seconds = &registry.histogram("perennial_http_request_seconds",
                                      "From the last byte read to the answer handed to the socket",
                                      metrics::latency_seconds_bounds());
        for (int kind = 0; kind < 6; ++kind)
            by_class[static_cast<std::size_t>(kind)] =
                &registry.counter("perennial_http_responses_total", "Answers by class of status",
                                  {{"class", std::to_string(kind) + "xx"}});
    }

    Engine& engine;
    const config::Settings settings;
    KeyRing keys;
    Workers workers;
    http::Router<projects::Route> router;
    std::atomic<bool> stopping{false};
    metrics::Counter* requests;
    metrics::Histogram* seconds;
    std::array<metrics::Counter*, 6> by_class{};

    /// Wraps `respond`: counts, times and logs the answer.
    http::Respond observed(const http::Request& request, http::Respond respond) {
        requests->add();
        return [this, respond = std::move(respond), received = request.received,
                id = request.request_id, method = request.method,
                path = request.path](http::Response response) mutable {
            const auto taken = std::chrono::steady_clock::now() - received;
            seconds->observe(std::chrono::duration<double>(taken).count());
            const auto kind = static_cast<std::size_t>(response.status / 100);
            if (kind < by_class.size()) by_class[kind]->add();
            log::debug("request",
                       {{"request_id", id},
                        {"method", http::method_name(method)},
                        {"path", path},
                        {"status", response.status},
                        {"us", std::chrono::duration_cast<std::chrono::microseconds>(taken).count()}});
            respond(std::move(response));
        };
    }

    void read(const projects::Route& route, std::shared_ptr<http::Request> request,
              projects::ProjectNumber project, const projects::Actor& actor,
              http::Respond respond) {
        const bool queued = workers.post([this, &route, request, project, actor,
                                          respond = std::move(respond)]() mutable {
            const log::RequestScope scope(request->request_id);
            http::Response response;
            try {
                engine.database().read([&](db::Tx& tx) {
                    const auto snapshot = engine.cache().load(tx, project);
                    CHECK(snapshot != nullptr);
                    auto result = route.read(
                        *request, {tx, snapshot, project, actor,
                                   snapshot->project().now(machine_now()), engine.cache()});
                    response = result ? *std::move(result)
                                      : http::error_response(result.error(), request->request_id);
                });
            } catch (const db::Failure& failure) {
                log::error("read failed", {{"reason", failure.what()}});
                response = http::error_response(
                    {&error::service_unavailable, "The database does not answer"},
                    request->request_id);
            } catch (const std::exception& broken) {
                metrics::registry()
                    .counter("perennial_broken_invariants_total", "Defects met while answering")
                    .add();
                log::error("read failed", {{"reason", broken.what()}});
                response = http::error_response({&error::internal_error, ""}, request->request_id);
            }
            respond(std::move(response));
        });
        CHECK(queued);
    }

    void write(const projects::Route& route, const http::Request& request,
               projects::ProjectNumber project, const projects::Actor& actor,
               http::Respond respond) {
        auto command = route.write(request, project, actor);
        if (!command) {
            respond(http::error_response(command.error(), request.request_id));
            return;
        }
        Engine::Wish wish;
        wish.project = project;
        wish.actor = actor;
        wish.request_id = request.request_id;
        wish.command = *std::move(command);
        if (auto key = request.headers.find("Idempotency-Key")) {
            if (key->empty() || key->size() > idempotency_key_max || !is_valid_utf8(*key)) {
                respond(http::error_response(
                    {&error::invalid_payload, "Idempotency-Key must have 1 to 255 characters"},
                    request.request_id));
                return;
            }
            wish.idempotency_key = *key;
            wish.request_hash = request_hash(request);
        }
        // `respond` is shared: a full queue answers at once, else the committer answers.
        auto shared = std::make_shared<http::Respond>(std::move(respond));
        const bool queued = engine.submit(
            wish,
            [this, shared, after = wish.command.after](Engine::Outcome outcome) mutable {
                if (outcome.replayed)
                    outcome.response.headers.push_back({"Idempotency-Replayed", "true"});
                if (after && outcome.response.status < 300) {
                    workers.post([shared, after = std::move(after),
                                  response = std::move(outcome.response)]() mutable {
                        after();
                        (*shared)(std::move(response));
                    });
                    return;
                }
                (*shared)(std::move(outcome.response));
            });
        if (!queued)
            (*shared)(http::error_response(
                {&error::service_unavailable, "Too many commands are waiting: repeat in a second"},
                request.request_id));
    }

    void dispatch(const projects::Route& route, std::shared_ptr<http::Request> request,
                  projects::ProjectNumber project, const projects::Actor& actor,
                  http::Respond respond) {
        if (!projects::may(actor.role, route.permission)) {
            respond(http::error_response(
                {&error::missing_required_permission,
                 fmt::format("This key has the role {}; {} needs more",
                             projects::role_name(actor.role), route.pattern)},
                request->request_id));
            return;
        }
        if (route.read)
            read(route, std::move(request), project, actor, std::move(respond));
        else if (request->body.size() <= parse_inline_max)
            write(route, *request, project, actor, std::move(respond));
        else
            workers.post([this, &route, request = std::move(request), project, actor,
                          respond = std::move(respond)]() mutable {
                write(route, *request, project, actor, std::move(respond));
            });
    }
};

Pipeline::Pipeline(Engine& engine, projects::Routes routes, const config::Settings& settings)
    : state_(std::make_unique<State>(engine, std::move(routes), settings)) {}

Pipeline::~Pipeline() { state_->workers.stop(); }

const http::Router<projects::Route>& Pipeline::router() const { return state_->router; }

std::uint64_t Pipeline::body_limit(http::Method, std::string_view path) const {
    if (path.ends_with("/import") || path.ends_with("/importCSV") || path.ends_with("/async"))
        return static_cast<std::uint64_t>(state_->settings.import_max_body_bytes);
    return static_cast<std::uint64_t>(state_->settings.max_body_bytes);
}

void Pipeline::start_stopping() { state_->stopping = true; }

void Pipeline::handle(http::Request&& incoming, http::Respond respond_raw) {
    State& s = *state_;
    http::Respond respond = s.observed(incoming, std::move(respond_raw));
    auto request = std::make_shared<http::Request>(std::move(incoming));
    if (auto page = is_page(request->path)) {
        s.workers.post([&s, page = *page, request, respond = std::move(respond)]() mutable {
            respond(answer_page(page, *request, s.engine, s.router, s.keys, s.settings,
                                s.stopping.load()));
        });
        return;
    }
    http::RouteMatch match = s.router.find(request->method, request->path);
    if (!match.found()) {
        respond(http::answer_without_route(match, *request));
        return;
    }
    request->path_params = std::move(match.path_params);
    const projects::Route& route = s.router.payload(match.route);

    const auto app_id = request->headers.find("X-App-Id");
    const auto token = request->headers.find("X-App-Token");
    if (!app_id || !token) {
        respond(http::error_response(
            {&error::unauthorized, "Send the headers X-App-Id and X-App-Token"},
            request->request_id));
        return;
    }
    auto admit = [&s, &route, request](const KeyRing::Answer& key, http::Respond answer) mutable {
        if (!key) {
            answer(http::error_response({&error::unauthorized,
                                         "This key is unknown, revoked or expired, or the token is "
                                         "wrong"},
                                        request->request_id));
            return;
        }
        projects::Actor actor{key->app_id, key->role, "API"};
        if (auto channel = request->headers.find("X-Voucherify-Channel");
            channel && !channel->empty() && channel->size() <= 64 && is_valid_utf8(*channel))
            actor.channel = *channel;
        s.dispatch(route, request, key->project, actor, std::move(answer));
    };
    // A known key is checked here; a new one is looked up by a worker.
    if (auto known = s.keys.check_cached(*app_id, *token, machine_now())) {
        admit(*known, std::move(respond));
        return;
    }
    s.workers.post([&s, request, admit, respond = std::move(respond), id = std::string(*app_id),
                    secret = std::string(*token)]() mutable {
        KeyRing::Answer key;
        try {
            key = s.keys.check(id, secret, machine_now());
        } catch (const db::Failure& failure) {
            log::error("key not read", {{"reason", failure.what()}});
            respond(http::error_response(
                {&error::service_unavailable, "The database does not answer"},
                request->request_id));
            return;
        }
        admit(key, std::move(respond));
    });
}

}  // namespace perennial::app
