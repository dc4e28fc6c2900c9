// Earning for what is known of a person: joining, and a completed profile.
#pragma once
#include "modules/customers/store.hpp"
#include "modules/ledger/store.hpp"
#include "modules/projects/route.hpp"

namespace perennial::members {

/// A fresh card: rules of customer.loyalty.joined, and of a profile that is complete already.
void earn_for_joining(const projects::Context&, ledger::Card&, const customers::Customer&);

/// The profile changed: on each of the customer's cards, rules of customer.profile.completed whose
/// fields are all filled now earn, once in the card's life each. Cards learn the birthday.
void profile_changed(const projects::Context&, const customers::Customer&);

}  // namespace perennial::members
