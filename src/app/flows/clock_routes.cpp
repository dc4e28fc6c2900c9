#include "app/flows/clock_routes.hpp"

#include <fmt/format.h>

#include "app/flows/answer_examples.hpp"
#include "modules/projects/store.hpp"

namespace perennial::flows {
namespace {

using http::Method;
using projects::Permission;

const ErrorCode clock_not_available{"clock_not_available", ErrorKind::rejected,
                                    "Test clock not available"};
const ErrorCode clock_goes_forward{"clock_goes_forward", ErrorKind::rejected,
                                   "The clock only goes forward"};

constexpr std::int64_t advance_max_days = 3660;

json::object clock_json(const projects::Project& project, Timestamp now) {
    json::object out;
    out["object"] = "clock";
    out["now"] = now.iso();
    out["test_clock"] = project.clock_at.has_value();
    out["timezone"] = project.settings.time_zone;
    return out;
}

Result<projects::Command> advance(const http::Request& request, projects::ProjectNumber,
                                  const projects::Actor&) {
    TRY(body, parse_json(request.body));
    Issues issues;
    JsonReader reader(body, issues);
    const auto to = reader.timestamp("to");
    const auto days = reader.integer("days", 0, advance_max_days);
    if (!to && !days) reader.wrong("to", "required", "say the new time in `to`, or `days`");
    if (!issues.empty()) return issues.refuse();
    projects::Command command;
    command.alone = true;
    command.run = [to, days](const projects::Context& context) -> Result<http::Response> {
        projects::Project project = context.snapshot->project();
        if (!project.sandbox)
            return refuse(clock_not_available,
                          "Only sandbox projects have a test clock: perennial project create "
                          "--sandbox NAME");
        const Timestamp target =
            to ? *to : Timestamp{context.now.ms + days.value_or(0) * day_ms};
        if (target < context.now)
            return refuse(clock_goes_forward,
                          fmt::format("It is {} already", context.now.iso()));
        if (target.ms - context.now.ms > advance_max_days * day_ms)
            return refuse(clock_goes_forward,
                          fmt::format("At most {} days in one step", advance_max_days));
        projects::save_clock(context.batch.tx, context.project, target);
        project.clock_at = target;
        return http::json_response(to_text(clock_json(project, target)));
    };
    return command;
}

}  // namespace

projects::Routes clock_routes(app::Engine& engine) {
    return {
        {Method::get, "/v1/clock", Permission::read, 
         {"Clock", "The project's business time", "", examples::clock},
         [](const http::Request&, const projects::ReadContext& context) -> Result<http::Response> {
             return http::json_response(
                 to_text(clock_json(context.snapshot->project(), context.now)));
         }},
        {Method::post, "/v1/clock/advance", Permission::manage,
         {"Clock", "Move a sandbox project's test clock forward; what falls due is drained in order",
          R"({"days":31})", examples::clock},
         nullptr,
         [&engine](const http::Request& request, projects::ProjectNumber project,
                   const projects::Actor& actor) -> Result<projects::Command> {
             TRY(command, advance(request, project, actor));
             command.after = [&engine, project] { engine.fire_timers(project); };
             return command;
         }},
    };
}

}  // namespace perennial::flows
