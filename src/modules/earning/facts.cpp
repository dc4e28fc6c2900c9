#include "modules/earning/facts.hpp"

#include "cel/fact.hpp"

namespace perennial::earning {
namespace {

/// As orders are bounded (api.md 17), so that the cost of a loop over items is known when saved.
constexpr std::uint32_t order_items_max = 500;

// No expression can write this name, so a slot that holds it cannot be read.
constexpr const char* unnamed = "-";

cel::Environment make_environment(bool order, bool event,
                                  const cel::StructType& customer = customer_type) {
    cel::Environment environment;
    const auto slot_at = [&](Slot expected, const char* name, const cel::StructType& type) {
        CHECK(environment.add(name, type) == expected);
    };
    slot_at(slot_customer, "customer", customer);
    slot_at(slot_order, order ? "order" : unnamed, order_type);
    slot_at(slot_event, event ? "event" : unnamed, event_type);
    slot_at(slot_context, "context", context_type);
    return environment;
}

}  // namespace

const cel::StructType item_type{
    "item",
    {cel::field<&ItemFacts::product_id>("product_id"), cel::field<&ItemFacts::sku_id>("sku_id"),
     cel::field<&ItemFacts::product_source_id>("product_source_id"),
     cel::field<&ItemFacts::sku_source_id>("sku_source_id"),
     cel::field<&ItemFacts::name>("name"), cel::field<&ItemFacts::category>("category"),
     cel::field<&ItemFacts::quantity>("quantity"), cel::field<&ItemFacts::price>("price"),
     cel::field<&ItemFacts::amount>("amount"),
     cel::field<&ItemFacts::subtotal_amount>("subtotal_amount"),
     cel::field<&ItemFacts::line_type>("line_type"),
     cel::field<&ItemFacts::tax_amount>("tax_amount"),
     cel::field<&ItemFacts::metadata>("metadata")}};

const cel::StructType order_type{
    "order",
    {cel::field<&OrderFacts::id>("id"), cel::field<&OrderFacts::source_id>("source_id"),
     cel::field<&OrderFacts::status>("status"), cel::field<&OrderFacts::amount>("amount"),
     cel::field<&OrderFacts::discount_amount>("discount_amount"),
     cel::field<&OrderFacts::total_amount>("total_amount"),
     cel::field<&OrderFacts::tax_amount>("tax_amount"),
     cel::list_field<&OrderFacts::items, item_type>("items", order_items_max),
     cel::field<&OrderFacts::metadata>("metadata"),
     cel::field<&OrderFacts::created_at>("created_at")}};

const cel::StructType customer_type{
    "customer",
    {cel::field<&CustomerFacts::id>("id"), cel::field<&CustomerFacts::source_id>("source_id"),
     cel::field<&CustomerFacts::name>("name"), cel::field<&CustomerFacts::email>("email"),
     cel::field<&CustomerFacts::tier>("tier"), cel::field<&CustomerFacts::benefits>("benefits"),
     cel::field<&CustomerFacts::points>("points"),
     cel::field<&CustomerFacts::orders_count>("orders_count"),
     cel::field<&CustomerFacts::orders_amount>("orders_amount"),
     cel::field<&CustomerFacts::last_order_at>("last_order_at"),
     cel::field<&CustomerFacts::birthdate>("birthdate"),
     cel::field<&CustomerFacts::country>("country"), cel::field<&CustomerFacts::city>("city"),
     cel::field<&CustomerFacts::metadata>("metadata"),
     cel::field<&CustomerFacts::created_at>("created_at")}};

const cel::StructType customer_of_a_day_type{
    "customer",
    {cel::field<&CustomerFacts::tier>("tier"), cel::field<&CustomerFacts::points>("points")}};

const cel::StructType event_type{"event",
                                 {cel::field<&EventFacts::name>("name"),
                                  cel::field<&EventFacts::metadata>("metadata")}};

const cel::StructType context_type{"context",
                                   {cel::field<&ContextFacts::now>("now"),
                                    cel::field<&ContextFacts::local_hour>("local_hour"),
                                    cel::field<&ContextFacts::local_weekday>("local_weekday"),
                                    cel::field<&ContextFacts::local_date>("local_date"),
                                    cel::field<&ContextFacts::channel>("channel")}};

const cel::Environment& order_environment() {
    static const cel::Environment environment = make_environment(true, false);
    return environment;
}

const cel::Environment& event_environment() {
    static const cel::Environment environment = make_environment(false, true);
    return environment;
}

const cel::Environment& day_environment() {
    static const cel::Environment environment =
        make_environment(false, false, customer_of_a_day_type);
    return environment;
}

const cel::Environment& tier_environment() {
    static const cel::Environment environment = make_environment(false, false);
    return environment;
}

}  // namespace perennial::earning
