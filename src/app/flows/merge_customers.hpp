// Two customers who are one person: POST /v1/customers/{customerId}/merge.
#pragma once
#include <string>

#include "modules/customers/store.hpp"
#include "modules/ledger/store.hpp"
#include "modules/projects/route.hpp"

namespace perennial::flows {

struct MergeCustomers {
    std::string into;    ///< "cust_…" or source id: who stays
    std::string source;  ///< who becomes another name of the first
};

void want(const MergeCustomers&, work::Batch&, projects::ProjectNumber);
void want_more(const MergeCustomers&, work::Batch&, projects::ProjectNumber);

/// What the first has not said of himself comes from the second: name, e-mail, phone, profile, metadata.
/// Cards of programs in which only the second is a member change their holder. Of a program in which
/// both are, the second's card gives all it has to the first's, each lot with its own end, is disabled,
/// and its code leads to the first's card. Orders and events stay where they are and belong to the first;
/// so does what the second agreed to.
/// Ids and source ids of the second lead to the first ever after. A repetition changes nothing. Refuses:
/// not_found (either), invalid_payload (one and the same).
Result<customers::Customer*> merge_customers(const MergeCustomers&, const projects::Context&);

/// Points that came back to a card that was closed by merging go on to the card that its code leads to.
/// Nothing happens on any other card.
void pass_on(const projects::Context&, ledger::Card&);

/// GET /v1/members/find and POST /v1/customers/{customerId}/merge; part of members_routes.
/// Refuses (voucher_disabled) a card that went into another one: nothing may come onto it again.
Result<void> need_not_joined(const projects::Context&, const ledger::Card&);

projects::Routes people_routes();

}  // namespace perennial::flows
