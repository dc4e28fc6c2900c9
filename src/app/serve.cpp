#include "app/serve.hpp"

#include <fmt/format.h>
#include <semaphore.h>

#include <cerrno>
#include <csignal>

#include "app/backfill_job.hpp"
#include "app/clockwork.hpp"
#include "app/job_kinds.hpp"
#include "app/pipeline.hpp"
#include "modules/projects/store.hpp"
#include "modules/webhooks/deliverer.hpp"
#include "platform/log/log.hpp"

namespace perennial::app {
namespace {

sem_t stop_wished;
volatile std::sig_atomic_t stop_signal = 0;

void wish_stop(int signal) {
    stop_signal = signal;
    sem_post(&stop_wished);
}

// Whichever thread a signal comes to, and however often: a second SIGTERM must not cut off the
// stop that the first one began.
void catch_stop_signals() {
    sem_init(&stop_wished, 0, 0);
    struct sigaction action = {};
    action.sa_handler = wish_stop;
    action.sa_flags = SA_RESTART;
    sigaction(SIGTERM, &action, nullptr);
    sigaction(SIGINT, &action, nullptr);
    std::signal(SIGPIPE, SIG_IGN);
}

int wait_for_stop_signal() {
    while (sem_wait(&stop_wished) != 0 && errno == EINTR) {
    }
    return stop_signal;
}

}  // namespace

bool ensure_project(Engine& engine, const std::string& name, const projects::Settings& settings,
                    bool sandbox) {
    bool created = false;
    engine.write([&](work::Batch& batch) {
        created = projects::list_projects(batch.tx).empty();
        if (created)
            projects::create_project(batch.tx, batch.ids, name, settings, sandbox,
                                     batch.machine_now);
    });
    return created;
}

int serve(Engine& engine, const config::Settings& settings, const ServeOptions& options) {
    catch_stop_signals();
    Pipeline pipeline(engine, all_routes(engine), settings);
    http::ServerOptions server_options;
    server_options.host = settings.listen_host;
    server_options.port = settings.listen_port;
    server_options.io_threads = static_cast<int>(settings.io_threads);
    server_options.max_connections = static_cast<std::size_t>(settings.max_connections);
    server_options.max_pipelined = static_cast<std::size_t>(settings.max_pipelined);
    server_options.max_body_bytes = static_cast<std::uint64_t>(settings.max_body_bytes);
    server_options.header_timeout = std::chrono::milliseconds(settings.header_timeout_ms);
    server_options.body_timeout = std::chrono::milliseconds(settings.body_timeout_ms);
    server_options.idle_timeout = std::chrono::milliseconds(settings.idle_timeout_ms);
    server_options.body_limit = [&](http::Method method, std::string_view path) {
        return pipeline.body_limit(method, path);
    };
    server_options.elsewhere = [&](std::move_only_function<void()> task) {
        pipeline.post(std::move(task));
    };
    http::Server server(server_options, [&](http::Request&& request, http::Respond respond) {
        pipeline.handle(std::move(request), std::move(respond));
    });
    if (auto started = server.start(); !started) {
        fmt::print(stderr, "perennial: {}\n", started.error().details);
        return 1;
    }
    webhooks::DelivererOptions delivery;
    delivery.allow_private = settings.webhook_allow_private;
    webhooks::Deliverer deliverer(engine.database(), engine.committer(), engine.cache(), delivery);
    deliverer.start();
    jobs::Workers workers(engine.database(), engine.committer(), machine_now,
                          job_kinds(engine, settings),
                          {.lease_ms = settings.jobs_lease_seconds * second_ms});
    start_backfills(engine);
    workers.start();
    Clockwork clockwork(engine, settings.jobs_retention_days * day_ms);
    const std::string url = fmt::format("http://{}:{}", settings.listen_host, server.port());
    log::info("listening", {{"url", url}, {"database", engine.database().describe()}});
    if (options.on_ready) options.on_ready(url);

    const int signal = wait_for_stop_signal();
    log::info("stopping", {{"signal", signal}});
    pipeline.start_stopping();
    const bool clean = server.stop(std::chrono::milliseconds(settings.stop_timeout_ms));
    workers.stop();
    deliverer.stop();
    engine.committer().drain();
    log::info("stopped", {{"clean", clean}});
    return clean ? 0 : 1;
}

}  // namespace perennial::app
