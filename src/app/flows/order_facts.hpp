// An order as rules see it.
#pragma once
#include "modules/earning/facts.hpp"
#include "modules/earning/model.hpp"
#include "modules/orders/model.hpp"

namespace perennial::flows {

/// Views into the order and into `id`.
struct OrderView {
    earning::OrderFacts facts;
    std::string id;
};
/// What is left of it: without returned lines (decisions.md 16).
void fill_kept(OrderView&, const orders::Order&);
/// As it was when `returned` (by item; empty = nothing) had come back.
void fill_as_decided(OrderView&, const orders::Order&, const std::vector<std::int64_t>& returned);

/// What rules see of a moment; a view into `date`, which is filled.
earning::ContextFacts context_facts(Timestamp at, const TimeZone&, std::string_view channel,
                                    std::string& date);

/// Whether an item is the product or SKU, or in the collection.
bool applies(const earning::Applicable&, const earning::ItemFacts&);

/// Every line came back.
bool all_returned(const orders::Order&);
/// Canceled, or every line came back.
bool nothing_left(const orders::Order&);

}  // namespace perennial::flows
