#include "app/pipeline.hpp"

#include <openssl/sha.h>
#include <sodium.h>

#include "app/bin_check.hpp"
#include "app/key_ring.hpp"
#include "app/metadata_check.hpp"
#include "app/openapi.hpp"
#include "app/pages.hpp"
#include "app/permissions.hpp"
#include "app/planned_routes.hpp"
#include "app/workers.hpp"
#include "modules/access/oauth.hpp"
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

using projects::KeyKind;

constexpr std::string_view client_prefix = "/client/v1/";
constexpr std::string_view management_prefix = "/management/v1/";

/// What a request is known by. The texts are the request's.
struct Credentials {
    KeyKind kind = KeyKind::server;
    std::string_view id;
    std::string_view token;
    bool is_bearer = false;
};

KeyKind kind_of(std::string_view path) {
    if (path.starts_with(client_prefix)) return KeyKind::client;
    if (path.starts_with(management_prefix)) return KeyKind::management;
    return KeyKind::server;
}

std::optional<Credentials> pair_of(const http::Request& request, KeyKind kind,
                                   std::string_view id_header, std::string_view token_header) {
    const auto id = request.headers.find(id_header);
    const auto token = request.headers.find(token_header);
    if (!id || !token) return std::nullopt;
    return Credentials{kind, *id, *token, false};
}

/// A server's key manages its own project, too. A token cannot lend itself: /v1/oauth takes keys only.
std::optional<Credentials> credentials_of(const http::Request& request) {
    const KeyKind kind = kind_of(request.path);
    std::optional<Credentials> sent;
    if (kind == KeyKind::client)
        sent = pair_of(request, kind, "X-Client-Application-Id", "X-Client-Token");
    else if (kind == KeyKind::management)
        sent = pair_of(request, kind, "X-Management-Id", "X-Management-Token");
    if (!sent && kind != KeyKind::client)
        sent = pair_of(request, KeyKind::server, "X-App-Id", "X-App-Token");
    if (sent || kind == KeyKind::management || request.path.starts_with("/v1/oauth/")) return sent;
    constexpr std::string_view scheme = "Bearer ";
    const auto authorization = request.headers.find("Authorization").value_or("");
    if (authorization.size() <= scheme.size() || !authorization.starts_with(scheme))
        return std::nullopt;
    return Credentials{KeyKind::server, {}, authorization.substr(scheme.size()), true};
}

Error unauthorized(KeyKind kind) {
    switch (kind) {
        case KeyKind::client:
            return {&error::unauthorized,
                    "Send X-Client-Application-Id and X-Client-Token of a live client-side key"};
        case KeyKind::management:
            return {&error::unauthorized,
                    "Send X-Management-Id and X-Management-Token of a live management key, or an "
                    "ADMIN key of the project"};
        case KeyKind::server: break;
    }
    return {&error::unauthorized,
            "Send X-App-Id and X-App-Token of a live key: this one is missing, unknown, revoked or "
            "expired, or the token is wrong"};
}

http::Response preflight(const http::Request& request, std::string allow) {
    http::Response response = http::no_content();
    const auto origin = request.headers.find("Origin");
    response.headers = {{"Allow", allow}, {"Vary", "Origin"}};
    if (!origin || origin->empty()) return response;
    // Which project it is, and whom it trusts, is known only with the keys of the request itself.
    response.headers.push_back({"Access-Control-Allow-Origin", std::string(*origin)});
    response.headers.push_back({"Access-Control-Allow-Methods", std::move(allow)});
    response.headers.push_back(
        {"Access-Control-Allow-Headers",
         "Content-Type, X-Client-Application-Id, X-Client-Token, X-Voucherify-Channel, "
         "X-Voucherify-API-Version, X-Voucherify-Double-Opt-In, Authorization, Idempotency-Key"});
    response.headers.push_back({"Access-Control-Max-Age", "600"});
    return response;
}

/// A page of an origin that is not trusted may not read the answer.
void add_cors(const http::Request& request, http::Response& response) {
    if (request.method == http::Method::options) return;
    response.headers.push_back({"Vary", "Origin"});
    if (!request.is_trusted_origin) return;
    response.headers.push_back({"Access-Control-Allow-Origin",
                                std::string(request.headers.find("Origin").value_or(""))});
    response.headers.push_back(
        {"Access-Control-Expose-Headers",
         "X-Request-Id, Retry-After, X-Rate-Limit-Limit, X-Rate-Limit-Remaining, "
         "X-Rate-Limit-Retry, X-Rate-Limit-Type, Idempotency-Replayed"});
}

}  // namespace

