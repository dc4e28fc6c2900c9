// A customer becomes a member: POST /v1/loyalties/{campaignId}/members.
#pragma once
#include <optional>
#include <string>

#include "modules/customers/store.hpp"
#include "modules/ledger/store.hpp"
#include "modules/projects/route.hpp"

namespace perennial::flows {

struct JoinProgram {
    std::string campaign;  ///< id or name
    std::string code;      ///< of the new card, as printed on plastic; empty = one is made
    customers::Change customer;
    std::optional<json::object> metadata;  ///< of the new card
};

void want(const JoinProgram&, work::Batch&, projects::ProjectNumber);
void want_more(const JoinProgram&, work::Batch&, projects::ProjectNumber);

struct Joined {
    ledger::Card* card = nullptr;
    customers::Customer* customer = nullptr;
    bool is_new = false;
};
/// Makes or changes the customer, and the card unless there is one: a member joins once. Refuses in
/// this order: not_found (campaign, then a customer id that nobody has), and for a new card
/// campaign_not_active and voucher_already_published (the code is somebody else's card).
Result<Joined> join_program(const JoinProgram&, const projects::Context&);

}  // namespace perennial::flows
