#include "app/bin_check.hpp"

#include <fmt/format.h>

#include <boost/json.hpp>

#include "modules/campaigns/definitions.hpp"
#include "modules/catalog/queries.hpp"
#include "modules/ledger/model.hpp"
#include "modules/projects/requests.hpp"
#include "modules/trash_bin/store.hpp"

namespace perennial::app {
namespace {

using projects::Context;
using trash_bin::Entry;

bool is_one_of(std::string_view pattern, std::initializer_list<std::string_view> of) {
    return std::ranges::find(of, pattern) != of.end();
}

std::optional<Entry> campaign_entry(const Context& context, const std::string& id) {
    const auto* found = campaigns::find_program(*context.snapshot, id);
    if (found == nullptr) return std::nullopt;
    return Entry{.resource_type = "campaign",
                 .resource_id = ledger::ProgramId(found->id).text(),
                 .resource_name = found->name};
}

std::optional<Entry> product_entry(const Context& context, const std::string& id) {
    const auto found = catalog::load_product(context.batch.tx, context.project, std::string_view(id));
    if (!found) return std::nullopt;
    return Entry{.resource_type = "product",
                 .resource_id = found->id.text(),
                 .resource_name = found->name.value_or(found->source_id.value_or(""))};
}

std::optional<Entry> sku_entry(const Context& context, const std::string& id) {
    const auto found = catalog::load_sku(context.batch.tx, context.project, std::string_view(id));
    if (!found) return std::nullopt;
    return Entry{.resource_type = "sku",
                 .resource_id = found->id.text(),
                 .resource_name = found->sku.value_or(found->source_id.value_or("")),
                 .resource_parent = found->product.text()};
}

using Describe = std::optional<Entry> (*)(const Context&, const std::string&);

void bin_what_is_deleted(projects::Command& command, Describe describe, std::string id) {
    command.run = [run = std::move(command.run), describe, id = std::move(id)](
                      const Context& context) -> Result<http::Response> {
        auto entry = describe(context, id);
        TRY(response, run(context));
        if (entry && response.status < 300) {
            entry->id = context.batch.make_id<trash_bin::EntryId>(place_of(id));
            entry->app_id = context.actor.app_id;
            entry->created_at = context.now;
            trash_bin::save_entry(context.batch.tx, context.project, *entry);
        }
        return response;
    };
}

void refuse_binned_names(projects::Command& command, const http::Request& request) {
    const auto body = projects::read_body(request);
    if (!body || !body->is_object()) return;
    const json::value* name = body->get_object().if_contains("name");
    if (name == nullptr || !name->is_string()) return;
    command.run = [run = std::move(command.run), name = std::string(name->get_string())](
                      const Context& context) -> Result<http::Response> {
        if (trash_bin::holds_name(context.batch.tx, context.project, "campaign", name))
            return refuse(error::duplicate_found,
                          fmt::format("A deleted campaign in the trash bin has the name {}: delete "
                                      "its entry first",
                                      name));
        return run(context);
    };
}

}  // namespace

void keep_in_bin(const projects::Route& route, const http::Request& request,
                 projects::Command& command) {
    const std::string_view pattern = route.pattern;
    if (route.method == http::Method::delete_) {
        const auto force = request.query.text("force");
        if (force == "true" || request.path_params.empty()) return;
        if (is_one_of(pattern, {"/v1/campaigns/{campaignId}", "/v1/loyalties/{campaignId}"}))
            bin_what_is_deleted(command, campaign_entry, request.path_params.at(0));
        else if (pattern == "/v1/products/{productId}")
            bin_what_is_deleted(command, product_entry, request.path_params.at(0));
        else if (pattern == "/v1/products/{productId}/skus/{skuId}")
            bin_what_is_deleted(command, sku_entry, request.path_params.at(1));
    } else if (is_one_of(pattern, {"/v1/campaigns", "/v1/loyalties", "/v1/campaigns/{campaignId}",
                                   "/v1/loyalties/{campaignId}"})) {
        if (route.method == http::Method::post || route.method == http::Method::put)
            refuse_binned_names(command, request);
    }
}

}  // namespace perennial::app
