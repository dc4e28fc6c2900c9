#include "app/metadata_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>

#include "modules/metadata_schemas/schema.hpp"

namespace perennial::app {
namespace {

using metadata_schemas::Schema;
using metadata_schemas::Schemas;

/// Where in a body, and in the answer, an object of this kind lies: names and * between slashes.
struct Place {
    std::string_view pattern;  ///< of the routes, without a parameter at the end
    std::string_view path;
    std::string_view object;
};

constexpr std::array places{
    Place{"/v1/customers", "", "customer"},
    Place{"/v1/customers/{customerId}", "", "customer"},
    Place{"/v1/customers/bulk/async", "*", "customer"},
    Place{"/v1/customers/metadata/async", "", "customer"},
    Place{"/client/v1/customers", "", "customer"},
    Place{"/v1/orders", "", "order"},
    Place{"/v1/orders", "items/*", "order_item"},
    Place{"/v1/orders", "items/*/product", "product"},
    Place{"/v1/orders", "customer", "customer"},
    Place{"/v1/orders/{orderId}", "", "order"},
    Place{"/v1/orders/{orderId}", "items/*", "order_item"},
    Place{"/v1/orders/{orderId}", "items/*/product", "product"},
    Place{"/v1/orders/{orderId}", "customer", "customer"},
    Place{"/v1/orders/import", "*", "order"},
    Place{"/v1/events", "customer", "customer"},
    Place{"/v1/products", "", "product"},
    Place{"/v1/products/{productId}", "", "product"},
    Place{"/v1/products/bulk/async", "*", "product"},
    Place{"/v1/products/metadata/async", "", "product"},
    Place{"/v1/rewards", "", "reward"},
    Place{"/v1/rewards/{rewardId}", "", "reward"},
    Place{"/v1/loyalties", "", "campaign"},
    Place{"/v1/loyalties/{campaignId}", "", "campaign"},
    Place{"/v1/campaigns", "", "campaign"},
    Place{"/v1/campaigns/{campaignId}", "", "campaign"},
    Place{"/v1/loyalties/{campaignId}/tiers", "*", "loyalty_tier"},
    Place{"/v1/loyalties/{campaignId}/tiers/{loyaltyTierId}", "", "loyalty_tier"},
    Place{"/v1/loyalties/{campaignId}/earning-rules", "*", "earning_rule"},
    Place{"/v1/loyalties/{campaignId}/earning-rules/{earningRuleId}", "", "earning_rule"},
    Place{"/v1/loyalties/{campaignId}/members", "", "voucher"},
    Place{"/v1/vouchers/{code}", "", "voucher"},
    Place{"/v1/loyalties/members/{memberId}/redemption", "", "redemption"},
    Place{"/v1/loyalties/{campaignId}/members/{memberId}/redemption", "", "redemption"},
};
constexpr std::string_view events_pattern = "/v1/events";
constexpr std::string_view client_events_pattern = "/client/v1/events";

/// Visits the objects at a path, with the pointer to each.
template <class Visit>
void each_at(const json::value& value, std::string_view path, const std::string& pointer,
             Visit visit) {
    if (path.empty()) {
        if (value.is_object()) visit(value.get_object(), pointer);
        return;
    }
    const auto slash = path.find('/');
    const std::string_view step = path.substr(0, slash);
    const std::string_view rest = slash == path.npos ? std::string_view() : path.substr(slash + 1);
    if (step == "*") {
        if (!value.is_array()) return;
        for (std::size_t i = 0; i < value.get_array().size(); ++i)
            each_at(value.get_array()[i], rest, fmt::format("{}/{}", pointer, i), visit);
    } else if (value.is_object()) {
        if (const json::value* next = value.get_object().if_contains(step))
            each_at(*next, rest, fmt::format("{}/{}", pointer, step), visit);
    }
}

const json::object* metadata_in(const json::object& object) {
    const json::value* metadata = object.if_contains("metadata");
    return metadata != nullptr && metadata->is_object() ? &metadata->get_object() : nullptr;
}

/// The body of one request, for the checks before and after its command.
class Check {
  public:
    Check(std::string_view pattern, std::shared_ptr<const http::Request> request)
        : pattern_(pattern), request_(std::move(request)) {}

