// The API's lists of values, in the order of the model's enums.
#pragma once
#include <array>
#include <optional>
#include <string_view>

#include "modules/earning/model.hpp"

namespace perennial::earning::words {

/// By Measure: `calculation_type`, and where its leaf lies.
struct MeasureWords {
    std::string_view calculation_type;
    std::string_view object;
    std::string_view leaf;
};
inline constexpr std::array<MeasureWords, 8> measures{{
    {"ORDER_AMOUNT", "order", "amount"},
    {"ORDER_TOTAL_AMOUNT", "order", "total_amount"},
    {"ORDER_METADATA", "order", "metadata"},
    {"ORDER_ITEMS_QUANTITY", "order_items", "quantity"},
    {"ORDER_ITEMS_AMOUNT", "order_items", "amount"},
    {"ORDER_ITEMS_SUBTOTAL_AMOUNT", "order_items", "subtotal_amount"},
    {"CUSTOMER_METADATA", "customer", "metadata"},
    {"CUSTOM_EVENT_METADATA", "custom_event", "metadata"},
}};

struct TriggerWord {
    std::string_view event;
    Trigger trigger;
};
inline constexpr std::array<TriggerWord, 10> triggers{{
    {"order.paid", Trigger::order_paid},
    {"customer.loyalty.tier.joined", Trigger::tier_joined},
    {"customer.loyalty.tier.left", Trigger::tier_left},
    {"customer.loyalty.tier.upgraded", Trigger::tier_upgraded},
    {"customer.loyalty.tier.downgraded", Trigger::tier_downgraded},
    {"customer.loyalty.tier.prolonged", Trigger::tier_prolonged},
    {"customer.loyalty.joined", Trigger::member_joined},
    {"customer.birthday", Trigger::birthday},
    {"customer.loyalty.anniversary", Trigger::anniversary},
    {"customer.profile.completed", Trigger::profile_completed},
}};

/// What fires a rule with this `event`; any other word is the name of a custom event.
inline Trigger trigger_of(std::string_view event) {
    for (const TriggerWord& word : triggers)
        if (word.event == event) return word.trigger;
    return Trigger::custom_event;
}

/// Of `exclude`, as orders::line_type_name has them.
inline constexpr std::array<std::string_view, 3> line_types{"SHIPPING", "GIFT_CARD", "TAX"};

/// Of `profile`, as members::fill finds them; and metadata.KEY.
inline constexpr std::array<std::string_view, 8> profile_fields{
    "name", "email", "phone", "birthdate", "address.country", "address.city",
    "address.postal_code", "address.line_1"};

inline constexpr std::string_view any_tier = "__ANY__";

}  // namespace perennial::earning::words
