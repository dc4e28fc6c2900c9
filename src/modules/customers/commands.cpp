#include "modules/customers/commands.hpp"

#include "modules/customers/codec.hpp"
#include "modules/customers/store.hpp"

namespace perennial::customers {

projects::Command upsert(Change change, projects::ProjectNumber project) {
    CHECK(change.names_someone());
    auto shared = std::make_shared<const Change>(std::move(change));
    projects::Command command;
    command.lane = shared->id ? shared->id->place() : place_of(shared->source_id);
    command.want = [project, shared](work::Batch& batch) {
        batch.get<Set>().want(batch, project, *shared);
    };
    command.run = [shared](const projects::Context& context) -> Result<http::Response> {
        auto& set = context.batch.get<Set>();
        Customer* customer =
            set.resolve(context.batch, context.project, *shared, false, context.now);
        const bool is_new = customer == nullptr;
        if (is_new && shared->id)
            return refuse(error::not_found,
                          fmt::format("Cannot find customer with id {}", shared->id->text()));
        if (is_new)
            customer = set.resolve(context.batch, context.project, *shared, true, context.now);
        if (apply(*shared, *customer, context.now)) set.touch_profile(*customer);
        if (is_new) customer->updated_at.reset();
        return http::no_content();
    };
    return command;
}

Result<projects::Command> upsert_row(const json::object& body, projects::ProjectNumber project) {
    Issues issues;
    const json::value value(body);
    JsonReader reader(value, issues);
    Change change = read_change(reader);
    if (issues.empty() && !change.names_someone())
        reader.wrong("source_id", "required", "is required, or the customer's id");
    if (!issues.empty()) return issues.refuse();
    return upsert(std::move(change), project);
}

}  // namespace perennial::customers
