#include "app/planned_routes.hpp"

#include <array>
#include <set>

namespace perennial::app {
namespace {

struct Planned {
    std::string_view methods;
    std::string_view pattern;
};

// Every operation of the compatible API. What has no route of ours yet answers not_implemented.
constexpr Planned compatible_api[] = {
    {"GET POST", "/v1/vouchers"},
    {"GET PUT DELETE POST", "/v1/vouchers/{code}"},
    {"POST", "/v1/vouchers/{code}/enable"},
    {"POST", "/v1/vouchers/{code}/disable"},
    {"POST", "/v1/vouchers/{code}/balance"},
    {"GET", "/v1/vouchers/{code}/transactions"},
    {"POST", "/v1/vouchers/{code}/transactions/export"},
    {"POST", "/v1/vouchers/import"},
    {"POST", "/v1/vouchers/importCSV"},
    {"POST", "/v1/vouchers/bulk/async"},
    {"POST", "/v1/vouchers/metadata/async"},
    {"DELETE", "/v1/vouchers/{code}/sessions/{sessionKey}"},
    {"POST", "/v1/vouchers/qualification"},
    {"POST GET", "/v1/campaigns"},
    {"GET PUT DELETE", "/v1/campaigns/{campaignId}"},
    {"POST", "/v1/campaigns/{campaignId}/vouchers"},
    {"POST", "/v1/campaigns/{campaignId}/vouchers/{code}"},
    {"POST", "/v1/campaigns/{campaignId}/import"},
    {"POST", "/v1/campaigns/{campaignId}/importCSV"},
    {"POST", "/v1/campaigns/{campaignId}/enable"},
    {"POST", "/v1/campaigns/{campaignId}/disable"},
    {"GET", "/v1/campaigns/{campaignId}/transactions"},
    {"POST", "/v1/campaigns/{campaignId}/transactions/export"},
    {"GET", "/v1/campaigns/{campaignId}/summary"},
    {"POST", "/v1/campaigns/qualification"},
    {"GET", "/v1/promotions/tiers"},
    {"GET POST", "/v1/promotions/{campaignId}/tiers"},
    {"GET PUT DELETE", "/v1/promotions/tiers/{promotionTierId}"},
    {"POST", "/v1/promotions/tiers/{promotionTierId}/enable"},
    {"POST", "/v1/promotions/tiers/{promotionTierId}/disable"},
    {"GET", "/v1/promotions/stacks"},
    {"GET POST", "/v1/promotions/{campaignId}/stacks"},
    {"GET PUT DELETE", "/v1/promotions/{campaignId}/stacks/{stackId}"},
    {"GET POST", "/v1/publications"},
    {"GET", "/v1/publications/create"},
    {"POST", "/v1/qualifications"},
    {"POST", "/v1/validations"},
    {"POST", "/v1/vouchers/{code}/validate"},
    {"POST", "/v1/promotions/validation"},
    {"POST", "/v1/promotions/tiers/{tierId}/validation"},
    {"GET POST", "/v1/redemptions"},
    {"GET", "/v1/redemptions/{redemptionId}"},
    {"GET POST", "/v1/vouchers/{code}/redemption"},
    {"POST", "/v1/redemptions/{redemptionId}/rollback"},
    {"POST", "/v1/promotions/tiers/{promotionTierId}/redemption"},
    {"POST", "/v1/redemptions/{parentRedemptionId}/rollbacks"},
    {"POST", "/client/v1/qualifications"},
    {"GET", "/client/v1/promotions/tiers"},
    {"POST", "/client/v1/redemptions"},
    {"POST", "/client/v1/validations"},
    {"POST", "/client/v1/events"},
    {"GET", "/client/v1/validate"},
    {"POST", "/client/v1/redeem"},
    {"POST", "/client/v1/publish"},
    {"GET POST", "/v1/loyalties"},
    {"GET PUT DELETE", "/v1/loyalties/{campaignId}"},
    {"GET POST", "/v1/loyalties/{campaignId}/members"},
    {"GET", "/v1/loyalties/{campaignId}/members/{memberId}"},
    {"GET", "/v1/loyalties/members/{memberId}"},
    {"GET", "/v1/loyalties/{campaignId}/pending-points"},
    {"GET", "/v1/loyalties/{campaignId}/members/{memberId}/pending-points"},
    {"GET", "/v1/loyalties/members/{memberId}/pending-points"},
    {"POST", "/v1/loyalties/members/{memberId}/pending-points/{pendingPointsId}/activate"},
    {"POST", "/v1/loyalties/members/{memberId}/pending-points/{pendingPointsId}/balance"},
    {"POST", "/v1/loyalties/members/{memberId}/pending-points/{pendingPointsId}/cancel"},
    {"GET", "/v1/loyalties/{campaignId}/members/{memberId}/activity"},
    {"GET", "/v1/loyalties/members/{memberId}/activity"},
    {"POST", "/v1/loyalties/{campaignId}/members/{memberId}/balance"},
    {"POST", "/v1/loyalties/members/{memberId}/balance"},
    {"POST", "/v1/loyalties/{campaignId}/members/{memberId}/transfers"},
    {"GET", "/v1/loyalties/{campaignId}/transactions"},
    {"POST", "/v1/loyalties/{campaignId}/transactions/export"},
    {"GET", "/v1/loyalties/{campaignId}/members/{memberId}/transactions"},
    {"GET", "/v1/loyalties/members/{memberId}/transactions"},
    {"POST", "/v1/loyalties/members/{memberId}/transactions/export"},
    {"POST", "/v1/loyalties/{campaignId}/members/{memberId}/transactions/export"},
    {"GET", "/v1/loyalties/{campaignId}/members/{memberId}/points-expiration"},
    {"POST", "/v1/loyalties/{campaignId}/points-expiration/export"},
    {"GET POST", "/v1/loyalties/{campaignId}/earning-rules"},
    {"GET PUT DELETE", "/v1/loyalties/{campaignId}/earning-rules/{earningRuleId}"},
    {"POST", "/v1/loyalties/{campaignId}/earning-rules/{earningRuleId}/enable"},
    {"POST", "/v1/loyalties/{campaignId}/earning-rules/{earningRuleId}/disable"},
    {"GET", "/v1/loyalties/members/{memberId}/rewards"},
    {"GET", "/v1/loyalties/{campaignId}/reward-assignments"},
    {"GET", "/v1/loyalties/{campaignId}/reward-assignments/{assignmentId}"},
    {"GET", "/v1/loyalties/{campaignId}/reward-assignments/{assignmentId}/reward"},
    {"GET POST", "/v1/loyalties/{campaignId}/rewards"},
    {"GET PUT DELETE", "/v1/loyalties/{campaignId}/rewards/{assignmentId}"},
    {"POST", "/v1/loyalties/{campaignId}/members/{memberId}/redemption"},
    {"POST", "/v1/loyalties/members/{memberId}/redemption"},
    {"GET POST", "/v1/loyalties/{campaignId}/tiers"},
    {"GET", "/v1/loyalties/{campaignId}/tiers/{loyaltyTierId}"},
    {"GET", "/v1/loyalties/members/{memberId}/tiers"},
    {"GET", "/v1/loyalties/{campaignId}/tiers/{loyaltyTierId}/earning-rules"},
    {"GET", "/v1/loyalties/{campaignId}/tiers/{loyaltyTierId}/rewards"},
    {"POST", "/v1/loyalties/{campaignId}/qualifications"},
    {"GET POST", "/v1/rewards"},
    {"GET PUT DELETE", "/v1/rewards/{rewardId}"},
    {"GET POST", "/v1/rewards/{rewardId}/assignments"},
    {"GET PUT DELETE", "/v1/rewards/{rewardId}/assignments/{assignmentId}"},
    {"GET POST", "/v1/customers"},
    {"GET PUT DELETE", "/v1/customers/{customerId}"},
    {"POST", "/v1/customers/{customerId}/permanent-deletion"},
    {"POST", "/v1/customers/importCSV"},
    {"POST", "/v1/customers/bulk/async"},
    {"POST", "/v1/customers/metadata/async"},
    {"GET", "/v1/customers/{customerId}/activity"},
    {"GET", "/v1/customers/{customerId}/activities"},
    {"GET", "/v1/customers/{customerId}/segments"},
    {"GET", "/v1/customers/{customerId}/redeemables"},
    {"GET POST", "/v1/segments"},
    {"GET DELETE", "/v1/segments/{segmentId}"},
    {"POST", "/v1/events"},
    {"GET POST", "/v1/orders"},
    {"GET PUT", "/v1/orders/{orderId}"},
    {"POST", "/v1/orders/import"},
    {"POST", "/v1/orders/export"},
    {"GET POST", "/v1/products"},
    {"GET PUT DELETE", "/v1/products/{productId}"},
    {"POST", "/v1/products/bulk/async"},
    {"POST", "/v1/products/metadata/async"},
    {"GET", "/v1/skus/{skuId}"},
    {"GET POST", "/v1/products/{productId}/skus"},
    {"PUT DELETE", "/v1/products/{productId}/skus/{skuId}"},
    {"POST", "/v1/products/importCSV"},
    {"POST", "/v1/skus/importCSV"},
    {"GET POST", "/v1/product-collections"},
    {"GET PUT DELETE", "/v1/product-collections/{productCollectionId}"},
    {"GET", "/v1/product-collections/{productCollectionId}/products"},
    {"GET POST", "/v1/referrals/{campaignId}/members/{memberId}/holders"},
    {"GET POST", "/v1/referrals/members/{memberId}/holders"},
    {"DELETE", "/v1/referrals/{campaignId}/members/{memberId}/holders/{holderId}"},
    {"DELETE", "/v1/referrals/members/{memberId}/holders/{holderId}"},
    {"GET POST", "/v1/validation-rules"},
    {"GET PUT DELETE", "/v1/validation-rules/{validationRuleId}"},
    {"GET", "/v1/validation-rules-assignments"},
    {"GET POST", "/v1/validation-rules/{validationRuleId}/assignments"},
    {"DELETE", "/v1/validation-rules/{validationRuleId}/assignments/{assignmentId}"},
    {"GET", "/v1/metadata-schemas"},
    {"GET", "/v1/metadata-schemas/{resource}"},
    {"GET", "/v1/locations"},
    {"GET", "/v1/locations/{locationId}"},
    {"GET POST", "/v1/categories"},
    {"GET PUT DELETE", "/v1/categories/{categoryId}"},
    {"GET", "/v1/async-actions"},
    {"GET", "/v1/async-actions/{asyncActionId}"},
    {"GET POST", "/v1/exports"},
    {"GET DELETE", "/v1/exports/{exportId}"},
    {"GET", "/v1/trash-bin"},
    {"DELETE", "/v1/trash-bin/{binEntryId}"},
    {"GET POST", "/v1/templates/campaigns"},
    {"GET PUT DELETE", "/v1/templates/campaigns/{campaignTemplateId}"},
    {"POST", "/v1/templates/campaigns/{campaignTemplateId}/campaign-setup"},
    {"POST", "/v1/templates/campaigns/{campaignTemplateId}/tier-setup"},
    {"POST", "/v1/oauth/token"},
    {"POST", "/v1/oauth/introspect"},
    {"POST", "/v1/oauth/token/revoke"},
    {"POST GET", "/management/v1/projects"},
    {"GET PUT DELETE", "/management/v1/projects/{projectId}"},
    {"GET POST", "/management/v1/projects/{projectId}/users"},
    {"GET PUT DELETE", "/management/v1/projects/{projectId}/users/{userId}"},
    {"POST", "/management/v1/projects/users/invite"},
    {"GET", "/management/v1/projects/{projectId}/templates/campaigns"},
    {"POST", "/management/v1/projects/{projectId}/templates/campaigns/{campaignTemplateId}/copy"},
    {"GET POST", "/management/v1/projects/{projectId}/stacking-rules"},
    {"GET PUT DELETE", "/management/v1/projects/{projectId}/stacking-rules/{stackingRulesId}"},
    {"GET POST", "/management/v1/projects/{projectId}/metadata-schemas"},
    {"GET PUT DELETE", "/management/v1/projects/{projectId}/metadata-schemas/{metadataSchemaId}"},
    {"GET POST", "/management/v1/projects/{projectId}/custom-event-schemas"},
    {"GET PUT DELETE", "/management/v1/projects/{projectId}/custom-event-schemas/{customEventSchemaId}"},
    {"GET POST", "/management/v1/projects/{projectId}/webhooks"},
    {"GET PUT DELETE", "/management/v1/projects/{projectId}/webhooks/{webhookId}"},
    {"GET POST", "/management/v1/projects/{projectId}/branding"},
    {"GET PUT DELETE", "/management/v1/projects/{projectId}/branding/{brandingId}"},
    {"GET", "/v1/consents"},
    {"PUT", "/v1/customers/{customerId}/consents"},
    {"POST", "/v1/validation-rules/{validationRuleId}/validation"},
    {"GET", "/client/v1/promotions/validation"},
    {"GET", "/client/v1/vouchers"},
    {"POST", "/client/v1/customers"},
    {"GET", "/client/v1/consents"},
    {"PUT", "/client/v1/customers/{customerId}/consents"},
    {"GET POST PUT DELETE", "/v2/loyalties/{path...}"},
};

/// Routes whose patterns differ in the names of parameters only are one.
std::string shape_of(http::Method method, std::string_view pattern) {
    std::string out(http::method_name(method));
    bool inside = false;
    for (const char c : pattern) {
        if (c == '}') inside = false;
        if (!inside) out += c;
        if (c == '{') inside = true;
    }
    return out;
}

template <class Visit>
void each_operation(Visit visit) {
    for (const Planned& planned : compatible_api)
        for (std::string_view rest = planned.methods; !rest.empty();) {
            const auto space = rest.find(' ');
            visit(http::method_from(rest.substr(0, space)), planned.pattern);
            rest.remove_prefix(space == std::string_view::npos ? rest.size() : space + 1);
        }
}

}  // namespace

void add_planned_routes(projects::Routes& routes) {
    std::set<std::string> known;
    for (const projects::Route& route : routes) known.insert(shape_of(route.method, route.pattern));
    each_operation([&](http::Method method, std::string_view pattern) {
        if (!known.insert(shape_of(method, pattern)).second) return;
        routes.push_back({.method = method,
                          .pattern = std::string(pattern),
                          .permission = method == http::Method::get ? projects::Permission::read
                                                                    : projects::Permission::write,
                          .doc = {.tag = "Planned", .summary = "Not implemented yet"}});
    });
}

}  // namespace perennial::app
