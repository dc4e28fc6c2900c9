// The closed list of what a webhook can listen to (api.md 15). The compatible API spells four names
// wrong in its subscriptions ("…_aded"): both spellings are taken, the right one is sent.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace perennial::webhooks {

#define PERENNIAL_EVENT_TYPES(X)                                                            \
    X(rule_created, "business_validation_rule.created")                                     \
    X(rule_updated, "business_validation_rule.updated")                                     \
    X(rule_deleted, "business_validation_rule.deleted")                                     \
    X(rule_assignment_created, "business_validation_rule.assignment.created")               \
    X(rule_assignment_deleted, "business_validation_rule.assignment.deleted")               \
    X(campaign_created, "campaign.created")                                                 \
    X(campaign_updated, "campaign.updated")                                                 \
    X(campaign_deleted, "campaign.deleted")                                                 \
    X(campaign_enabled, "campaign.enabled")                                                 \
    X(campaign_disabled, "campaign.disabled")                                               \
    X(campaign_vouchers_added, "campaign.vouchers.added")                                   \
    X(campaign_vouchers_generation_started, "campaign.vouchers.generation.started")         \
    X(campaign_vouchers_generation_completed, "campaign.vouchers.generation.completed")     \
    X(campaign_vouchers_generation_failed, "campaign.vouchers.generation.failed")           \
    X(campaign_promotion_tier_created, "campaign.promotion_tier.created")                   \
    X(campaign_promotion_tier_updated, "campaign.promotion_tier.updated")                   \
    X(campaign_promotion_tier_deleted, "campaign.promotion_tier.deleted")                   \
    X(campaign_promotion_tier_enabled, "campaign.promotion_tier.enabled")                   \
    X(campaign_promotion_tier_disabled, "campaign.promotion_tier.disabled")                 \
    X(campaign_promotion_stack_created, "campaign.promotion_stack.created")                 \
    X(campaign_promotion_stack_updated, "campaign.promotion_stack.updated")                 \
    X(campaign_loyalty_tier_created, "campaign.loyalty_tier.created")                       \
    X(campaign_loyalty_tier_updated, "campaign.loyalty_tier.updated")                       \
    X(campaign_loyalty_tier_deleted, "campaign.loyalty_tier.deleted")                       \
    X(campaign_referral_tier_created, "campaign.referral_tier.created")                     \
    X(campaign_referral_tier_updated, "campaign.referral_tier.updated")                     \
    X(campaign_referral_tier_deleted, "campaign.referral_tier.deleted")                     \
    X(campaign_earning_rule_assigned, "campaign.earning_rule.assigned")                     \
    X(campaign_earning_rule_updated, "campaign.earning_rule.updated")                       \
    X(campaign_earning_rule_deleted, "campaign.earning_rule.deleted")                       \
    X(campaign_earning_rule_enabled, "campaign.earning_rule.enabled")                       \
    X(campaign_earning_rule_disabled, "campaign.earning_rule.disabled")                     \
    X(campaign_reward_assignment_created, "campaign.reward.assignment.created")             \
    X(campaign_reward_assignment_updated, "campaign.reward.assignment.updated")             \
    X(campaign_reward_assignment_deleted, "campaign.reward.assignment.deleted")             \
    X(customer_created, "customer.created")                                                 \
    X(customer_updated, "customer.updated")                                                 \
    X(customer_deleted, "customer.deleted")                                                 \
    X(customer_confirmed, "customer.confirmed")                                             \
    X(customer_rewarded, "customer.rewarded")                                               \
    X(customer_rewarded_points, "customer.rewarded.loyalty_points")                         \
    X(customer_order_created, "customer.order.created")                                     \
    X(customer_order_paid, "customer.order.paid")                                           \
    X(customer_order_updated, "customer.order.updated")                                     \
    X(customer_order_canceled, "customer.order.canceled")                                   \
    X(customer_segment_entered, "customer.segment.entered")                                 \
    X(customer_segment_left, "customer.segment.left")                                       \
    X(customer_custom_event, "customer.custom_event")                                       \
    X(customer_tier_joined, "customer.loyalty.tier.joined")                                 \
    X(customer_tier_left, "customer.loyalty.tier.left")                                     \
    X(customer_tier_upgraded, "customer.loyalty.tier.upgraded")                             \
    X(customer_tier_downgraded, "customer.loyalty.tier.downgraded")                         \
    X(customer_tier_prolonged, "customer.loyalty.tier.prolonged")                           \
    X(customer_gift_balance_added, "customer.voucher.gift.balance_added")                   \
    X(customer_points_added, "customer.voucher.loyalty_card.points_added")                  \
    X(customer_points_expired, "customer.voucher.loyalty_card.points_expired")              \
    X(customer_points_expiring, "customer.voucher.loyalty_card.points_expiring")            \
    X(customer_points_transferred, "customer.voucher.loyalty_card.points_transferred")      \
    X(customer_pending_points_added, "customer.voucher.loyalty_card.pending_points.added")  \
    X(customer_pending_points_activated,                                                    \
      "customer.voucher.loyalty_card.pending_points.activated")                             \
    X(customer_pending_points_canceled,                                                     \
      "customer.voucher.loyalty_card.pending_points.canceled")                              \
    X(customer_pending_points_updated,                                                      \
      "customer.voucher.loyalty_card.pending_points.updated")                               \
    X(customer_reward_redemption_created, "customer.reward_redemptions.created")            \
    X(customer_reward_redemption_pending, "customer.reward_redemptions.pending")            \
    X(customer_reward_redemption_completed, "customer.reward_redemptions.completed")        \
    X(customer_redemption_succeeded, "customer.redemption.succeeded")                       \
    X(customer_redemption_failed, "customer.redemption.failed")                             \
    X(customer_redemption_rollback_succeeded, "customer.redemption.rollback.succeeded")     \
    X(customer_redemption_rollback_failed, "customer.redemption.rollback.failed")           \
    X(customer_publication_succeeded, "customer.publication.succeeded")                     \
    X(customer_holder_assignment_created, "customer.holder.assignment.created")             \
    X(customer_holder_assignment_deleted, "customer.holder.assignment.deleted")             \
    X(publication_succeeded, "publication.succeeded")                                       \
    X(redemption_succeeded, "redemption.succeeded")                                         \
    X(redemption_failed, "redemption.failed")                                               \
    X(redemption_rollback_succeeded, "redemption.rollback.succeeded")                       \
    X(redemption_rollback_failed, "redemption.rollback.failed")                             \
    X(voucher_created, "voucher.created")                                                   \
    X(voucher_updated, "voucher.updated")                                                   \
    X(voucher_deleted, "voucher.deleted")                                                   \
    X(voucher_enabled, "voucher.enabled")                                                   \
    X(voucher_disabled, "voucher.disabled")                                                 \
    X(voucher_published, "voucher.published")                                               \
    X(voucher_gift_balance_added, "voucher.gift.balance_added")                             \
    X(voucher_gift_transaction_created, "voucher.gift.transaction.created")                 \
    X(voucher_points_added, "voucher.loyalty_card.points_added")                            \
    X(voucher_points_expired, "voucher.loyalty_card.points_expired")                        \
    X(voucher_transaction_created, "voucher.loyalty_card.transaction.created")              \
    X(voucher_pending_points_added, "voucher.loyalty_card.pending_points.added")            \
    X(voucher_pending_points_activated, "voucher.loyalty_card.pending_points.activated")    \
    X(voucher_pending_points_canceled, "voucher.loyalty_card.pending_points.canceled")      \
    X(voucher_pending_points_updated, "voucher.loyalty_card.pending_points.updated")

enum class EventType : std::uint8_t {
#define PERENNIAL_EVENT_TYPE(name, text) name,
    PERENNIAL_EVENT_TYPES(PERENNIAL_EVENT_TYPE)
#undef PERENNIAL_EVENT_TYPE
};

inline constexpr auto event_type_names = std::to_array<std::string_view>({
#define PERENNIAL_EVENT_TYPE(name, text) text,
    PERENNIAL_EVENT_TYPES(PERENNIAL_EVENT_TYPE)
#undef PERENNIAL_EVENT_TYPE
});

inline constexpr std::size_t event_type_count = event_type_names.size();

constexpr std::string_view name_of(EventType type) {
    return event_type_names[static_cast<std::size_t>(type)];
}

/// Either spelling.
std::optional<EventType> event_type_from(std::string_view name);

}  // namespace perennial::webhooks
