#include "modules/campaigns/definitions.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "modules/ledger/model.hpp"
#include "modules/projects/store.hpp"

namespace perennial::campaigns {
namespace {

namespace kind = projects::definition_kind;

constexpr std::array<std::string_view, 2> sorted_by{"created_at", "updated_at"};

std::pair<Timestamp, RawId> age_key(const projects::Definition& definition, bool by_change) {
    const Timestamp at =
        by_change ? definition.updated_at.value_or(definition.created_at) : definition.created_at;
    return {at, definition.id};
}

std::string etag(const projects::Definition& definition) {
    return fmt::format("\"{}\"", definition.version);
}

}  // namespace

const projects::Definition* find_program(const projects::Snapshot& snapshot,
                                         std::string_view id_or_name) {
    if (const auto id = ledger::ProgramId::parse(id_or_name))
        return snapshot.find(kind::campaign, *id);
    return snapshot.find_by_name(kind::campaign, id_or_name);
}

std::unexpected<Error> refuse_unknown(std::string_view type, std::string_view id) {
    Error error{&error::not_found, fmt::format("Cannot find {} with id {}", type, id)};
    error.resource_id = id;
    error.resource_type = type;
    return std::unexpected(std::move(error));
}

Result<const projects::Definition*> need_program(const projects::Snapshot& snapshot,
                                                 std::string_view id_or_name) {
    if (const auto* found = find_program(snapshot, id_or_name)) return found;
    return refuse_unknown(kind::campaign, id_or_name);
}

Result<const projects::Definition*> need(const projects::Snapshot& snapshot,
                                         std::string_view of_kind, std::string_view prefix,
                                         std::string_view id, const RawId& parent) {
    const auto raw = parse_id(id, prefix);
    const auto* found = raw ? snapshot.find(of_kind, *raw) : nullptr;
    if (found == nullptr || (!parent.is_nil() && found->parent != parent))
        return refuse_unknown(of_kind, id);
    return found;
}

projects::Command alone(std::function<Result<http::Response>(const projects::Context&)> run) {
    projects::Command command;
    command.run = std::move(run);
    command.alone = true;
    return command;
}

projects::Definition create(const projects::Context& context, std::string_view of_kind,
                            Place place, const RawId& parent, std::string name,
                            json::object doc) {
    projects::Definition definition;
    definition.kind = of_kind;
    definition.id = context.batch.make_id<RawId>(place);
    definition.parent = parent;
    definition.name = std::move(name);
    definition.doc = std::move(doc);
    definition.created_at = context.now;
    projects::save_definition(context.batch.tx, context.project, definition);
    return definition;
}

projects::Definition change(const projects::Context& context, const projects::Definition& old,
                            std::string name, json::object doc) {
    projects::Definition definition = old;
    definition.name = std::move(name);
    definition.doc = std::move(doc);
    definition.updated_at = context.now;
    projects::save_definition(context.batch.tx, context.project, definition);
    return definition;
}

void remove(const projects::Context& context, const projects::Definition& old) {
    projects::Definition definition = old;
    definition.deleted = true;
    definition.updated_at = context.now;
    projects::save_definition(context.batch.tx, context.project, definition);
}

Result<json::object> read_object(const http::Request& request) {
    TRY(body, read_body(request));
    Issues issues;
    if (!JsonReader(body, issues).usable()) return issues.refuse();
    return std::move(body.get_object());
}

std::string if_match(const http::Request& request) {
    return std::string(request.headers.find("If-Match").value_or(""));
}

Result<void> check_version(const std::string& if_match, const projects::Definition& definition) {
    if (if_match.empty() || if_match == "*" || if_match == etag(definition)) return {};
    return refuse(error::version_conflict,
                  fmt::format("The version is {}, not {}", etag(definition), if_match));
}

http::Response answer(const projects::Definition& definition, const json::object& body) {
    http::Response response = http::json_response(to_text(body));
    response.headers.push_back({"ETag", etag(definition)});
    return response;
}

Result<PageOf> page_of(const http::Request& request,
                       std::vector<const projects::Definition*> items, Unasked unasked) {
    TRY(page, http::read_page(request.query, {sorted_by, "-created_at"}));
    TRY(filters, request.query.filters());
    if (!filters.conditions.empty())
        return refuse(error::invalid_query_params, "This list has no filters");
    const bool by_change = page.order_by == "updated_at";
    if (unasked == Unasked::newest_first || request.query.has("order"))
        std::ranges::stable_sort(items, [&](const auto* a, const auto* b) {
            return page.descending ? age_key(*b, by_change) < age_key(*a, by_change)
                                   : age_key(*a, by_change) < age_key(*b, by_change);
        });
    PageOf out{{}, items.size()};
    const auto first = std::min(static_cast<std::size_t>(page.offset()), items.size());
    const auto count = std::min(static_cast<std::size_t>(page.limit), items.size() - first);
    out.items.assign(items.begin() + static_cast<std::ptrdiff_t>(first),
                     items.begin() + static_cast<std::ptrdiff_t>(first + count));
    return out;
}

http::Response answer_list(std::string_view data_ref, json::array items, std::size_t total) {
    return http::json_response(to_text(json::object{{"object", "list"},
                                                    {"data_ref", data_ref},
                                                    {data_ref, std::move(items)},
                                                    {"total", total}}));
}

}  // namespace perennial::campaigns