struct Pipeline::State {
    State(Engine& engine_, projects::Routes routes, const config::Settings& settings_)
        : engine(engine_),
          settings(settings_),
          keys(engine_, settings_),
          addresses({settings_.client_calls_per_5_s, 5 * second_ms}),
          workers(static_cast<std::size_t>(settings_.worker_threads)) {
        add_planned_routes(routes);
        for (projects::Route& route : routes) {
            const std::string pattern = route.pattern;
            router.add(route.method, pattern, std::move(route));
        }
        description = make_description(openapi(router, settings.public_url));
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
    AddressMeter addresses;
    Workers workers;
    Description description;
    http::Router<projects::Route> router;
    std::atomic<bool> stopping{false};
    metrics::Counter* requests;
    metrics::Counter* limited = &metrics::registry().counter(
        "perennial_http_limited_total", "Requests over a rate limit");
    metrics::Histogram* seconds;
    std::array<metrics::Counter*, 6> by_class{};

    /// Wraps `respond`: counts, times and logs the answer, and tells of the rate limit.
    http::Respond observed(std::shared_ptr<http::Request> request, http::Respond respond) {
        requests->add();
        return [this, respond = std::move(respond),
                request = std::move(request)](http::Response response) mutable {
            const auto taken = std::chrono::steady_clock::now() - request->received;
            seconds->observe(std::chrono::duration<double>(taken).count());
            const auto kind = static_cast<std::size_t>(response.status / 100);
            if (kind < by_class.size()) by_class[kind]->add();
            log::debug("request",
                       {{"request_id", request->request_id},
                        {"method", http::method_name(request->method)},
                        {"path", request->path},
                        {"status", response.status},
                        {"us", std::chrono::duration_cast<std::chrono::microseconds>(taken).count()}});
            response.rate_limit = request->rate_limit;
            if (request->path.starts_with(client_prefix)) add_cors(*request, response);
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
                    // Whoever comes without a key has no project yet.
                    const auto snapshot =
                        project == 0 ? nullptr : engine.cache().load(tx, project);
                    CHECK(snapshot != nullptr || project == 0);
                    const Timestamp now = machine_now();
                    auto result = route.read(
                        *request, {tx, snapshot, project, actor,
                                   snapshot ? snapshot->project().now(now) : now, engine.cache()});
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

    void write(const projects::Route& route, const std::shared_ptr<http::Request>& shared_request,
               projects::ProjectNumber project, const projects::Actor& actor,
               http::Respond respond) {
        const http::Request& request = *shared_request;
        auto command = route.write(request, project, actor);
        if (!command) {
            respond(http::error_response(command.error(), request.request_id));
            return;
        }
        check_metadata(route, shared_request, *command);
        keep_in_bin(route, request, *command);
        Engine::Wish wish;
        wish.project = project;
        wish.actor = actor;
        wish.request_id = request.request_id;
        wish.command = *std::move(command);
        if (auto key = request.headers.find("Idempotency-Key");
            key && !wish.command.tells_secret) {
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
        if (!may(actor.role, route)) {
            respond(http::error_response(
                {&error::missing_required_permission,
                 fmt::format("This key has the role {}; {} needs more",
                             projects::role_name(actor.role), route.pattern)},
                request->request_id));
            return;
        }
        if (is_planned(route))
            respond(http::error_response(
                {&error::not_implemented,
                 fmt::format("{} {} is not implemented yet; /openapi.json lists what is",
                             http::method_name(route.method), route.pattern)},
                request->request_id));
        else if (route.read)
            read(route, std::move(request), project, actor, std::move(respond));
        else if (request->body.size() <= parse_inline_max)
            write(route, request, project, actor, std::move(respond));
        else
            workers.post([this, &route, request = std::move(request), project, actor,
                          respond = std::move(respond)]() mutable {
                write(route, request, project, actor, std::move(respond));
            });
    }

    std::string_view address_of(const http::Request& request) const {
        if (settings.client_address_header.empty()) return request.remote_address;
        auto listed = request.headers.find(settings.client_address_header).value_or("");
        if (const auto comma = listed.rfind(','); comma != std::string_view::npos)
            listed.remove_prefix(comma + 1);
        while (listed.starts_with(' ')) listed.remove_prefix(1);
        return listed.empty() ? std::string_view(request.remote_address) : listed;
    }

    /// One call more of the key or the address. False: it was answered 429.
    bool within_limits(http::Request& request, const Admitted* admitted, http::Respond& respond) {
        const Timestamp now = machine_now();
        const bool fits = admitted == nullptr
                              ? addresses.take(address_of(request), now, request.rate_limit)
                          : admitted->meter ? admitted->meter->take(now, request.rate_limit)
                                            : true;
        if (fits) return true;
        limited->add();
        const auto wait_s =
            static_cast<int>(std::max<std::int64_t>(1, request.rate_limit.retry_at - now.ms / 1000));
        respond(http::error_response(
            {&error::too_many_requests,
             fmt::format("At most {} calls in a while; again in {} s", request.rate_limit.limit,
                         wait_s)},
            request.request_id, wait_s));
        return false;
    }

    /// Hop 2 after the key is known: limits, then what it opens.
    void admit(const projects::Route& route, std::shared_ptr<http::Request> request,
               const Credentials& sent, const KeyRing::Answer& admitted, http::Respond respond) {
        if (!admitted) {
            respond(http::error_response(unauthorized(sent.kind), request->request_id));
            return;
        }
        if (sent.kind != KeyKind::client &&
            !within_limits(*request, admitted.get(), respond))
            return;
        projects::Actor actor{admitted->key.app_id, admitted->key.role, "API", false};
        if (const auto channel = request->headers.find("X-Voucherify-Channel");
            channel && !channel->empty() && channel->size() <= 64 && is_valid_utf8(*channel))
            actor.channel = *channel;
        if (admitted->scope && !access::scope_opens(*admitted->scope, route.pattern)) {
            respond(http::error_response({&error::missing_required_permission,
                                          fmt::format("The token's scope is {}; it does not open {}",
                                                      *admitted->scope, route.pattern)},
                                         request->request_id));
            return;
        }
        projects::ProjectNumber project = admitted->key.project;
        if (request->path.starts_with(client_prefix)) {
            actor.is_client = true;
            // The route decides by the project's settings what a page may do.
            actor.role = projects::Role::user;
            const auto origin = request->headers.find("Origin").value_or("");
            if (!admitted->scope &&
                !origin_is_trusted(origin, admitted->settings.client_trusted_domains)) {
                respond(http::error_response(
                    {&error::forbidden,
                     fmt::format("The origin '{}' is not among the project's "
                                 "client_trusted_domains",
                                 origin.substr(0, 200))},
                    request->request_id));
                return;
            }
            request->is_trusted_origin = !origin.empty();
        }
        if (sent.kind == KeyKind::management) {
            actor.role = projects::Role::admin;
            // Other projects are read by a worker: the path names which.
            workers.post([this, &route, request, project, actor,
                          respond = std::move(respond)]() mutable {
                project = managed_project(*request, project);
                dispatch(route, request, project, actor, std::move(respond));
            });
            return;
        }
        dispatch(route, std::move(request), project, actor, std::move(respond));
    }

    /// The project that a management path names; the key's own when it names none that there is (the
    /// route then refuses the name).
    projects::ProjectNumber managed_project(const http::Request& request,
                                            projects::ProjectNumber own) {
        if (request.path_params.empty()) return own;
        const auto id = projects::ProjectId::parse(request.path_params.front());
        if (!id) return own;
        try {
            engine.database().read([&](db::Tx& tx) {
                for (const projects::Project& project : projects::list_projects(tx))
                    if (project.id == *id) own = project.number;
            });
        } catch (const db::Failure& failure) {
            log::error("projects not read", {{"reason", failure.what()}});
        }
        return own;
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

void Pipeline::post(std::move_only_function<void()> task) { state_->workers.post(std::move(task)); }

void Pipeline::start_stopping() { state_->stopping = true; }

void Pipeline::handle(http::Request&& incoming, http::Respond respond_raw) {
    State& s = *state_;
    auto request = std::make_shared<http::Request>(std::move(incoming));
    http::Respond respond = s.observed(request, std::move(respond_raw));
    if (auto page = is_page(request->path)) {
        s.workers.post([&s, page = *page, request, respond = std::move(respond)]() mutable {
            respond(answer_page(page, *request, s.engine, s.description, s.keys, s.settings,
                                s.stopping.load()));
        });
        return;
    }
    http::RouteMatch match = s.router.find(request->method, request->path);
    if (match.outcome == http::RouteMatch::Outcome::options &&
        request->path.starts_with(client_prefix)) {
        respond(preflight(*request, match.allow));
        return;
    }
    if (!match.found()) {
        respond(http::answer_without_route(match, *request));
        return;
    }
    request->path_params = std::move(match.path_params);
    const projects::Route& route = s.router.payload(match.route);

    const auto sent = credentials_of(*request);
    if (!sent) {
        const KeyKind kind = kind_of(request->path);
        if (route.permission == projects::Permission::open && route.read)
            s.dispatch(route, request, 0, {"", projects::Role::viewer, "API", false},
                       std::move(respond));
        else
            respond(http::error_response(unauthorized(kind), request->request_id));
        return;
    }
    // Before the keys are looked up: whoever guesses is slowed down, too.
    if (sent->kind == KeyKind::client && !s.within_limits(*request, nullptr, respond)) return;
    // A known key is checked here; a new one is looked up by a worker.
    const Timestamp now = machine_now();
    const auto known = sent->is_bearer
                           ? s.keys.bearer_cached(sent->token, now)
                           : s.keys.check_cached(sent->kind, sent->id, sent->token, now);
    if (known) {
        s.admit(route, std::move(request), *sent, *known, std::move(respond));
        return;
    }
    s.workers.post([&s, &route, request, sent = *sent, respond = std::move(respond)]() mutable {
        KeyRing::Answer key;
        try {
            const std::string token(sent.token);
            key = sent.is_bearer ? s.keys.bearer(token, machine_now())
                                 : s.keys.check(sent.kind, std::string(sent.id), token, machine_now());
        } catch (const db::Failure& failure) {
            log::error("key not read", {{"reason", failure.what()}});
            respond(http::error_response(
                {&error::service_unavailable, "The database does not answer"},
                request->request_id));
            return;
        }
        s.admit(route, request, sent, key, std::move(respond));
    });
}

}  // namespace perennial::app