    Result<void> before(const projects::Snapshot& snapshot) const {
        const auto& schemas = snapshot.get<Schemas>();
        const bool is_event = pattern_ == events_pattern || pattern_ == client_events_pattern;
        const bool strict = is_event && snapshot.project().settings.strict_events;
        if (schemas.empty() && !strict) return {};
        const auto body = parse_json(request_->body);
        if (!body) return {};  // the route says what is wrong with it
        std::vector<FieldIssue> issues;
        for (const Place& place : places)
            if (place.pattern == pattern_)
                if (const Schema* schema = schemas.of_object(place.object))
                    each_at(*body, place.path, "",
                            [&](const json::object& object, const std::string& pointer) {
                                if (const json::object* metadata = metadata_in(object))
                                    schemas.check(*schema, *metadata, false, pointer + "/metadata",
                                                  issues);
                            });
        if (is_event) TRY_VOID(check_event(schemas, strict, *body, issues));
        if (!issues.empty()) return metadata_schemas::refuse_metadata(std::move(issues));
        return {};
    }

    /// What is made new, or was sent metadata, must have all that is required.
    void after(const projects::Snapshot& snapshot, const http::Response& response) const {
        const auto& schemas = snapshot.get<Schemas>();
        if (schemas.empty() || response.status >= 300 || response.body.empty()) return;
        const bool concerned = std::ranges::any_of(places, [&](const Place& place) {
            return place.pattern == pattern_ && schemas.of_object(place.object) != nullptr;
        });
        if (!concerned) return;
        const auto sent = parse_json(request_->body.empty() ? "{}" : request_->body);
        const auto made = parse_json(response.body);
        if (!sent || !made) return;
        const bool sent_many = sent->is_array();
        std::vector<FieldIssue> issues;
        for (const Place& place : places) {
            if (place.pattern != pattern_) continue;
            const Schema* schema = schemas.of_object(place.object);
            if (schema == nullptr) continue;
            std::vector<bool> has_metadata;
            each_at(*sent, place.path, "", [&](const json::object& object, const std::string&) {
                has_metadata.push_back(metadata_in(object) != nullptr);
            });
            std::size_t at = 0;
            const std::string path =
                sent_many && made->is_object() ? "data/" + std::string(place.path)
                                               : std::string(place.path);
            each_at(*made, path, "", [&](const json::object& object, const std::string& pointer) {
                const bool was_sent = at < has_metadata.size() && has_metadata[at];
                ++at;
                if (!was_sent && !is_new(object, place)) return;
                const json::object* metadata = metadata_in(object);
                schemas.check(*schema, metadata == nullptr ? json::object() : *metadata, true,
                              pointer + "/metadata", issues);
            });
        }
        if (!issues.empty())
            throw projects::LateRefusal{
                metadata_schemas::refuse_metadata(std::move(issues)).error()};
    }

  private:
    /// Objects at the top say when they were changed; those inside of others do not.
    static bool is_new(const json::object& object, const Place& place) {
        if (!place.path.empty() && place.path != "*") return false;
        const json::value* updated_at = object.if_contains("updated_at");
        return object.contains("created_at") && (updated_at == nullptr || updated_at->is_null());
    }

    static Result<void> check_event(const Schemas& schemas, bool strict, const json::value& body,
                                    std::vector<FieldIssue>& issues) {
        const json::value* name =
            body.is_object() ? body.get_object().if_contains("event") : nullptr;
        if (name == nullptr || !name->is_string()) return {};
        const Schema* schema = schemas.of_event(name->get_string());
        if (schema == nullptr) {
            if (!strict) return {};
            Issues unknown;
            unknown.add("/event", "unknown_event",
                        fmt::format("'{}' has no custom event schema, and this project is strict",
                                    std::string_view(name->get_string())));
            return unknown.refuse();
        }
        const json::object* metadata = metadata_in(body.get_object());
        schemas.check(*schema, metadata == nullptr ? json::object() : *metadata, true, "/metadata",
                      issues);
        return {};
    }

    std::string pattern_;
    std::shared_ptr<const http::Request> request_;
};

bool takes_metadata(const projects::Route& route) {
    if (route.method != http::Method::post && route.method != http::Method::put) return false;
    return route.pattern == events_pattern || route.pattern == client_events_pattern ||
           std::ranges::find(places, std::string_view(route.pattern), &Place::pattern) !=
               places.end();
}

}  // namespace

void check_metadata(const projects::Route& route, std::shared_ptr<const http::Request> request,
                    projects::Command& command) {
    if (!takes_metadata(route)) return;
    command.run = [check = Check(route.pattern, std::move(request)),
                   run = std::move(command.run)](
                      const projects::Context& context) -> Result<http::Response> {
        TRY_VOID(check.before(*context.snapshot));
        auto result = run(context);
        if (result) check.after(*context.snapshot, *result);
        return result;
    };
}

}  // namespace perennial::app
